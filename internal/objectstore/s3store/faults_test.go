package s3store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/testenv"
)

// A faultyLine is a proxy between the client and a real server that replaces some responses.
// Requests always arrive.
type faultyLine struct {
	proxy *httputil.ReverseProxy
	// faults is how many more of the requests that only selects get a replaced response.
	faults atomic.Int64
	only   func(*http.Request) bool
	// spoil gets the server's response and writes another one.
	spoil func(http.ResponseWriter, *http.Response)
}

func (l *faultyLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.only(r) || l.faults.Add(-1) < 0 {
		l.proxy.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	l.proxy.ServeHTTP(answer, r)
	l.spoil(w, answer.Result())
}

// newFaultyStore returns a store on an empty bucket of a real server, behind a line that replaces
// no response yet.
func newFaultyStore(t *testing.T) (*s3store.Store, *faultyLine) {
	t.Helper()
	server := testenv.VersityGW(t)
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	line := &faultyLine{proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is part of the signature
	}}}
	line.only = func(*http.Request) bool { return false }
	front := httptest.NewServer(line)
	t.Cleanup(front.Close)
	server.Endpoint = front.URL
	server.Setenv(t)
	client := newClient(t)
	return s3store.New(client, newBucket(t, client, false), ""), line
}

func internalError(w http.ResponseWriter, _ *http.Response) {
	w.WriteHeader(http.StatusInternalServerError)
}

func hangUp(http.ResponseWriter, *http.Response) { panic(http.ErrAbortHandler) }

func isPut(r *http.Request) bool {
	return r.Method == http.MethodPut && r.Header.Get("If-None-Match") != ""
}

func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

func TestC20_WriteWhoseAnswerIsLostIsRecognised(t *testing.T) {
	s, line := newFaultyStore(t)
	large := make([]byte, 17<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(large)
	tests := []struct {
		name    string
		content []byte
		only    func(*http.Request) bool
		spoil   func(http.ResponseWriter, *http.Response)
		faults  int64
	}{
		{"one internal error", []byte("commit"), isPut, internalError, 1},
		{"nothing but internal errors", []byte("commit"), isPut, internalError, 1000},
		{"one broken connection", []byte("commit"), isPut, hangUp, 1},
		{"nothing but broken connections", []byte("commit"), isPut, hangUp, 1000},
		{"one internal error, in parts", large, isComplete, internalError, 1},
		{"one broken connection, in parts", large, isComplete, hangUp, 1},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key := fmt.Sprintf("commits/%d.json", i)
			line.only, line.spoil = test.only, test.spoil
			line.faults.Store(test.faults)
			obj, err := s.PutIfAbsent(t.Context(), key, bytes.NewReader(test.content))
			if err != nil {
				t.Fatalf("the write arrived, yet: %v", err)
			}
			if left := line.faults.Load(); left >= test.faults {
				t.Fatal("no answer was lost")
			}
			line.faults.Store(0)
			if obj.Size != int64(len(test.content)) {
				t.Errorf("PutIfAbsent returned %+v", obj)
			}
			if got, _, err := s.Get(t.Context(), key); err != nil || !bytes.Equal(got, test.content) {
				t.Errorf("the store holds %d bytes, %v", len(got), err)
			}

			// The same fault must not make another writer's object look like this writer's.
			line.faults.Store(test.faults)
			other := append([]byte("!"), test.content[1:]...)
			if _, err := s.PutIfAbsent(t.Context(), key, bytes.NewReader(other)); !errors.Is(err,
				objectstore.ErrExists) {
				t.Errorf("PutIfAbsent over another's object: %v, want ErrExists", err)
			}
			line.faults.Store(0)
		})
	}
}

func TestReadGoesOnWhereTheConnectionBroke(t *testing.T) {
	s, line := newFaultyStore(t)
	for name, size := range map[string]int{"small": 3 << 20, "large": 9 << 20} {
		t.Run(name, func(t *testing.T) { readsOn(t, s, line, size) })
	}
}

// putRandom puts an object of the given number of random bytes.
func putRandom(t *testing.T, s *s3store.Store, size int) ([]byte, objectstore.Object) {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(content)
	obj, err := objectstore.PutBytes(t.Context(), s, "k", content)
	if err != nil {
		t.Fatal(err)
	}
	return content, obj
}

