package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
)

const (
	// partSize is the size of a multipart upload's parts unless there would be more than maxParts.
	// An object of one part is put with one request.
	partSize = 16 << 20
	maxParts = 10_000
	// parallelParts is how many parts of one object are uploaded at the same time.
	parallelParts = 4
	// conflictTries is how often PutIfAbsent tries while other writes of its key are under way.
	conflictTries = 8
	// abortTimeout limits the time for cleaning up after a failed upload.
	abortTimeout = 20 * time.Second
)

// Put uses one request up to 16 MiB and a multipart upload above.
func (s *Store) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	put, err := s.put(ctx, key, body, nil)
	return put, s.failed("write", key, err)
}

// PutIfAbsent puts with If-None-Match. When the store answers that the key is taken, or does not
// answer whether it wrote, what the key holds decides. While other writes of the key are under way,
// it waits and tries again.
func (s *Store) PutIfAbsent(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	created, err := backoff.Retry(ctx, func() (objectstore.Object, error) {
		put, err := s.put(ctx, key, body, aws.String("*"))
		taken := statusOf(err) == http.StatusPreconditionFailed || conflicting(err)
		switch {
		case err == nil:
			return put, nil
		case errors.Is(err, objectstore.ErrBadKey):
			return objectstore.Object{}, backoff.Permanent(err)
		case !taken && !ambiguous(ctx, err):
			return objectstore.Object{}, backoff.Permanent(s.failed("create", key, err))
		}
		existing, recognised := objectstore.Recognise(ctx, s, key, body)
		switch {
		case recognised == nil || errors.Is(recognised, objectstore.ErrExists):
			return existing, backoff.Permanent(recognised)
		case !errors.Is(recognised, objectstore.ErrNotFound):
			return objectstore.Object{}, backoff.Permanent(errors.Join(s.failed("create", key, err), recognised))
		case !taken: // the SDK has retried already
			return objectstore.Object{}, backoff.Permanent(s.failed("create", key, err))
		case statusOf(err) == http.StatusPreconditionFailed:
			return objectstore.Object{}, fmt.Errorf(
				"create %s: the store says that it exists, but does not find it: %w", s.URI(key), err)
		}
		return objectstore.Object{}, fmt.Errorf("create %s: %w", s.URI(key), err)
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 50 * time.Millisecond, RandomizationFactor: 0.9, Multiplier: 2, MaxInterval: 6 * time.Second,
	}), backoff.WithMaxTries(conflictTries))
	if err != nil {
		return objectstore.Object{}, err
	}
	return created, nil
}

// put writes body under the condition ifNoneMatch and returns the SDK's errors as they are.
func (s *Store) put(ctx context.Context, key string, body objectstore.Body, ifNoneMatch *string) (objectstore.Object,
	error) {
	if err := s.checkKey(key); err != nil {
		return objectstore.Object{}, err
	}
	size, err := objectstore.Rewind(body)
	if err != nil {
		return objectstore.Object{}, err
	}
	if size > partSize {
		return s.putParts(ctx, key, body, size, ifNoneMatch)
	}
	out, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: s.full(key), Body: io.NewSectionReader(body, 0, size), ContentLength: &size,
		IfNoneMatch: ifNoneMatch,
	})
	if err != nil {
		return objectstore.Object{}, err
	}
	return written(key, size, out.ETag, out.VersionId, out.ResultMetadata), nil
}

// putParts uploads body in parts. The SDK's transfer manager would do the same, but keeps every
// part in memory: docs/decisions/0006-multipart-uploads.md.
func (s *Store) putParts(ctx context.Context, key string, body io.ReaderAt, size int64,
	ifNoneMatch *string) (_ objectstore.Object, err error) {
	created, err := s.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &s.bucket, Key: s.full(key), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return objectstore.Object{}, fmt.Errorf("begin the upload: %w", err)
	}
	defer func() {
		if err != nil {
			s.abort(ctx, key, created.UploadId)
		}
	}()
	step := max(partSize, (size+maxParts-1)/maxParts)
	parts := make([]types.CompletedPart, (size+step-1)/step)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelParts)
	for i := range parts {
		group.Go(func() error {
			number, off := int32(i+1), int64(i)*step
			section := io.NewSectionReader(body, off, min(step, size-off))
			out, err := s.client.UploadPart(groupCtx, &s3.UploadPartInput{
				Bucket: &s.bucket, Key: s.full(key), UploadId: created.UploadId, PartNumber: &number,
				Body: section, ContentLength: aws.Int64(section.Size()),
				ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			})
			if err != nil {
				return fmt.Errorf("upload part %d of %d: %w", number, len(parts), err)
			}
			parts[i] = types.CompletedPart{PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return objectstore.Object{}, err
	}
	out, err := s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.bucket, Key: s.full(key), UploadId: created.UploadId, IfNoneMatch: ifNoneMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		return objectstore.Object{}, fmt.Errorf("complete the upload: %w", err)
	}
	return written(key, size, out.ETag, out.VersionId, out.ResultMetadata), nil
}

// abort removes the parts of a failed upload. If it fails, the bucket's lifecycle rule removes
// them.
func (s *Store) abort(ctx context.Context, key string, upload *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, _ = s.client.AbortMultipartUpload(ctx,
		&s3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: s.full(key), UploadId: upload})
}

// written describes the object that a write created. S3 does not return its modification time,
// which is the time of the response to within a second.
func written(key string, size int64, etag, version *string, meta smithymiddleware.Metadata) objectstore.Object {
	obj := objectstore.Object{Key: key, ETag: unquote(etag), VersionID: versionID(version), Size: size}
	var ok bool
	if obj.ModTime, ok = middleware.GetServerTime(meta); !ok {
		obj.ModTime = time.Now()
	}
	obj.ModTime = obj.ModTime.UTC()
	return obj
}
