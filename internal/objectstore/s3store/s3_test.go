package s3store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/objectstoretest"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/testenv"
)

func TestContractVersityGW(t *testing.T) {
	testenv.VersityGW(t).Setenv(t)
	contract(t, "some/prefix", false)
}

// Only moto is tested with versions: in versitygw 1.8.0, unlike in S3, a delete marker counts as an
// object for If-None-Match.
func TestContractMoto(t *testing.T) {
	testenv.Moto(t).Setenv(t)
	t.Run("plain", func(t *testing.T) { contract(t, "some/prefix", false) })
	t.Run("versioned", func(t *testing.T) { contract(t, "", true) })
}

func contract(t *testing.T, prefix string, versioned bool) {
	client := newClient(t)
	objectstoretest.Run(t, func(t *testing.T) objectstore.Store {
		return s3store.New(client, newBucket(t, client, versioned), prefix)
	})
}

func newClient(t *testing.T) *s3.Client {
	t.Helper()
	client, err := s3store.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

var buckets atomic.Int64

func newBucket(t *testing.T, client *s3.Client, versioned bool) string {
	t.Helper()
	bucket := fmt.Sprintf("bucket-%d", buckets.Add(1))
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	if versioned {
		_, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: aws.String(bucket), VersioningConfiguration: &types.VersioningConfiguration{
				Status: types.BucketVersioningStatusEnabled},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return bucket
}
