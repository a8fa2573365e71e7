package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

// TestHandlers calls each function like Lambda, on one server that imitates AWS: with success, and
// with failures that must be returned as errors, so that the queue or the state machine tries
// again. Each test has a date of its own.
func TestHandlers(t *testing.T) {
	testenv.Moto(t).Setenv(t)
	createResources(t)
	for name, value := range map[string]string{"EXPECTED_FILE_SIZE_MB": "0", "MAX_FILES_PER_MANIFEST": "2",
		"LOG_LEVEL": "DEBUG", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	t.Run("manifest-builder", testManifestBuilder)
	t.Run("converter", testConverter)
	t.Run("settler", testSettler)
	t.Run("settler starts", testSettlerStarts)
	t.Run("sweeper", testSweeper)
}

func testManifestBuilder(t *testing.T) {
	t.Run("C8 C19: the poison alone is handed back", func(t *testing.T) {
		f := newSubject(t, "manifest-builder", "2025-01-01")
		noted := f.put(t, "2025-01-01-a b+c%é.ndjson", `{"n":1}`)
		bridged := f.put(t, "2025-01-01-d+e.ndjson", `{"n":2}`)
		got, err := manifestBuilder{f.function}.handle(t.Context(), messages(
			`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"input"}`,
			f.notification(noted),
			`no S3 event`,
			strings.ReplaceAll(f.notification(noted), `"name":"input"`, `"name":"elsewhere"`),
			fmt.Sprintf(
				`{"detail-type":"Object Created","detail":{"bucket":{"name":"input"},"object":{"key":%q,"size":%d,"etag":%q,"sequencer":"01"}}}`,
				f.wiring.InputPrefix+bridged.Key, bridged.Size, bridged.ETag),
		))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]events.SQSBatchItemFailure{{ItemIdentifier: "message 2"}},
			got.BatchItemFailures); diff != "" {
			t.Errorf("handed back (-want +got):\n%s", diff)
		}
		b, files := f.batch(t, pipeline.Manifested)
		if len(files) != 2 || files[0].Key != noted.Key || files[1].Key != bridged.Key {
			t.Errorf("the batch has %+v", files)
		}
		in := f.executionInput(t, b)
		if in.BatchID != b.ID || in.DatePrefix != b.ID.Date() || in.FileCount != 2 ||
			in.ManifestPath != b.ManifestPath || in.Bytes != 14 {
			t.Errorf("the execution was started with %+v", in)
		}
		lines := f.lines(t)
		if len(lines) == 0 {
			t.Error("nothing is logged")
		}
		for _, l := range lines {
			if l["batch"] != string(b.ID) && l["file"] != noted.Key && l["file"] != bridged.Key &&
				l["message"] != "message 2" && l["bucket"] != "elsewhere" {
				t.Errorf("a line tells neither batch nor file: %v", l)
			}
		}
	})
	t.Run("C18: what cannot be recorded is handed back", func(t *testing.T) {
		t.Setenv("TRACKING_TABLE", "no-such-table")
		f := newSubject(t, "manifest-builder", "2025-01-02")
		o := f.put(t, "2025-01-02-a.ndjson", `{"n":1}`)
		got, err := manifestBuilder{f.function}.handle(t.Context(), messages(f.notification(o), f.notification(o)))
		if err != nil || len(got.BatchItemFailures) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		for _, l := range f.lines(t) {
			if l["file"] != o.Key {
				t.Errorf("a line does not tell the file: %v", l)
			}
		}
	})
	t.Run("C13: what cannot be started is left to the sweep", func(t *testing.T) {
		working := os.Getenv("STEP_FUNCTION_ARN")
		t.Setenv("STEP_FUNCTION_ARN", working+"-gone")
		f := newSubject(t, "manifest-builder", "2025-01-03")
		var all []string
		for _, name := range []string{"2025-01-03-a.ndjson", "2025-01-03-b.ndjson"} {
			all = append(all, f.notification(f.put(t, name, `{"n":1}`)))
		}
		got, err := manifestBuilder{f.function}.handle(t.Context(), messages(all...))
		if err != nil || len(got.BatchItemFailures) != 0 {
			t.Errorf("%+v, %v: the files are recorded", got, err)
		}
		b, _ := f.batch(t, pipeline.Manifested)
		told := false
		for _, l := range f.lines(t) {
			told = told || l["batch"] == string(b.ID) && l["level"] == "WARN"
			if l["batch"] == nil && l["file"] == nil && l["files"] == nil {
				t.Errorf("a line tells neither batch nor file: %v", l)
			}
		}
		if !told {
			t.Error("no line tells that the batch was not started")
		}
		t.Setenv("STEP_FUNCTION_ARN", working)
		later := newSubject(t, "sweeper", "2025-01-03")
		later.pipeline.Now = func() time.Time { return noon("2025-01-03").Add(time.Hour) }
		if report, err := (sweeper{later.function}).handle(t.Context(), sweepRequest{}); err != nil ||
			report.Restarted != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		if in := f.executionInput(t, b); in.BatchID != b.ID {
			t.Errorf("the sweep started %+v", in)
		}
	})
}

