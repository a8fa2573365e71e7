package s3store

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"ndjson-parquet/internal/objectstore"
)

// failed returns err with the operation and the key: as ErrNotFound or ErrChanged if that is what
// it means, otherwise with advice where there is some. It returns nil for nil.
func (s *Store) failed(what, key string, err error) error {
	if err == nil {
		return nil
	}
	code := errorCode(err)
	switch status := statusOf(err); {
	case code == "NoSuchBucket":
		return fmt.Errorf("%s %s: there is no bucket %q (create it, or check AWS_REGION and AWS_ENDPOINT_URL): %w",
			what, s.URI(key), s.bucket, err)
	case code == "NoSuchKey", code == "NoSuchVersion", status == http.StatusNotFound:
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrNotFound)
	case status == http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrChanged)
	case status == http.StatusForbidden:
		return fmt.Errorf(
			"%s %s: not allowed (check the credentials and the policies; s3:ListBucket is needed too): %w",
			what, s.URI(key), err)
	}
	return fmt.Errorf("%s %s: %w", what, s.URI(key), err)
}

func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// conflicting reports whether the store refused a conditional write because another write of the
// key was in progress, so that the winner is not known yet.
func conflicting(err error) bool { return statusOf(err) == http.StatusConflict }

// ambiguous reports whether a write that returned err may nevertheless have been executed: there
// was no response, or the store had an internal error. NoSuchUpload is the response to a retry
// after a multipart upload was completed.
func ambiguous(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false // there is no time left to find out
	}
	status := statusOf(err)
	return status == 0 || status >= http.StatusInternalServerError || status == http.StatusRequestTimeout ||
		errorCode(err) == "NoSuchUpload"
}
