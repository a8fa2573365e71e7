package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
)

const (
	// partSize is that of a multipart upload's parts, but where the object would have more than maxParts of them. What fits
	// into one part is put with one request.
	partSize = 16 << 20
	maxParts = 10_000
	// parallelParts is how many parts of one object are under way at once.
	parallelParts = 4
	// conflictRetries is how often PutIfAbsent waits for other writers of its key.
	conflictRetries = 8
	// abortTimeout bounds cleaning up after an upload that failed.
	abortTimeout = 20 * time.Second
)

// Put uses one request up to 16 MiB and a multipart upload above.
func (s *Store) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	put, err := s.put(ctx, key, body, nil)
	return put, s.failed("write", key, err)
}

// PutIfAbsent puts with If-None-Match. When the store says that the key is taken, or does not say whether the write was
// carried out, what the key holds decides.
func (s *Store) PutIfAbsent(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	var err error
	for attempt := range conflictRetries {
		var put objectstore.Object
		put, err = s.put(ctx, key, body, aws.String("*"))
		switch {
		case err == nil:
			return put, nil
		case errors.Is(err, objectstore.ErrBadKey):
			return objectstore.Object{}, err
		case statusOf(err) != http.StatusPreconditionFailed && !conflicting(err) && !ambiguous(ctx, err):
			return objectstore.Object{}, s.failed("create", key, err)
		}
		there, recognised := objectstore.Recognise(ctx, s, key, body)
		if !errors.Is(recognised, objectstore.ErrNotFound) {
			return there, recognised
		}
		if ambiguous(ctx, err) {
			break // the SDK has retried it already
		}
		pause := time.Duration(1+rand.Int64N(50<<attempt)) * time.Millisecond
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return objectstore.Object{}, s.failed("create", key, ctx.Err())
		}
	}
	if statusOf(err) == http.StatusPreconditionFailed {
		return objectstore.Object{}, fmt.Errorf("create %s: the store refuses it as taken, but shows nothing there: %w", s.URI(key), err)
	}
	return objectstore.Object{}, s.failed("create", key, err)
}

// put writes body under the condition ifNoneMatch, and returns the SDK's own errors.
func (s *Store) put(ctx context.Context, key string, body objectstore.Body, ifNoneMatch *string) (objectstore.Object, error) {
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
		Bucket: &s.bucket, Key: s.full(key), Body: io.NewSectionReader(body, 0, size), ContentLength: &size, IfNoneMatch: ifNoneMatch,
	})
	if err != nil {
		return objectstore.Object{}, err
	}
	return written(key, size, out.ETag, out.VersionId, out.ResultMetadata), nil
}

func (s *Store) putParts(ctx context.Context, key string, body io.ReaderAt, size int64, ifNoneMatch *string) (_ objectstore.Object, err error) {
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
				Body: section, ContentLength: aws.Int64(section.Size()), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
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

// abort gives back the room that the parts of a failed upload take. If it cannot, the bucket's lifecycle rule must.
func (s *Store) abort(ctx context.Context, key string, upload *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, _ = s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: s.full(key), UploadId: upload})
}

// written describes what a write made. S3 does not say when it dates it; the time of its answer is that to the second.
func written(key string, size int64, etag, version *string, meta smithymiddleware.Metadata) objectstore.Object {
	obj := objectstore.Object{Key: key, ETag: unquote(etag), VersionID: versionID(version), Size: size}
	var ok bool
	if obj.ModTime, ok = middleware.GetServerTime(meta); !ok {
		obj.ModTime = time.Now()
	}
	obj.ModTime = obj.ModTime.UTC()
	return obj
}