func testConverter(t *testing.T) {
	t.Run("C21: three times, one commit", func(t *testing.T) {
		f := newSubject(t, "converter", "2025-02-01")
		in := f.claimed(t, "{\"n\":1}\n{\"n\":2}\n", "no json\n{\"n\":3}\n")
		var first conversionResponse
		for range 3 {
			got, err := converter{f.function}.handle(t.Context(), conversionRequest{BatchID: in.BatchID})
			if err != nil {
				t.Fatal(err)
			}
			if first == (conversionResponse{}) {
				first = got
			}
			if got != first || got.BatchID != in.BatchID || got.Engine != pipeline.EngineNative || got.Rows != 3 ||
				got.Rejected != 1 || got.Outputs != 1 {
				t.Errorf("%+v", got)
			}
		}
		c, err := f.pipeline.ReadCommit(t.Context(), in.BatchID)
		if err != nil || c.Rows != 3 || len(c.Outputs) != 1 {
			t.Errorf("%+v, %v", c, err)
		}
		lines := f.lines(t)
		if len(lines) != 3 {
			t.Errorf("%d lines for three conversions: %v", len(lines), lines)
		}
		for _, l := range lines {
			if l["batch"] != string(in.BatchID) || l["files"] != 2.0 || l["rows"] != 3.0 || l["bytes"] != 32.0 ||
				l["duration_ms"] == nil ||
				l["version"] != buildinfo.Version() || l["build"] != buildinfo.Revision() {
				t.Errorf("%v", l)
			}
		}
	})
	t.Run("a batch that does not exist", func(t *testing.T) {
		f := newSubject(t, "converter", "2025-02-02")
		in := pipeline.ExecutionInput{BatchID: pipeline.NewBatchID("2025-02-02", 1, noon("2025-02-02"))}
		_, err := converter{f.function}.handle(t.Context(), conversionRequest{BatchID: in.BatchID})
		f.failed(t, err, in.BatchID, "2025-02-02/batch-0001-20250202-120000")
	})
	t.Run("C22: the output cannot be put", func(t *testing.T) {
		f := newSubject(t, "converter", "2025-02-03")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		t.Setenv("OUTPUT_BUCKET", "no-such-bucket")
		broken := newSubject(t, "converter", "2025-02-03")
		_, err := converter{broken.function}.handle(t.Context(), conversionRequest{BatchID: in.BatchID, Last: true})
		broken.failed(t, err, in.BatchID, "no-such-bucket")
		// Once the cause is removed, the same request succeeds.
		if got, err := (converter{f.function}).handle(t.Context(),
			conversionRequest{BatchID: in.BatchID}); err != nil || got.Rows != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func testSettler(t *testing.T) {
	settle := func(f subject, in pipeline.ExecutionInput, failure string) (settlementResponse, error) {
		request := settlementRequest{Step: stepSettle, ManifestPath: in.ManifestPath}
		if failure != "" {
			request.Failure = &struct{ Error, Cause string }{"States.TaskFailed", failure}
		}
		return settler{f.function}.handle(t.Context(), request)
	}
	t.Run("from the commit record, whatever else is said", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-01")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		if _, err := f.pipeline.ConvertAndPublish(t.Context(), in.BatchID, false); err != nil {
			t.Fatal(err)
		}
		f.log.take()
		for _, failure := range []string{"a task failed after it had published", ""} {
			if got, err := settle(f, in, failure); err != nil ||
				got != (settlementResponse{BatchID: in.BatchID, Status: pipeline.Completed}) {
				t.Errorf("%+v, %v", got, err)
			}
		}
		b, files := f.batch(t, pipeline.Completed)
		if b.Rows != 2 || slices.ContainsFunc(files,
			func(f pipeline.File) bool { return f.Status != pipeline.Completed || f.Rows != 1 }) {
			t.Errorf("%+v, %+v", b, files)
		}
		f.everyLine(t, in.BatchID)
	})
	t.Run("as failed", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-02")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		if got, err := settle(f, in, "out of memory"); err != nil ||
			got != (settlementResponse{BatchID: in.BatchID, Status: pipeline.Failed}) {
			t.Errorf("%+v, %v", got, err)
		}
		b, files := f.batch(t, pipeline.Failed)
		if !strings.Contains(b.Error, "out of memory") ||
			slices.ContainsFunc(files, func(f pipeline.File) bool { return f.Status != pipeline.Failed }) {
			t.Errorf("%+v, %+v", b, files)
		}
		f.everyLine(t, in.BatchID)
	})
	t.Run("with neither a commit nor a failure", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-03")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		_, err := settle(f, in, "")
		f.failed(t, err, in.BatchID, "no commit record")
		f.batch(t, pipeline.Manifested)
	})
	t.Run("a ledger that cannot be written", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-04")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		if _, err := f.pipeline.ConvertAndPublish(t.Context(), in.BatchID, false); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TRACKING_TABLE", "no-such-table")
		broken := newSubject(t, "settler", "2025-03-04")
		_, err := settle(broken, in, "")
		broken.failed(t, err, in.BatchID, "no-such-table")
	})
	t.Run("C9: a file that is gone, and alerts that cannot be sent", func(t *testing.T) {
		t.Setenv("ALERT_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:no-such-topic")
		f := newSubject(t, "settler", "2025-03-05")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		_, files := f.batch(t, pipeline.Manifested)
		if err := f.pipeline.Input.DeleteVersion(t.Context(),
			objectstore.Object{Key: files[0].Key, ETag: files[0].ETag}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.pipeline.ConvertAndPublish(t.Context(), in.BatchID, true); err != nil {
			t.Fatal(err)
		}
		f.log.take()
		if got, err := settle(f, in, ""); err != nil || got.Status != pipeline.Completed {
			t.Errorf("%+v, %v", got, err)
		}
		told := false
		for _, l := range f.everyLine(t, in.BatchID) {
			told = told || l["file"] == files[0].Key && l["level"] == "ERROR"
		}
		if !told {
			t.Error("no line names the alert and its file")
		}
	})
}