func readsOn(t *testing.T, s *s3store.Store, line *faultyLine, size int) {
	content, obj := putRandom(t, s, size)
	line.only = func(r *http.Request) bool { return r.Method == http.MethodGet }
	line.spoil = func(w http.ResponseWriter, answer *http.Response) {
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.CopyN(w, answer.Body, 500_000)
		panic(http.ErrAbortHandler)
	}

	line.faults.Store(3)
	r, err := s.Open(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("Read: %d of %d bytes, %v", len(got), len(content), err)
	}

	line.faults.Store(3)
	if r, err = s.Open(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	at := make([]byte, 2<<20)
	if n, err := r.ReadAt(at, 1<<19); n != len(at) || err != nil || !bytes.Equal(at, content[1<<19:1<<19+len(at)]) {
		t.Errorf("ReadAt: %d bytes, %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}

	// After the break the key has another version: the reader must not continue with that.
	line.faults.Store(1)
	if r, err = s.Open(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := objectstore.PutBytes(t.Context(), s, "k", bytes.Repeat([]byte("x"), len(content))); err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	if err := errors.Join(err, r.Close()); !errors.Is(err, objectstore.ErrChanged) {
		t.Errorf("reading on after the object was replaced: %v, want ErrChanged", err)
	}
}

// TestSmallObjectTakesOneRequest reads an object like a conversion: its first bytes, a sample from
// its middle, then blocks in two places at the same time.
func TestSmallObjectTakesOneRequest(t *testing.T) {
	s, line := newFaultyStore(t)
	content, obj := putRandom(t, s, 4<<20-1)
	var requests atomic.Int64
	line.only = func(*http.Request) bool { requests.Add(1); return false }
	r, err := s.Open(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	read := func(n, off int) {
		p := make([]byte, n)
		got, err := r.ReadAt(p, int64(off))
		want := content[off:min(off+n, len(content))]
		if !bytes.Equal(p[:got], want) || (got < n) != errors.Is(err, io.EOF) {
			t.Errorf("ReadAt(%d, %d): %d bytes, %v", n, off, got, err)
		}
	}
	read(4, 0)
	read(32<<10, 1<<20)
	const block = 256 << 10
	var wg sync.WaitGroup
	for half := range 2 {
		wg.Go(func() {
			for i := range 8 {
				read(block, half*2<<20+i*block)
			}
		})
	}
	wg.Wait()
	if err := r.Close(); err != nil || requests.Load() != 1 {
		t.Errorf("%d requests, %v", requests.Load(), err)
	}
}

// TestFooterIsReadAlone reads the end of a small object, like the footer of a Parquet file. The
// rest is not transferred.
func TestFooterIsReadAlone(t *testing.T) {
	s, line := newFaultyStore(t)
	content, obj := putRandom(t, s, 4<<20)
	var ranges []string
	line.only = func(r *http.Request) bool { ranges = append(ranges, r.Header.Get("Range")); return false }
	r, err := s.Open(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{8, 1000} {
		p := make([]byte, n)
		if got, err := r.ReadAt(p, int64(len(content)-n)); got != n || err != nil && !errors.Is(err, io.EOF) ||
			!bytes.Equal(p, content[len(content)-n:]) {
			t.Errorf("ReadAt: %d bytes, %v", got, err)
		}
	}
	if all, err := io.ReadAll(r); err != nil || !bytes.Equal(all, content) {
		t.Errorf("Read: %d bytes, %v", len(all), err)
	}
	if err := r.Close(); err != nil || len(ranges) < 3 || ranges[1] != "bytes=4194296-4194303" ||
		ranges[2] != "bytes=4193304-4194303" {
		t.Errorf("the ranges %q were asked for, %v", ranges, err)
	}
}

// TestLargeObjectTakesFewRequests reads an object like a conversion: blocks in two places at the
// same time.
func TestLargeObjectTakesFewRequests(t *testing.T) {
	s, line := newFaultyStore(t)
	const half = 10 << 20
	content, obj := putRandom(t, s, 2*half)
	var requests atomic.Int64
	line.only = func(*http.Request) bool { requests.Add(1); return false }
	r, err := s.Open(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	const block = 256 << 10
	var wg sync.WaitGroup
	for from := range 2 {
		wg.Go(func() {
			for at := from * half; at < (from+1)*half; at += block {
				p := make([]byte, block)
				if n, err := r.ReadAt(p, int64(at)); n != block || err != nil || !bytes.Equal(p, content[at:at+block]) {
					t.Errorf("ReadAt(%d): %d bytes, %v", at, n, err)
				}
			}
		})
	}
	wg.Wait()
	// One request of Open; in each half one of a block, and those of 4 MiB. The second half may
	// begin where the first ends.
	if err := r.Close(); err != nil || requests.Load() > 1+2*(1+3) {
		t.Errorf("%d requests, %v", requests.Load(), err)
	}
}

func TestListGoesOnAfterErrors(t *testing.T) {
	s, line := newFaultyStore(t)
	if _, err := objectstore.PutBytes(t.Context(), s, "k", nil); err != nil {
		t.Fatal(err)
	}
	line.only = func(r *http.Request) bool { return r.URL.Query().Has("list-type") }
	line.spoil = internalError
	line.faults.Store(2)
	count := 0
	for _, err := range s.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != 1 {
		t.Errorf("listed %d objects", count)
	}
}

func TestC22_RefusalsSayWhatToDo(t *testing.T) {
	server := testenv.VersityGW(t)
	server.Setenv(t)
	missing := s3store.New(newClient(t), "no-such-bucket", "x")
	_, err := objectstore.PutBytes(t.Context(), missing, "k", nil)
	wantText(t, "Put into a missing bucket", err, `no bucket "no-such-bucket"`)
	if errors.Is(err, objectstore.ErrNotFound) {
		t.Error("a missing bucket looks like a missing object")
	}
	for _, err := range missing.List(t.Context(), "", "") {
		wantText(t, "List of a missing bucket", err, `no bucket "no-such-bucket"`)
	}

	bucket := newBucket(t, newClient(t), false)
	server.Secret = "wrong"
	server.Setenv(t)
	denied := s3store.New(newClient(t), bucket, "")
	_, err = objectstore.PutBytesIfAbsent(t.Context(), denied, "k", nil)
	wantText(t, "PutIfAbsent with wrong credentials", err, "check the credentials")

	server.Endpoint = fmt.Sprintf("http://127.0.0.1:%d", testenv.FreePort(t))
	server.Setenv(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = objectstore.PutBytesIfAbsent(ctx, s3store.New(newClient(t), bucket, ""), "k", nil)
	wantText(t, "PutIfAbsent without a server", err, server.Endpoint)
}

func wantText(t *testing.T, what string, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v; want an error with %q", what, err, text)
	}
}
