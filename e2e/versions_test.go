package e2e

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// largeFile has the rows of the n-th file over and over, and is read with more than one request.
func largeFile(n int) []byte {
	return []byte(strings.Repeat(string(ndjson(n)), 9<<20/len(ndjson(n))+1))
}

// A file over 8 MiB is too large for dev. Released from quarantine it is read there, by version
// from the second request on.
func TestReleaseOfALargeFile(t *testing.T) {
	for engine, least := range map[string]int{"native": 0, "glue": 1} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, settings{glueMinBytes: least})
			date := today()
			w.put(t, fileKey(date, 0), largeFile(0))
			w.checkQuarantine(t, map[string]string{fileKey(date, 0): "too-large"})
			w.handed(t, 1)
			w.command(t, "release", fileKey(date, 0))
			w.command(t, "flush", date)
			w.waitFor(t, date, map[string]int{"completed": 1})
			if rows := w.batch(t, date)["rows"]; rows != strconv.Itoa(strings.Count(string(largeFile(0)), "\n")) {
				t.Errorf("%s rows", rows)
			}
		})
	}
}

// A run of the converter dies between its output and its commit record. What the next run finds
// differs, since a file has gone meanwhile, and it completes the commit of the output that stands,
// which it reads by version.
func TestOutputOfADeadRunIsAdopted(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var killed atomic.Bool
	versions := map[int]*string{}
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !from(r, "converter") || !puts(r, "/_commits/") || killed.Swap(true) {
			return false
		}
		if _, err := w.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{
			Bucket: &w.input, Key: ptr(w.inputRoot + fileKey(date, 4)), VersionId: versions[4],
		}); err != nil {
			t.Error(err)
		}
		w.functions["converter"].kill()
		return true
	})
	for n := range 10 {
		versions[n] = w.put(t, fileKey(date, n), ndjson(n)).VersionId
	}
	w.completed(t, date)
	if !killed.Load() {
		t.Error("nothing was killed")
	}
}

// The first answer to each function's first read of each object breaks off in the middle. The read
// goes on by version.
func TestBrokenConnections(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var broken sync.Map
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if r.Method != http.MethodGet || bucket != w.input && bucket != w.manifests && bucket != w.output ||
			r.URL.Query().Has("list-type") {
			return false
		}
		if _, again := broken.LoadOrStore(credential.FindString(r.Header.Get("Authorization"))+r.URL.Path,
			true); again {
			return false
		}
		answer := httptest.NewRecorder()
		w.forward(answer, r)
		for name, values := range answer.Header() {
			rw.Header()[name] = values
		}
		rw.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		rw.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.putFiles(t, date, 10, 20) // reads the schema that the first batch has left
	w.waitFor(t, date, map[string]int{"completed": 20})
	w.checkOutput(t, date, upTo(20)...)
	n := 0
	for range broken.Range {
		n++
	}
	if n < 24 { // input, manifests, schema and commit records
		t.Errorf("only %d answers broke off", n)
	}
	w.checkQuiet(t)
}

// A producer's tags go along to quarantine, whether an event or a listing finds the file.
func TestTaggedFilesAreQuarantined(t *testing.T) {
	w := newWorld(t, settings{})
	reasons := map[string]string{}
	for n, date := range []string{"2026-02-30", "2026-02-31"} {
		if n == 1 {
			w.handed(t, 1)
			w.silence(t)
		}
		key := fileKey(date, n)
		reasons[key] = "bad-date"
		if _, err := w.s3.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &w.input, Key: ptr(w.inputRoot + key), Body: bytes.NewReader(ndjson(n)),
			Tagging: ptr("source=field"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.sweep(t, "reconcile-all")
	w.checkQuarantine(t, reasons)
	for _, key := range w.keys(t, w.quarantine, "files/") {
		tagged := w.hasTags(t.Context(), w.quarantine, key, "")
		if !strings.HasSuffix(key, ".reason.json") && !tagged {
			t.Errorf("%s has no tags", key)
		}
	}
}