// An attempt is begun with no more than the manifest's address, the tried ones count, and the last
// is known as such.
func testSettlerStarts(t *testing.T) {
	start := func(f subject, in pipeline.ExecutionInput, execution string) settlementResponse {
		t.Helper()
		got, err := settler{f.function}.handle(t.Context(), settlementRequest{
			Step: stepStart, ManifestPath: in.ManifestPath,
			ExecutionARN: "arn:aws:states:us-east-1:123456789012:execution:processor:" + execution,
		})
		if err != nil || got.BatchID != in.BatchID {
			t.Fatalf("%+v, %v", got, err)
		}
		return got
	}
	t.Setenv("MAX_ATTEMPTS", "3")
	t.Run("attempts", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-11")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		var pauses []int
		for n := 1; n <= 3; n++ {
			got := start(f, in, in.ExecutionName)
			if got.Status != pipeline.Processing || got.Last != (n == 3) || got.Bytes != 14 {
				t.Errorf("attempt %d: %+v", n, got)
			}
			pauses = append(pauses, got.PauseSeconds)
			b, files := f.batch(t, pipeline.Processing)
			if b.Attempts != n || slices.ContainsFunc(files,
				func(f pipeline.File) bool { return f.Status != pipeline.Processing || f.Attempts != n }) {
				t.Errorf("attempt %d: %+v, %+v", n, b, files)
			}
		}
		if !slices.Equal(pauses, []int{5, 15, 45}) {
			t.Errorf("pauses %v", pauses)
		}
	})
	t.Run("a failed batch", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-12")
		in := f.claimed(t, `{"n":1}`, `{"n":2}`)
		if err := f.pipeline.Fail(t.Context(), in.BatchID, "", errors.New("out of memory")); err != nil {
			t.Fatal(err)
		}
		if got := start(f, in, in.ExecutionName); got.Status != pipeline.Failed {
			t.Errorf("by its own execution: %+v", got)
		}
		if got := start(f, in, "by-hand"); got.Status != pipeline.Processing || got.Last {
			t.Errorf("by hand: %+v", got)
		}
	})
	t.Run("no manifest", func(t *testing.T) {
		f := newSubject(t, "settler", "2025-03-13")
		for _, path := range []string{"", "s3://manifest/elsewhere.json",
			"s3://manifest/manifests/2025-03-13/batch-1.json"} {
			if got, err := (settler{f.function}).handle(t.Context(),
				settlementRequest{Step: stepStart, ManifestPath: path}); err == nil {
				t.Errorf("%q: %+v", path, got)
			}
		}
		if got, err := (settler{f.function}).handle(t.Context(),
			settlementRequest{Step: "stop",
				ManifestPath: "s3://manifest/manifests/2025-03-13/batch-0001-20250313-120000.json"}); err == nil {
			t.Errorf("an unknown step: %+v", got)
		}
	})
}

