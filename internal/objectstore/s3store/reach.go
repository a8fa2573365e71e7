package s3store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Reach lists at most one object of the store, and returns the time of the server's clock; zero if
// the server does not say.
func (s *Store) Reach(ctx context.Context) (time.Time, error) {
	out, err := s.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket: &s.bucket, Prefix: &s.prefix, MaxKeys: aws.Int32(1),
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("list %s: %w", s.URI(""), err)
	}
	server, _ := middleware.GetServerTime(out.ResultMetadata)
	return server, nil
}
