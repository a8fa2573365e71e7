package e2e

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

func (w *world) setIntercept(f func(http.ResponseWriter, *http.Request) bool) { w.intercept.Store(&f) }

// refuse answers as the services that speak JSON do.
func refuse(rw http.ResponseWriter, status int, errorType string) {
	body := fmt.Appendf(nil, `{"__type":%q,"message":"by the test"}`, errorType)
	rw.Header().Set("Content-Type", "application/x-amz-json-1.0")
	rw.Header().Set("X-Amzn-RequestId", rand.Text())
	rw.Header().Set("X-Amzn-ErrorType", errorType)
	// DynamoDB's clients look at it
	rw.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	rw.WriteHeader(status)
	_, _ = rw.Write(body) // the function may be gone
}

// deny answers as S3 does.
func deny(rw http.ResponseWriter) {
	rw.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(rw, `<Error><Code>AccessDenied</Code><Message>Access Denied by the test</Message></Error>`)
}

// from says whether a function of this handler makes the request.
func from(r *http.Request, handler string) bool {
	return strings.Contains(r.Header.Get("Authorization"), "Credential="+functionRole(handler))
}

func calls(r *http.Request, operation string) bool {
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return name == operation
}

func puts(r *http.Request, path string) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, path)
}

// settles says whether a settler writes the outcome of a batch that has a commit record.
func settles(w *world, r *http.Request) bool {
	return calls(r, "TransactWriteItems") && w.committed.Load() > 0
}

// A function is killed once, at a request that it makes, before or after the request has taken
// effect.
func TestC10_C12_Killed(t *testing.T) {
	for name, c := range map[string]struct {
		handler string
		at      func(w *world, r *http.Request) bool
		after   bool
		flush   bool // three files of a date that is over, instead of a full batch
	}{
		"manifest builder holding the lease": {handler: "manifest-builder",
			at: func(_ *world, r *http.Request) bool { return calls(r, "TransactWriteItems") }},
		"manifest builder after the claim": {handler: "manifest-builder",
			at: func(w *world, r *http.Request) bool { return puts(r, w.manifests) }},
		"manifest builder before the start": {handler: "manifest-builder",
			at: func(_ *world, r *http.Request) bool { return calls(r, "StartExecution") }},
		"manifest builder after the start": {handler: "manifest-builder",
			at: func(_ *world, r *http.Request) bool { return calls(r, "StartExecution") }, after: true},
		"converter before the output": {handler: "converter",
			at: func(_ *world, r *http.Request) bool { return puts(r, ".parquet") }},
		"converter before the commit": {handler: "converter",
			at: func(_ *world, r *http.Request) bool { return puts(r, "/_commits/") }},
		"converter after the commit": {handler: "converter",
			at: func(_ *world, r *http.Request) bool { return puts(r, "/_commits/") }, after: true},
		"settler before the batch starts": {handler: "settler",
			at: func(_ *world, r *http.Request) bool { return calls(r, "TransactWriteItems") }},
		"settler after the batch started": {handler: "settler",
			at: func(_ *world, r *http.Request) bool { return calls(r, "TransactWriteItems") }, after: true},
		"settler before the outcome": {handler: "settler", at: settles},
		"settler after the outcome":  {handler: "settler", at: settles, after: true},
		"sweeper holding the lease": {handler: "sweeper",
			at: func(_ *world, r *http.Request) bool { return calls(r, "TransactWriteItems") }, flush: true},
		"sweeper after the claim": {handler: "sweeper",
			at: func(_ *world, r *http.Request) bool { return calls(r, "TransactWriteItems") }, after: true,
			flush: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings{visibility: 3 * time.Second, variables: map[string]map[string]string{
				"manifest-builder": {"LOCK_TTL_SECONDS": "2"}, "sweeper": {"LOCK_TTL_SECONDS": "2"},
			}}
			date, n := today(), 10
			if c.flush {
				date, n = over(), 3
				s.variables["manifest-builder"]["FLUSH_GRACE_SECONDS"] = "864000"
			}
			w := newWorld(t, s)
			var killed atomic.Bool
			w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
				if !from(r, c.handler) || !c.at(w, r) || killed.Swap(true) {
					return false
				}
				if c.after {
					w.forward(httptest.NewRecorder(), r)
				}
				w.functions[c.handler].kill()
				return true
			})
			w.putFiles(t, date, 0, n)
			w.handed(t, n)
			w.sweptUntil(t, date, map[string]int{"completed": n})
			if !killed.Load() {
				t.Error("nothing was killed")
			}
			w.executions(t, "SUCCEEDED", 1)
			w.checkOutput(t, date, upTo(n)...)
		})
	}
}