func testSweeper(t *testing.T) {
	t.Run("C3 C23: finds a file of no event, and flushes the date that is over", func(t *testing.T) {
		f := newSubject(t, "sweeper", "2025-04-02")
		o := f.put(t, "2025-04-01-lost.ndjson", `{"n":1}`)
		if report, err := (sweeper{f.function}).handle(t.Context(), sweepRequest{}); err != nil || report.Listed != 0 ||
			report.Started != 0 {
			t.Errorf("without a listing: %+v, %v", report, err)
		}
		report, err := sweeper{f.function}.handle(t.Context(), sweepRequest{List: true})
		if err != nil || report.Admitted == 0 || report.Started == 0 || report.Refused != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		row, err := f.wiring.Ledger.File(t.Context(), "2025-04-01", o.Key)
		if err != nil || row.Status != pipeline.Manifested {
			t.Errorf("%+v, %v", row, err)
		}
		for _, l := range f.lines(t) {
			if l["batch"] == nil && l["file"] == nil && l["date"] == nil && l["report"] == nil {
				t.Errorf("a line tells neither batch, file nor date: %v", l)
			}
		}
	})
	t.Run("C3: each hour what was put of late, each day everything", func(t *testing.T) {
		f := newSubject(t, "sweeper", "2025-04-12")
		late, old := f.put(t, "2025-04-11-lost.ndjson", `{"n":1}`), f.put(t, "2025-04-09-lost.ndjson", `{"n":1}`)
		for _, event := range []struct {
			text  string
			found []bool
		}{{`{"list":true,"recent_hours":6}`, []bool{true, false}}, {`{"list":true,"recent_hours":0}`,
			[]bool{true, true}}} {
			if out, err := lambda.NewHandler(sweeper{f.function}.handle).Invoke(t.Context(),
				[]byte(event.text)); err != nil {
				t.Fatal(string(out), err)
			}
			for i, o := range []objectstore.Object{late, old} {
				if _, err := f.wiring.Ledger.File(t.Context(), o.Key[:10], o.Key); (err == nil) != event.found[i] {
					t.Errorf("%s, %s: %v", event.text, o.Key, err)
				}
			}
		}
	})
	t.Run("what fails comes out, and the rest is done", func(t *testing.T) {
		working := os.Getenv("STEP_FUNCTION_ARN")
		t.Setenv("STEP_FUNCTION_ARN", working+"-gone")
		f := newSubject(t, "sweeper", "2025-04-04")
		o := f.put(t, "2025-04-04-left.ndjson", `{"n":1}`)
		if _, err := f.pipeline.Admit(t.Context(), pipeline.Arrival{Object: o}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.pipeline.Flush(t.Context(), "2025-04-04"); err == nil {
			t.Fatal("a state machine that is gone was started")
		}
		t.Setenv("STEP_FUNCTION_ARN", working)
		t.Setenv("INPUT_BUCKET", "no-such-bucket")
		broken := newSubject(t, "sweeper", "2025-04-04")
		broken.pipeline.Now = func() time.Time { return noon("2025-04-04").Add(time.Hour) }
		report, err := sweeper{broken.function}.handle(t.Context(), sweepRequest{List: true})
		broken.failed(t, err, "", "no-such-bucket")
		if report.Restarted != 1 {
			t.Errorf("%+v: the batch left behind was not started", report)
		}
	})
	t.Run("a ledger that cannot be read", func(t *testing.T) {
		t.Setenv("TRACKING_TABLE", "no-such-table")
		f := newSubject(t, "sweeper", "2025-04-05")
		_, err := sweeper{f.function}.handle(t.Context(), sweepRequest{})
		f.failed(t, err, "", "no-such-table")
	})
}

func TestFunctionNamesEveryMissingVariable(t *testing.T) {
	_, err := newFunction(t.Context(), "converter", func(name string) string {
		return map[string]string{"OUTPUT_BUCKET": "output", "LOCK_TTL_SECONDS": "soon"}[name]
	}, &journal{})
	for _, word := range []string{"INPUT_BUCKET", "MANIFEST_BUCKET", "TRACKING_TABLE", "STEP_FUNCTION_ARN",
		"LOCK_TTL_SECONDS"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not name %s: %v", word, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "OUTPUT_BUCKET") {
		t.Errorf("OUTPUT_BUCKET is set: %v", err)
	}
}

func TestUnknownHandlerIsToldTheKnownOnes(t *testing.T) {
	t.Setenv("_HANDLER", "manifest_builder") // and no other variable
	err := run(t.Context())
	for _, word := range []string{`"manifest_builder"`, "converter", "manifest-builder", "settler", "sweeper"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not name %s: %v", word, err)
		}
	}
}

