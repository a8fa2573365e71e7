package s3store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"ndjson-parquet/internal/objectstore"
)

// failed returns err with the operation and the key, as one of the errors of objectstore if that is
// what it means, and with advice where there is some. It returns nil for nil.
func (s *Store) failed(what, key string, err error) error {
	if err == nil {
		return nil
	}
	code := errorCode(err)
	switch status := statusOf(err); {
	case code == "NoSuchBucket":
		return fmt.Errorf("%s %s: there is no bucket %q (create it, or check AWS_REGION and AWS_ENDPOINT_URL): %w: %w",
			what, s.URI(key), s.bucket, objectstore.ErrUnavailable, err)
	case code == "NoSuchKey", code == "NoSuchVersion", status == http.StatusNotFound:
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrNotFound)
	case status == http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrChanged)
	case strings.HasPrefix(code, "KMS."):
		return fmt.Errorf("%s %s: %w (check the key and its policy): %w", what, s.URI(key), objectstore.ErrDenied, err)
	case status == http.StatusForbidden && code != "InvalidObjectState", status == http.StatusUnauthorized,
		credentialCodes[code]:
		return fmt.Errorf(
			"%s %s: not allowed (check the credentials and the policies; s3:ListBucket is needed too): %w: %w",
			what, s.URI(key), objectstore.ErrDenied, err)
	case busy(status, code) || unanswered(err):
		return fmt.Errorf("%s %s: %w: %w", what, s.URI(key), objectstore.ErrUnavailable, err)
	}
	return fmt.Errorf("%s %s: %w", what, s.URI(key), err)
}

// credentialCodes are the codes of refused credentials that come with the status 400.
var credentialCodes = map[string]bool{
	"ExpiredToken": true, "ExpiredTokenException": true, "InvalidToken": true, "TokenRefreshRequired": true,
	"AuthorizationHeaderMalformed": true, "RequestTimeTooSkewed": true,
}

// busy reports whether a response says that the store is overloaded or has an error of its own.
func busy(status int, code string) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests ||
		status == http.StatusRequestTimeout || code == "SlowDown" || code == "RequestTimeout" || code == "Throttling"
}

// unanswered reports whether a request got no response: no connection, or no credentials to send it
// with. A request that the caller cancelled is not one.
func unanswered(err error) bool {
	var operation *smithy.OperationError
	return statusOf(err) == 0 && errorCode(err) == "" && errors.As(err, &operation) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// brokenOff returns the error of a body that ended before the object's end, unless the caller ended
// it.
func brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, objectstore.ErrUnavailable) || errors.Is(err, objectstore.ErrDenied) ||
		errors.Is(err, objectstore.ErrChanged) || errors.Is(err, objectstore.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w: %w", objectstore.ErrUnavailable, err)
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