// sweptUntil sweeps as the schedule does, if more often, until the files of a date have these
// statuses. A sweep takes up what has not moved for STALE_AFTER_SECONDS. It may fail.
func (w *world) sweptUntil(t *testing.T, date string, want map[string]int) {
	t.Helper()
	eventually(t, func() error {
		if _, _, err := w.functions["sweeper"].invoke(t.Context(), w.sweepInput(t, "sweep")); err != nil {
			return err
		}
		if got := w.files(t, date); !maps.Equal(got, want) {
			time.Sleep(500 * time.Millisecond)
			return fmt.Errorf("files by status: %v, want %v", got, want)
		}
		return nil
	})
}

// Messages of one date's files come to several manifest builders at once: two batches, none twice,
// none lost.
func TestC11_C14_ManyAtOneDate(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.silence(t)
	var running sync.WaitGroup
	events := make([]string, 20)
	for n := range events {
		events[n] = w.eventOf(t, fileKey(date, n), w.put(t, fileKey(date, n), ndjson(n)), "01")
	}
	for part := range 5 {
		running.Go(func() {
			failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], w.queueARN,
				messagesOf(events[4*part:4*part+4]...))
			if err != nil || len(failed) > 0 {
				t.Errorf("messages handed back: %v, %v", failed, err)
			}
		})
	}
	running.Wait()
	w.sweep(t, "sweep") // a loser may have recorded its files after the winner had looked
	w.waitFor(t, date, map[string]int{"completed": 20})
	w.executions(t, "SUCCEEDED", 2)
	w.checkOutput(t, date, upTo(20)...)
	w.checkBatches(t, date, "native", "10000", "native", "10000")
	w.checkQuiet(t)
}

func TestC13_StartingFails(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var refused atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "StartExecution") {
			return false
		}
		refused.Add(1)
		refuse(rw, http.StatusBadRequest, "AccessDeniedException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.waitFor(t, date, map[string]int{"manifested": 10})
	w.handed(t, 10)
	if refused.Load() == 0 {
		t.Fatal("nothing was refused")
	}
	w.intercept.Store(nil)
	w.sweptUntil(t, date, map[string]int{"completed": 10})
	w.completed(t, date)
}

// Every third request to the tables is throttled, the state machine's too, and so is the first
// invocation of each of its functions.
func TestC15_Throttled(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var requests atomic.Int32
	var invoked sync.Map
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/functions/") {
			if _, again := invoked.LoadOrStore(r.URL.Path, true); again {
				return false
			}
			refuse(rw, http.StatusTooManyRequests, "TooManyRequestsException")
			return true
		}
		if !strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") || requests.Add(1)%3 != 0 {
			return false
		}
		refuse(rw, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	if requests.Load() < 3 {
		t.Error("nothing was throttled")
	}
	w.checkQuiet(t)
}

// A manifest builder works longer than the queue waits: its messages come to another one meanwhile.
func TestC16_OutlastsTheVisibility(t *testing.T) {
	w := newWorld(t, settings{visibility: 3 * time.Second})
	date := today()
	var held atomic.Bool
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if from(r, "manifest-builder") && calls(r, "TransactWriteItems") && !held.Swap(true) {
			time.Sleep(7 * time.Second)
		}
		return false
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.handed(t, 11) // one came twice, at least
	w.sweep(t, "sweep")
	w.completed(t, date)
	w.checkQuiet(t)
}