// A subject is a function under test, at noon of its date, with its log.
type subject struct {
	*function
	date string
	log  *journal
}

func noon(date string) time.Time {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return day.Add(12 * time.Hour)
}

func newSubject(t *testing.T, handler, date string) subject {
	t.Helper()
	log := &journal{}
	f, err := newFunction(t.Context(), handler, os.Getenv, log)
	if err != nil {
		t.Fatal(err)
	}
	f.pipeline.Now = func() time.Time { return noon(date) }
	return subject{f, date, log}
}

// put writes an object to the input.
func (f subject) put(t *testing.T, key, content string) objectstore.Object {
	t.Helper()
	o, err := objectstore.PutBytes(t.Context(), f.pipeline.Input, key, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// notification returns S3's message about an object. Its key is URL-encoded.
func (f subject) notification(o objectstore.Object) string {
	return fmt.Sprintf(
		`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"input"},"object":{"key":%q,"size":%d,"eTag":%q,"sequencer":"01"}}}]}`,
		url.QueryEscape(f.wiring.InputPrefix+o.Key), o.Size, o.ETag)
}

func messages(bodies ...string) events.SQSEvent {
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{MessageId: fmt.Sprintf("message %d", i), Body: body})
	}
	return event
}

// claimed processes files of the subject's date up to a started execution and returns the
// execution's input.
func (f subject) claimed(t *testing.T, contents ...string) pipeline.ExecutionInput {
	t.Helper()
	for i, content := range contents {
		o := f.put(t, fmt.Sprintf("%s-%d.ndjson", f.date, i), content)
		if _, err := f.pipeline.Admit(t.Context(), pipeline.Arrival{Object: o}); err != nil {
			t.Fatal(err)
		}
	}
	if started, err := f.pipeline.Advance(t.Context(), f.date); err != nil || len(started) != 1 {
		t.Fatalf("started %v, %v", started, err)
	}
	f.log.take()
	b, _ := f.batch(t, pipeline.Manifested)
	return f.executionInput(t, b)
}

