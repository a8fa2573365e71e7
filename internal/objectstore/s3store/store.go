// Package s3store keeps objects in a bucket of Amazon S3 or of any store with its protocol,
// including conditional writes (If-None-Match on PutObject and CompleteMultipartUpload).
//
// Credentials, region and endpoint come from the sources of the AWS SDK: the environment
// (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, …), the shared configuration, and the machine's role.
// With a custom endpoint, buckets are addressed by path instead of by host name.
//
// Requests are retried with growing, random pauses when the store is busy, has an internal error,
// or cannot be reached.
package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/objectstore"
)

const (
	// maxAttempts is how often a request is sent before its error is returned, unless
	// AWS_MAX_ATTEMPTS says otherwise.
	maxAttempts = 6
	// maxKeyLength is S3's limit in bytes, including the store's prefix.
	maxKeyLength = 1024
	// connections is how many idle connections are kept: as many as a busy machine has requests at
	// the same time.
	connections = 64
	// responseTimeout limits the wait for a response after a request was sent, and for each further
	// part of its body.
	responseTimeout = time.Minute
)

// A Store is an objectstore.Store of the objects of one bucket whose keys begin with one prefix.
type Store struct {
	client      *s3.Client
	bucket      string
	prefix      string // empty, or ends with a slash
	readTimeout time.Duration
}

var (
	_ objectstore.Store  = (*Store)(nil)
	_ objectstore.Copier = (*Store)(nil)
)

// NewClient returns a client with the retries, time-outs and addressing of this package. Options
// change it further.
func NewClient(ctx context.Context, options ...func(*s3.Options)) (*s3.Client, error) {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = connections
		t.ResponseHeaderTimeout = responseTimeout
	})
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(transport))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	base := func(o *s3.Options) {
		// Many objects have no checksum that a client could check, which is not worth a log line.
		o.DisableLogOutputChecksumValidationSkipped = true
		if o.RetryMaxAttempts == 0 {
			o.RetryMaxAttempts = maxAttempts
		}
		if o.BaseEndpoint != nil {
			o.UsePathStyle = true
			if o.Region == "" {
				o.Region = "us-east-1" // signatures need a region; other stores rarely check it
			}
		}
	}
	return s3.NewFromConfig(cfg, append([]func(*s3.Options){base}, options...)...), nil
}

// Open returns the store for an address of the form s3://bucket or s3://bucket/prefix. It makes no
// request. Options change the client of NewClient.
func Open(ctx context.Context, address string, options ...func(*s3.Options)) (*Store, error) {
	bucket, prefix, err := parse(address)
	if err != nil {
		return nil, err
	}
	client, err := NewClient(ctx, options...)
	if err != nil {
		return nil, err
	}
	return New(client, bucket, prefix), nil
}

// New returns the store of the objects below prefix in bucket. A prefix that does not end with a
// slash gets one.
func New(client *s3.Client, bucket, prefix string) *Store {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return &Store{client: client, bucket: bucket, prefix: prefix, readTimeout: responseTimeout}
}

func parse(address string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(address, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	prefix = strings.TrimSuffix(prefix, "/")
	if !ok || bucket == "" || prefix != "" && objectstore.CheckKey(prefix) != nil {
		return "", "", fmt.Errorf("%q is not of the form s3://bucket/prefix", address)
	}
	return bucket, prefix, nil
}

// URI is not percent-encoded, as is usual for s3:// addresses.
func (s *Store) URI(key string) string { return "s3://" + s.bucket + "/" + s.prefix + key }

// Key is the inverse of URI.
func (s *Store) Key(uri string) (string, bool) {
	key, ok := strings.CutPrefix(uri, s.URI(""))
	return key, ok && s.checkKey(key) == nil
}

func (s *Store) checkKey(key string) error {
	if err := objectstore.CheckKey(key); err != nil {
		return err
	}
	switch n := len(s.prefix) + len(key); {
	case n > maxKeyLength:
		return &objectstore.KeyError{Key: key,
			Reason: fmt.Sprintf("with its prefix it has %d bytes; S3 allows %d", n, maxKeyLength)}
	case !utf8.ValidString(key):
		return &objectstore.KeyError{Key: key, Reason: "it is not UTF-8"}
	}
	return nil
}

func (s *Store) full(key string) *string { return aws.String(s.prefix + key) }

// Head requests the object's metadata.
func (s *Store) Head(ctx context.Context, key string) (objectstore.Object, error) {
	return s.head(ctx, objectstore.Object{Key: key})
}

// head describes the version want. Its errors are those of Open.
func (s *Store) head(ctx context.Context, want objectstore.Object) (objectstore.Object, error) {
	if err := s.checkKey(want.Key); err != nil {
		return objectstore.Object{}, err
	}
	version, match := versionOrMatch(want)
	out, err := s.client.HeadObject(ctx,
		&s3.HeadObjectInput{Bucket: &s.bucket, Key: s.full(want.Key), VersionId: version, IfMatch: match})
	if err != nil {
		return objectstore.Object{}, s.failed("read", want.Key, err)
	}
	return objectstore.Object{
		Key:       want.Key,
		ETag:      unquote(out.ETag),
		VersionID: versionID(out.VersionId),
		Size:      aws.ToInt64(out.ContentLength),
		ModTime:   aws.ToTime(out.LastModified),
	}, nil
}

// Get reads an object as a whole.
func (s *Store) Get(ctx context.Context, key string) ([]byte, objectstore.Object, error) {
	r, err := s.Open(ctx, objectstore.Object{Key: key})
	if err != nil {
		return nil, objectstore.Object{}, err
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, objectstore.Object{}, err
	}
	return content, r.Object(), nil
}

// Delete deletes the object, or hides it behind a delete marker if the bucket keeps versions.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.checkKey(key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.full(key)})
	if err = s.failed("delete", key, err); errors.Is(err, objectstore.ErrNotFound) {
		return nil
	}
	return err
}

