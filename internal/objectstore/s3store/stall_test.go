package s3store

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/objectstore"
)

// over opens a store on a server with the handler h.
func over(t *testing.T, h http.HandlerFunc, options ...func(*s3.Options)) *Store {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id",
		"AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_PROFILE":           "", "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none",
	} {
		t.Setenv(name, value)
	}
	s, err := Open(t.Context(), "s3://bucket/in", options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The first response stops half-way and its connection stays open. The reader requests the rest.
func TestStalledBodyIsResumed(t *testing.T) {
	const content = "the first half, the second half"
	const half = len("the first half")
	var requests atomic.Int32
	s := over(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"e"`)
		if requests.Add(1) == 1 {
			w.Header().Set("Content-Length", "31")
			_, _ = io.WriteString(w, content[:half])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		if got := r.Header.Get("Range"); got != "bytes=14-" {
			t.Errorf("the rest is asked for with the range %q", got)
		}
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.WriteString(w, content[half:])
	})
	s.readTimeout = 200 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	got, _, err := s.Get(ctx, "key")
	if err != nil || string(got) != content {
		t.Errorf("read %q, %v", got, err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// Every response stalls: the reader gives up and says why.
func TestStalledForGood(t *testing.T) {
	s := over(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"e"`)
		w.Header().Set("Content-Length", "10")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	s.readTimeout = 50 * time.Millisecond
	_, _, err := s.Get(t.Context(), "key")
	if err == nil || !strings.Contains(err.Error(), "no byte came within 50ms") {
		t.Errorf("the error of a read that stalls: %v", err)
	}
}

func TestExpectOwner(t *testing.T) {
	var requests atomic.Int32
	s := over(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("X-Amz-Expected-Bucket-Owner") != "123456789012" {
			t.Errorf("%s %s does not name the owner", r.Method, r.URL)
		}
		if r.Header.Get("X-Amz-Copy-Source") != "" &&
			r.Header.Get("X-Amz-Source-Expected-Bucket-Owner") != "123456789012" {
			t.Errorf("a copy does not name the owner of its source")
		}
		if !strings.Contains(r.Header.Get("Authorization"), "x-amz-expected-bucket-owner") {
			t.Error("the owner is not signed")
		}
		w.Header().Set("ETag", `"e"`)
		if r.Method == http.MethodPut {
			_, _ = io.WriteString(w, `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)
		}
	}, ExpectOwner("123456789012"))
	if _, err := s.Head(t.Context(), "key"); err != nil {
		t.Error(err)
	}
	if _, copied, err := s.CopyFrom(t.Context(), s, objectstore.Object{Key: "key", ETag: "e"}, "copy"); err != nil ||
		!copied {
		t.Errorf("copied %t, %v", copied, err)
	}
	if requests.Load() != 3 {
		t.Errorf("%d requests, want 3", requests.Load())
	}
}
