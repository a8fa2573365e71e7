package awsports

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// An S3Object is the version of an object that an event is about.
type S3Object struct {
	Bucket string
	pipeline.Arrival
}

// ParseArrivals reads the body of a queue message: an S3 event notification, one of EventBridge's
// shape, either of them wrapped by SNS. Events that are not of a created object (s3:TestEvent among
// them) give no arrivals.
func ParseArrivals(body string) ([]S3Object, error) {
	var m struct {
		Event   string // s3:TestEvent
		Type    string // Notification, of SNS
		Message string
		Records []struct {
			EventName string `json:"eventName"`
			S3        struct {
				Bucket struct{ Name string }
				Object struct {
					Key, ETag, VersionID, Sequencer string
					Size                            int64
				}
			}
		}
		DetailType string `json:"detail-type"`
		Detail     struct {
			Bucket struct{ Name string }
			Object struct {
				Key, ETag, Sequencer string
				VersionID            string `json:"version-id"`
				Size                 int64
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return nil, fmt.Errorf("the message is no S3 event: %w", err)
	}
	switch {
	case m.Event == "s3:TestEvent":
		return nil, nil
	case m.Type == "Notification" && m.Message != "":
		return ParseArrivals(m.Message)
	case m.DetailType != "":
		if m.DetailType != "Object Created" {
			return nil, nil
		}
		o := m.Detail.Object
		// its keys are not URL-encoded
		return []S3Object{arrival(m.Detail.Bucket.Name, o.Key, o.ETag, o.VersionID, o.Sequencer, o.Size)}, nil
	case m.Records == nil:
		return nil, fmt.Errorf("the message is no S3 event: it has neither Records nor a detail-type")
	}
	var arrivals []S3Object
	for _, r := range m.Records {
		if !strings.HasPrefix(strings.TrimPrefix(r.EventName, "s3:"), "ObjectCreated:") {
			continue
		}
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			return nil, fmt.Errorf("the key %q is not URL-encoded: %w", r.S3.Object.Key, err)
		}
		o := r.S3.Object
		arrivals = append(arrivals, arrival(r.S3.Bucket.Name, key, o.ETag, o.VersionID, o.Sequencer, o.Size))
	}
	return arrivals, nil
}

func arrival(bucket, key, etag, version, sequencer string, size int64) S3Object {
	return S3Object{Bucket: bucket, Arrival: pipeline.Arrival{
		Object:    objectstore.Object{Key: key, ETag: strings.Trim(etag, `"`), VersionID: version, Size: size},
		Sequencer: sequencer,
	}}
}
