package awsports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

func TestC8_ParseArrivals(t *testing.T) {
	object := func(bucket, key, etag, version, sequencer string, size int64) S3Object {
		return S3Object{Bucket: bucket, Arrival: pipeline.Arrival{
			Object: objectstore.Object{Key: key, ETag: etag, VersionID: version, Size: size}, Sequencer: sequencer,
		}}
	}
	const notification = `{"Records":[
		{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"in"},"object":{"key":"pipeline/input/2025-01-17-a+b%2Bc%25%22%C3%A9.ndjson","size":7,"eTag":"abc","versionId":"v1","sequencer":"0055AED6DCD90281E5"}}},
		{"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"in"},"object":{"key":"gone"}}},
		{"eventName":"s3:ObjectCreated:CompleteMultipartUpload","s3":{"bucket":{"name":"in"},"object":{"key":"b","size":9,"eTag":"d-2"}}}]}`
	parsed := []S3Object{
		object("in", `pipeline/input/2025-01-17-a b+c%"é.ndjson`, "abc", "v1", "0055AED6DCD90281E5", 7),
		object("in", "b", "d-2", "", "", 9),
	}
	for name, test := range map[string]struct {
		body string
		want []S3Object
	}{
		"notification": {notification, parsed},
		"through SNS":  {`{"Type":"Notification","Message":"{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"in\"},\"object\":{\"key\":\"b\",\"size\":9,\"eTag\":\"d-2\"}}}]}"}`, parsed[1:]},
		"EventBridge":  {`{"detail-type":"Object Created","detail":{"bucket":{"name":"in"},"object":{"key":"a+b c","size":7,"etag":"abc","version-id":"v1","sequencer":"01"}}}`, []S3Object{object("in", "a+b c", "abc", "v1", "01", 7)}},
		"other event": {`{"detail-type":"Object Deleted","detail":{"bucket":{"name":"in"},"object":{"key":"a"}}}`,
			nil},
		"test event": {`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in"}`, nil},
	} {
		got, err := ParseArrivals(test.body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, body := range []string{``, `hello`, `{}`,
		`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"%zz"}}}]}`} {
		if got, err := ParseArrivals(body); err == nil {
			t.Errorf("%q gave %+v, want an error", body, got)
		}
	}
}
