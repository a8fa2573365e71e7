package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A request of the manifest builder hangs. It answers before its time limit: the messages before
// are done, the one at which it hung and those after it are handed back, and only those.
func TestManifestBuilderAnswersInTime(t *testing.T) {
	w := newWorld(t, settings{timeout: map[string]time.Duration{"manifest-builder": 5 * time.Second}})
	w.silence(t)
	date := today()
	var events []string
	for n := range 4 {
		events = append(events, w.eventOf(t, fileKey(date, n), w.put(t, fileKey(date, n), ndjson(n)), "01"))
	}
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !from(r, "manifest-builder") || !calls(r, "PutItem") {
			return false
		}
		body, err := bodyOf(r)
		if err != nil || !bytes.Contains(body, []byte("sensor+02")) {
			return false
		}
		<-r.Context().Done()
		return true
	})
	messages := messagesOf(events...)
	started := time.Now()
	failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], w.queueARN, messages)
	if err != nil || len(failed) != 2 || !failed[*messages[2].MessageId] || !failed[*messages[3].MessageId] {
		t.Errorf("handed back after %v: %v, %v", time.Since(started), failed, err)
	}
	if n := w.functions["manifest-builder"].timedOut.Load(); n > 0 {
		t.Error("the manifest builder reached its time limit")
	}
	w.waitFor(t, date, map[string]int{"pending": 2})
}

// The metrics table does not answer. Nothing waits for it.
func TestMetricsTableHangs(t *testing.T) {
	w := newWorld(t, settings{timeout: map[string]time.Duration{"manifest-builder": 10 * time.Second,
		"settler": 10 * time.Second}})
	date := today()
	var hung atomic.Int32
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "UpdateItem") {
			return false
		}
		hung.Add(1)
		<-r.Context().Done()
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.handed(t, 10)
	if hung.Load() == 0 {
		t.Error("nothing asked for the metrics table")
	}
	for handler, f := range w.functions {
		if f.timedOut.Load() > 0 {
			t.Errorf("%s reached its time limit", handler)
		}
	}
	w.checkQuiet(t)
}

// The table throttles every write for ten minutes, which are one minute here: the queue's
// visibility timeout and the function's time are shortened by the same factor of ten. No message
// of a healthy file is given up.
func TestThrottledForTenMinutes(t *testing.T) {
	const factor = 10
	w := newWorld(t, settings{
		visibility: 6 * time.Minute / factor, timeout: map[string]time.Duration{"manifest-builder": time.Minute / factor},
	})
	date := today()
	over := time.Now().Add(10 * time.Minute / factor)
	var throttled atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if time.Now().After(over) || !calls(r, "PutItem") && !calls(r, "TransactWriteItems") {
			return false
		}
		throttled.Add(1)
		refuse(rw, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.handed(t, 10)
	w.sweptUntil(t, date, map[string]int{"completed": 10})
	w.checkOutput(t, date, upTo(10)...)
	if throttled.Load() < 10 {
		t.Errorf("%d requests were throttled", throttled.Load())
	}
	w.checkQuiet(t)
}

// A batch whose output does not fit into memory is spilled to /tmp, and the converter keeps to its
// memory and leaves nothing in /tmp. When it is ended in the middle of a conversion, the next
// process finds the room of the first one free.
func TestConverterKeepsToItsRoom(t *testing.T) {
	w := newWorld(t, settings{
		options: []string{"-var", "expected_file_size_mb=0", "-var", "converter_memory_size=512", "-var",
			"converter_ephemeral_storage_mb=512"},
	})
	date := today()
	var killed atomic.Bool
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !from(r, "converter") || !puts(r, ".parquet") && r.Method != http.MethodPost || killed.Swap(true) {
			return false
		}
		in := w.functions["converter"].instances[0]
		if used := scratchUsed(in.cmd.Process.Pid, in.tmp); used < 64<<20 {
			t.Errorf("%d bytes are in /tmp before the output is put: the test's files are too small", used)
		}
		w.functions["converter"].kill()
		return true
	})
	for n := range 10 {
		w.put(t, fileKey(date, n), incompressible(16<<20))
	}
	w.waitFor(t, date, map[string]int{"completed": 10})
	if !killed.Load() {
		t.Error("nothing was killed")
	}
}

// incompressible makes about so many bytes of lines of random text.
func incompressible(size int) []byte {
	var b bytes.Buffer
	random := make([]byte, 8<<10)
	for n := 0; b.Len() < size; n++ {
		_, _ = rand.Read(random) // never fails
		b.WriteString(`{"id":` + strconv.Itoa(n) + `,"text":"` + hex.EncodeToString(random) + strings.Repeat("x", 10) +
			"\"}\n")
	}
	return b.Bytes()
}