// A conversion outlasts the function's time.
func TestC16_ConverterTimesOut(t *testing.T) {
	w := newWorld(t, settings{timeout: map[string]time.Duration{"converter": 3 * time.Second}})
	date := today()
	var stuck atomic.Bool
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !from(r, "converter") || !puts(r, ".parquet") || stuck.Swap(true) {
			return false
		}
		<-r.Context().Done()
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	if !stuck.Load() {
		t.Error("nothing took long")
	}
	w.checkQuiet(t)
}

// The ledger is gone for a while. What arrives meanwhile ends in the dead-letter queue; it is
// redriven, three times over.
func TestC18_C21_LedgerGoneThenRedriven(t *testing.T) {
	w := newWorld(t, settings{visibility: time.Second})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") {
			return false
		}
		refuse(rw, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	dead := map[string]bool{}
	eventually(t, func() error {
		for _, body := range w.peek(t, w.dead) {
			dead[body] = true
		}
		if len(dead) < 10 {
			return fmt.Errorf("%d messages in the dead-letter queue", len(dead))
		}
		return nil
	})
	w.intercept.Store(nil)
	if rows := w.rows(t, date); len(rows) > 0 {
		t.Errorf("in the ledger: %v", rows)
	}
	for range 3 {
		for body := range dead {
			w.send(t, body)
		}
	}
	w.completed(t, date)
	w.handed(t, 60)
	w.sweep(t, "sweep")
	w.completed(t, date)
}

// Every write takes effect, and its first answer is lost.
func TestC20_LostAnswers(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var lost sync.Map
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		key := r.Header.Get("X-Amz-Target")
		isAWS := key != ""
		if !isAWS && r.Method == http.MethodPut {
			key = r.URL.Path
		}
		if key == "" || strings.HasSuffix(key, "Query") || strings.HasSuffix(key, "GetItem") {
			return false
		}
		if _, again := lost.LoadOrStore(key+credential.FindString(r.Header.Get("Authorization")), true); again {
			return false
		}
		w.forward(httptest.NewRecorder(), r)
		refuse(rw, http.StatusInternalServerError, "InternalServerError")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.sweptUntil(t, date, map[string]int{"completed": 10})
	w.completed(t, date)
	w.checkBatches(t, date, "native", "10000")
	n := 0
	for range lost.Range {
		n++
	}
	if n < 8 { // admission, lease, claim, manifest, start, output, commit, settlement, …
		t.Errorf("only %d answers were lost", n)
	}
	w.checkQuiet(t)
}

// The output cannot be written for a while. The batch fails with the reason, and an operator
// retries it.
func TestC17_C22_PutDeniedThenRetried(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/"+w.output+"/") {
			return false
		}
		deny(rw)
		return true
	})
	w.failsWithAlert(t, date, "Conversion", "AccessDenied")
	w.intercept.Store(nil)
	batch := w.batch(t, date)
	if !strings.Contains(batch["error_message"], "AccessDenied") {
		t.Errorf("the failed batch's row: %v", batch)
	}

	w.retry(t, date)
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.ended(t, map[string]int{"FAILED": 1, "SUCCEEDED": 1})
	w.checkOutput(t, date, upTo(10)...)
	w.checkBatches(t, date, "native", "10000")
	for _, row := range w.rows(t, date) {
		if attempts := row["attempts"]; attempts != "" && attempts != "0" && attempts != "1" {
			t.Errorf("attempts are still counted: %v", row)
		}
	}
	w.checkQuiet(t)
}

// retry has the command line retry a date's only batch.
func (w *world) retry(t *testing.T, date string) {
	t.Helper()
	w.command(t, "retry", w.batch(t, date)["batch_id"])
}