// DeleteVersion compares the versions and then deletes under the condition that the ETag is still
// the same. With a store that ignores this condition (S3 does not), a newer version that is written
// in the milliseconds in between is lost.
func (s *Store) DeleteVersion(ctx context.Context, obj objectstore.Object) error {
	now, err := s.Head(ctx, obj.Key)
	if errors.Is(err, objectstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !now.Same(obj) {
		return fmt.Errorf("%s: %w", s.URI(obj.Key), objectstore.ErrChanged)
	}
	_, err = s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.full(obj.Key),
		IfMatch: quote(now.ETag)})
	if err = s.failed("delete", obj.Key, err); errors.Is(err, objectstore.ErrNotFound) {
		return nil
	}
	return err
}

// CopyFrom lets the store copy: between buckets of one endpoint, objects of up to 5 GiB.
func (s *Store) CopyFrom(ctx context.Context, src objectstore.Store, obj objectstore.Object,
	key string) (objectstore.Object, bool, error) {
	const maxCopy = 5 << 30
	from, ok := src.(*Store)
	if !ok || aws.ToString(from.client.Options().BaseEndpoint) != aws.ToString(s.client.Options().BaseEndpoint) {
		return objectstore.Object{}, false, nil
	}
	if err := s.checkKey(key); err != nil {
		return objectstore.Object{}, false, err
	}
	version := obj
	if objectstore.CheckKey(obj.Key) == nil || obj.ETag == "" {
		var err error
		if version, err = from.head(ctx, obj); err != nil {
			return objectstore.Object{}, false, err
		}
	} // else S3 can copy an object that a path cannot name, in this version
	if version.Size > maxCopy {
		return objectstore.Object{}, false, nil
	}
	source := escapePath(from.bucket + "/" + from.prefix + obj.Key)
	if obj.VersionID != "" {
		source += "?versionId=" + url.QueryEscape(obj.VersionID)
	}
	out, err := s.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &s.bucket, Key: s.full(key), CopySource: &source, CopySourceIfMatch: quote(version.ETag),
	})
	if err != nil {
		return objectstore.Object{}, false, from.failed("copy to "+s.URI(key)+" from", obj.Key, err)
	}
	copied := objectstore.Object{Key: key, VersionID: versionID(out.VersionId), Size: version.Size}
	if r := out.CopyObjectResult; r != nil {
		copied.ETag, copied.ModTime = unquote(r.ETag), aws.ToTime(r.LastModified)
	}
	return copied, true, nil
}

// escapePath percent-encodes everything except slashes and unreserved characters. Unlike
// url.PathEscape it encodes '+', which S3 reads as a space in a copy's source.
func escapePath(path string) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		elements[i] = strings.ReplaceAll(url.QueryEscape(e), "+", "%20")
	}
	return strings.Join(elements, "/")
}

// versionOrMatch returns the two parameters that select a version.
func versionOrMatch(want objectstore.Object) (version, match *string) {
	switch {
	case want.VersionID != "":
		return &want.VersionID, nil
	case want.ETag != "":
		return nil, quote(want.ETag)
	}
	return nil, nil
}

// versionID returns an empty id for the version "null", which a bucket without versions overwrites.
func versionID(id *string) string {
	if v := aws.ToString(id); v != "null" {
		return v
	}
	return ""
}

func quote(etag string) *string { return aws.String(`"` + etag + `"`) }

func unquote(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }
