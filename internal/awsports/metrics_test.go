package awsports

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A metrics table that does not answer, or throttles for ever, delays an invocation by flushTime at
// most.
func TestFlushIsBounded(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"hangs": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body) // or else the server does not notice that the client has gone
			<-r.Context().Done()
		},
		"throttles": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", "ProvisionedThroughputExceededException")
			w.WriteHeader(http.StatusBadRequest)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			var out, log bytes.Buffer
			m := &Metrics{
				Out: &out, Environment: "test", Function: "settler", Now: time.Now,
				Log: slog.New(slog.NewTextHandler(&log, nil)), Table: "metrics",
				Client: dynamodb.NewFromConfig(aws.Config{
					Region: "us-east-1", BaseEndpoint: &server.URL,
					Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
				}),
			}
			m.Count(t.Context(), "Rows", 3)
			started := time.Now()
			m.Flush(t.Context())
			if took := time.Since(started); took > flushTime+500*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			if !strings.Contains(out.String(), `"Rows":3`) ||
				!strings.Contains(log.String(), "metrics table was not written") {
				t.Errorf("written: %s\nlogged: %s", &out, &log)
			}
		})
	}
}
