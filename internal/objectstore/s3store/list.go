package s3store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ndjson-parquet/internal/objectstore"
)

// List reads a page (up to 1,000 objects) at a time. It skips empty objects whose keys end with a
// slash, which some tools create to show folders.
func (s *Store) List(ctx context.Context, prefix, startAfter string) iter.Seq2[objectstore.Object, error] {
	return func(yield func(objectstore.Object, error) bool) {
		input := &s3.ListObjectsV2Input{
			Bucket: &s.bucket,
			Prefix: s.full(prefix),
			// A key can contain characters that XML cannot.
			EncodingType: types.EncodingTypeUrl,
		}
		if startAfter != "" {
			input.StartAfter = s.full(startAfter)
		}
		for pages := s3.NewListObjectsV2Paginator(s.client, input); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				if err = s.failed("list", prefix, err); errors.Is(err, objectstore.ErrNotFound) {
					err = fmt.Errorf("list %s: the store does not know this bucket", s.URI(prefix))
				}
				yield(objectstore.Object{}, err)
				return
			}
			for _, o := range page.Contents {
				obj, err := s.listed(o, page.EncodingType)
				if err == nil && obj.Size == 0 && (obj.Key == "" || strings.HasSuffix(obj.Key, "/")) {
					continue
				}
				if !yield(obj, err) || err != nil {
					return
				}
			}
		}
	}
}

func (s *Store) listed(o types.Object, encoding types.EncodingType) (objectstore.Object, error) {
	key := aws.ToString(o.Key)
	if encoding == types.EncodingTypeUrl {
		decoded, err := url.QueryUnescape(key)
		if err != nil {
			return objectstore.Object{}, fmt.Errorf("list %s: key %q is badly encoded: %w", s.URI(""), key, err)
		}
		key = decoded
	}
	return objectstore.Object{
		Key:     strings.TrimPrefix(key, s.prefix),
		ETag:    unquote(o.ETag),
		Size:    aws.ToInt64(o.Size),
		ModTime: aws.ToTime(o.LastModified),
	}, nil
}
