package e2e

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkColdStart is the time from starting a function's process to its first request for an
// invocation.
//
//	go test ./e2e -run '^$' -bench ColdStart -benchtime 50x
func BenchmarkColdStart(b *testing.B) {
	bootstrap := program(b, "lambda")
	for _, handler := range []string{"manifest-builder", "converter", "settler", "sweeper"} {
		b.Run(handler, func(b *testing.B) {
			f := &function{name: handler, timeout: time.Minute, bootstrap: bootstrap, folder: b.TempDir()}
			for _, variable := range []string{
				"INPUT_BUCKET", "MANIFEST_BUCKET", "OUTPUT_BUCKET", "QUARANTINE_BUCKET", "TRACKING_TABLE",
				"METRICS_TABLE", "STEP_FUNCTION_ARN", "ALERT_TOPIC_ARN",
			} {
				f.env = append(f.env, variable+"=any")
			}
			f.env = append(f.env, "_HANDLER="+handler, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=any",
				"AWS_SECRET_ACCESS_KEY=any")
			var times []time.Duration
			for b.Loop() {
				started := time.Now()
				in, err := f.start()
				if err != nil {
					b.Fatal(err)
				}
				select {
				case <-in.ready:
				case <-in.exited:
					b.Fatalf("the function ended: %v\n%s", in.cmd.ProcessState, f.log.String())
				}
				times = append(times, time.Since(started))
				in.kill()
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
		})
	}
}