// command runs the command line as the operator, and returns its output.
func (w *world) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, "ndjson-parquet"), append(args, "--root", "aws:dev")...)
	cmd.Env = os.Environ()
	for name, value := range w.env(roleOperator) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ndjson-parquet %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// batch is the ledger's row of a date's only batch.
func (w *world) batch(t *testing.T, date string) map[string]string {
	t.Helper()
	var found []map[string]string
	for _, row := range w.rows(t, date) {
		if strings.HasPrefix(row["file_key"], "MANIFEST#") {
			found = append(found, row)
		}
	}
	if len(found) != 1 {
		t.Fatalf("batches: %v, want one", found)
	}
	return found[0]
}

// The settler cannot write the outcome, so that the execution ends without one in the ledger, and
// its name stays taken. The sweep settles the batch from its commit record.
func TestExecutionEndsWithoutOutcome(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !from(r, "settler") || !strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") ||
			w.committed.Load() == 0 {
			return false
		}
		refuse(rw, http.StatusBadRequest, "AccessDeniedException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.ended(t, map[string]int{"FAILED": 1})
	if alerts := w.alerted(t); len(alerts) != 1 || !strings.Contains(alerts[0].Error.Cause, "AccessDenied") {
		t.Errorf("alerts: %+v", alerts)
	}
	w.waitFor(t, date, map[string]int{"processing": 10})
	w.sweep(t, "sweep")
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.checkOutput(t, date, upTo(10)...)
	w.ended(t, map[string]int{"FAILED": 1})
}

// The operator starts an execution with the four fields of the original, of a batch that nothing
// has started.
func TestExecutionStartedByHand(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "StartExecution") {
			return false
		}
		refuse(rw, http.StatusBadRequest, "AccessDeniedException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.waitFor(t, date, map[string]int{"manifested": 10})
	w.handed(t, 10)
	input := marshal(t, map[string]any{
		"manifest_path": w.batch(t, date)["manifest_path"], "date_prefix": date, "file_count": 10,
		"timestamp": "2026-01-17T12:00:00.000Z",
	})
	if _, err := w.sfn.StartExecution(t.Context(),
		&sfn.StartExecutionInput{StateMachineArn: &w.stateMachine, Input: &input}); err != nil {
		t.Fatal(err)
	}
	w.completed(t, date)
	w.checkBatches(t, date, "native", "10000")
}

// failsWithAlert puts ten files and checks that their batch fails, and that one alert says so.
func (w *world) failsWithAlert(t *testing.T, date, what, cause string) {
	t.Helper()
	w.putFiles(t, date, 0, 10)
	w.ended(t, map[string]int{"FAILED": 1})
	w.waitFor(t, date, map[string]int{"failed": 10})
	for _, key := range w.outputKeys(t, date) {
		if strings.Contains(key, "/_commits/") {
			t.Errorf("there is a commit record: %s", key)
		}
	}
	if row := w.batch(t, date); row["status"] != "failed" || row["failed_time"] == "" ||
		!strings.Contains(row["error_message"], cause) {
		t.Errorf("the row of the batch: %v", row)
	}
	alerts := w.alerted(t)
	if len(alerts) != 1 {
		t.Fatalf("alerts: %+v, want one", alerts)
	}
	a := alerts[0]
	if a.FunctionError != what+" failed for manifest: "+a.ManifestPath || a.DatePrefix != date ||
		strings.Contains(a.raw, `"File"`) ||
		!strings.HasPrefix(a.ManifestPath, "s3://"+w.manifests+"/manifests/"+date+"/batch-0001-") ||
		a.Error.Error == "" || !strings.Contains(a.Error.Cause, cause) ||
		!strings.HasPrefix(a.ExecutionArn, "arn:aws:states:us-east-1:"+w.account+
			":execution:ndjson-parquet-processor-dev:"+date+"-0001-") ||
		a.StateMachineName != "ndjson-parquet-processor-dev" {
		t.Errorf("the alert: %s", a.raw)
	}
}
