package e2e

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// S3 answers every third request of each kind with SlowDown.
func TestSlowDown(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var requests, slowed atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Target") != "" || strings.HasPrefix(r.URL.Path, "/2015-03-31/") ||
			requests.Add(1)%3 != 0 {
			return false
		}
		slowed.Add(1)
		rw.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(rw,
			`<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.sweptUntil(t, date, map[string]int{"completed": 10})
	w.completed(t, date)
	if slowed.Load() < 5 {
		t.Errorf("%d requests were slowed down", slowed.Load())
	}
	w.checkQuiet(t)
}

// The key is disabled: no input can be read. That is no fault of the files: the batch fails as a
// whole and publishes nothing. It is retried when the key works again.
func TestKeyDenied(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !from(r, "converter") || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/"+w.input+"/") {
			return false
		}
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(rw,
			`<Error><Code>KMS.DisabledException</Code><Message>The key is disabled.</Message></Error>`)
		return true
	})
	w.failsWithAlert(t, date, "Conversion", "KMS.DisabledException")
	w.intercept.Store(nil)
	w.retry(t, date)
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.checkOutput(t, date, upTo(10)...)
}

// The index of pending files lags: for a while it shows none. What is admitted meanwhile is claimed
// by the sweep.
func TestPendingIndexLags(t *testing.T) {
	testPendingIndex(t, func(rw http.ResponseWriter) {
		rw.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(rw, `{"Items":[],"Count":0,"ScannedCount":0}`)
	})
}

// The index throttles and the table does not.
func TestPendingIndexThrottles(t *testing.T) {
	testPendingIndex(t, func(rw http.ResponseWriter) {
		refuse(rw, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
	})
}

func testPendingIndex(t *testing.T, answer func(http.ResponseWriter)) {
	w := newWorld(t, settings{timeout: map[string]time.Duration{"manifest-builder": 5 * time.Second}})
	date := today()
	var asked atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "Query") {
			return false
		}
		body, err := bodyOf(r)
		if err != nil || !bytes.Contains(body, []byte("pending-index")) {
			return false
		}
		asked.Add(1)
		answer(rw)
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.handed(t, 10)
	w.waitFor(t, date, map[string]int{"pending": 10})
	if asked.Load() == 0 {
		t.Error("nothing asked for the index")
	}
	w.intercept.Store(nil)
	w.sweep(t, "sweep")
	w.completed(t, date)
	w.checkQuiet(t)
}

// The key of a file is written again and again. Events carry rising sequencers and the versions
// that they are about; whatever their order, the newest version alone is converted.
func TestVersionsInAnyOrder(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.silence(t)
	var events []string
	for n := range 5 {
		o := w.put(t, fileKey(date, 0), ndjson([]int{77, 78, 79, 80, 0}[n]))
		events = append(events, w.eventOf(t, fileKey(date, 0), o, w.sequencer(*o.VersionId)))
	}
	for _, n := range []int{2, 4, 0, 3, 1} {
		if failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], w.queueARN,
			messagesOf(events[n])); err != nil || len(failed) > 0 {
			t.Fatalf("%v, %v", failed, err)
		}
	}
	for n := 1; n < 10; n++ {
		o := w.put(t, fileKey(date, n), ndjson(n))
		w.send(t, w.eventOf(t, fileKey(date, n), o, w.sequencer(*o.VersionId)))
	}
	w.completed(t, date)
	w.checkQuiet(t)
}
