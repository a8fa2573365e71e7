package s3store_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/s3store"
)

// respond returns a spoiler that replaces a response by an error of S3.
func respond(status int, code string) func(http.ResponseWriter, *http.Response) {
	return func(w http.ResponseWriter, _ *http.Response) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>for the test</Message></Error>", code)
	}
}

// An error of the store is distinguished from an error of the object.
func TestReadErrorsAreClassified(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	s, line := newFaultyStore(t)
	obj, err := objectstore.PutBytes(t.Context(), s, "a", make([]byte, 100))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		spoil func(http.ResponseWriter, *http.Response)
		want  error // nil: an error of the object
	}{
		{"access denied", respond(403, "AccessDenied"), objectstore.ErrDenied},
		{"expired credentials", respond(400, "ExpiredToken"), objectstore.ErrDenied},
		{"disabled key", respond(400, "KMS.DisabledException"), objectstore.ErrDenied},
		{"no bucket", respond(404, "NoSuchBucket"), objectstore.ErrUnavailable},
		{"busy", respond(503, "SlowDown"), objectstore.ErrUnavailable},
		{"internal error", respond(500, "InternalError"), objectstore.ErrUnavailable},
		{"no response", hangUp, objectstore.ErrUnavailable},
		{"response cut off", cutOff, objectstore.ErrUnavailable},
		{"archived object", respond(403, "InvalidObjectState"), nil},
	}
	line.only = func(r *http.Request) bool { return r.Method == http.MethodGet }
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line.spoil = test.spoil
			line.faults.Store(1000)
			defer line.faults.Store(0)
			r, err := s.Open(t.Context(), obj)
			if err == nil {
				_, err = io.ReadAll(r)
				err = errors.Join(err, r.Close())
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, class := range []error{objectstore.ErrDenied, objectstore.ErrUnavailable} {
				if got := errors.Is(err, class); got != errors.Is(class, test.want) {
					t.Errorf("is %q: %t: %v", class, got, err)
				}
			}
		})
	}
	t.Run("nothing listens", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
		s := s3store.New(newClient(t), "bucket", "")
		if _, err := s.Head(t.Context(), "a"); !errors.Is(err, objectstore.ErrUnavailable) {
			t.Error(err)
		}
	})
}

// cutOff ends the connection in the middle of the body.
func cutOff(w http.ResponseWriter, answer *http.Response) {
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.CopyN(w, answer.Body, 3)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
