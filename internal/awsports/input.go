package awsports

import (
	"strings"

	"ndjson-parquet/internal/pipeline"
)

// Arrivals reads the arrivals of the input out of a queue message. Objects elsewhere, and folders'
// markers, are ignored.
func (w *Wiring) Arrivals(body string) ([]pipeline.Arrival, error) {
	objects, err := ParseArrivals(body)
	var arrivals []pipeline.Arrival
	for _, o := range objects {
		key, inside := strings.CutPrefix(o.Key, w.InputPrefix)
		if !inside || o.Bucket != w.InputBucket || strings.HasSuffix(key, "/") {
			w.Pipeline.Log.Info("object outside the input ignored", "bucket", o.Bucket, "key", o.Key)
			continue
		}
		o.Key = key
		arrivals = append(arrivals, o.Arrival)
	}
	return arrivals, err
}