// batch returns the only batch of the subject's date, which must have the given status.
func (f subject) batch(t *testing.T, status pipeline.Status) (pipeline.Batch, []pipeline.File) {
	t.Helper()
	var ids []pipeline.BatchID
	for b, err := range f.wiring.Ledger.Batches(t.Context(), f.date) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	if len(ids) != 1 {
		t.Fatalf("%s has the batches %v", f.date, ids)
	}
	b, files, err := f.wiring.Ledger.Batch(t.Context(), ids[0])
	if err != nil || b.Status != status {
		t.Errorf("batch %s is %s, want %s: %v", b.ID, b.Status, status, err)
	}
	return b, files
}

// executionInput returns the input of the batch's execution.
func (f subject) executionInput(t *testing.T, b pipeline.Batch) (in pipeline.ExecutionInput) {
	t.Helper()
	arn := strings.Replace(os.Getenv("STEP_FUNCTION_ARN"), ":stateMachine:", ":execution:", 1) + ":" + b.ExecutionName()
	out, err := sfn.NewFromConfig(f.wiring.SDK).DescribeExecution(t.Context(),
		&sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if err == nil {
		err = json.Unmarshal([]byte(*out.Input), &in)
	}
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// lines returns the log's lines since the last call, without metrics.
func (f subject) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(f.log.take()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Errorf("a line is not JSON: %s", text)
		}
		if line["_aws"] == nil {
			lines = append(lines, line)
		}
	}
	return lines
}

// everyLine checks that there are lines and that each names the batch.
func (f subject) everyLine(t *testing.T, id pipeline.BatchID) []map[string]any {
	t.Helper()
	lines := f.lines(t)
	if len(lines) == 0 {
		t.Error("nothing is logged")
	}
	for _, l := range lines {
		if l["batch"] != string(id) {
			t.Errorf("a line does not tell the batch %s: %v", id, l)
		}
	}
	return lines
}

// failed checks that an error was returned and gives the reason, and that the lines about it name
// the batch, if there is one.
func (f subject) failed(t *testing.T, err error, id pipeline.BatchID, why string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("the error does not say %q: %v", why, err)
	}
	if id != "" {
		f.everyLine(t, id)
	}
}

func TestListingLeavesTimeForTheRestOfTheSweep(t *testing.T) {
	if d := listFor(t.Context()); d != 0 {
		t.Errorf("without a limit it is %v", d)
	}
	for limit, most := range map[time.Duration]time.Duration{15 * time.Minute: 13 * time.Minute,
		time.Minute: time.Second} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		if d := listFor(ctx); d <= 0 || d > most || d < most-10*time.Second {
			t.Errorf("of %v it is %v, want nearly %v", limit, d, most)
		}
		cancel()
	}
}
