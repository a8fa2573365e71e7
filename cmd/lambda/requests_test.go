package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/cost"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/testenv"
)

var updateRequests = flag.Bool("update-requests", false, "write what is counted into cost/requests.json")

// TestCostRequestsAreWhatABatchMakes processes batches from arrival to settlement with the
// functions' own handlers and the state machine's own steps, and checks that the requests on the
// wire are those of the cost model in cost/requests.json. Write units are those that DynamoDB Local
// reports, except for transactions.
func TestCostRequestsAreWhatABatchMakes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // as in the converter
	w := newWire(t)
	var counted []cost.Run
	for _, run := range []struct {
		engine string
		files  int
	}{{"native", 10}, {"native", 20}, {"glue", 10}, {"glue", 20}} {
		counted = append(counted, w.count(t, run.engine, run.files))
	}
	const bySweeper = 4 // what it admits, starts and measures
	if sent := float64(len(w.metrics) + bySweeper); sent != cost.Assumptions()["custom-metrics"] {
		t.Errorf("%g custom metrics are sent, the cost model assumes %g: %v", sent,
			cost.Assumptions()["custom-metrics"], w.metrics)
	}
	sweeps := w.countSweeps(t)
	known := cost.Counts()
	for i, c := range counted {
		k := &known.Runs[i]
		c.Requests["sqs"] = k.Requests["sqs"] // the event source mapping makes them
		if *updateRequests {
			*k = c
			continue
		}
		// Log lines have durations of varying length.
		if d := c.LogBytes - k.LogBytes; 10*max(d, -d) > k.LogBytes {
			t.Errorf("%s, %d files: %d bytes of logs, cost/requests.json has %d", c.Engine, c.Files, c.LogBytes,
				k.LogBytes)
		}
		c.LogBytes = k.LogBytes
		if !reflect.DeepEqual(c, *k) {
			t.Errorf(
				"%s, %d files:\ncounted                %+v\ncost/requests.json has %+v\n"+
					"If the new counts are correct: go test ./cmd/lambda -run Cost -update-requests",
				c.Engine, c.Files, c, *k)
		}
	}
	if *updateRequests {
		known.Sweeps = sweeps
	} else if len(known.Sweeps) != len(sweeps) {
		t.Errorf("%d sweeps were counted, cost/requests.json has %d", len(sweeps), len(known.Sweeps))
	} else {
		for i, s := range sweeps {
			s.LogBytes = known.Sweeps[i].LogBytes
			if !reflect.DeepEqual(s, known.Sweeps[i]) {
				t.Errorf("sweep %d:\ncounted                %+v\ncost/requests.json has %+v", i, s, known.Sweeps[i])
			}
		}
	}
	if *updateRequests {
		data, err := json.MarshalIndent(known, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(testenv.Root(t), "internal", "cost", "requests.json"), append(data, '\n'),
				0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A wire passes requests on to the servers (DynamoDB's to DynamoDB Local, others to moto) and
// counts them.
type wire struct {
	url        string
	log        journal
	definition map[string]any
	metrics    map[string]bool // that were sent, with the function that did

	mu     sync.Mutex
	run    cost.Run
	inputs []string // of the executions started
	inJob  bool     // the Glue job makes the requests
}

const day = "2025-01-17"

func newWire(t *testing.T) *wire {
	moto, local := testenv.Moto(t), testenv.DynamoDBLocal(t)
	w := &wire{metrics: map[string]bool{}}
	w.reset("", 0)
	to := map[bool]*url.URL{}
	for isDynamoDB, server := range map[bool]string{true: local.Endpoint, false: moto.Endpoint} {
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		to[isDynamoDB] = u
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			service, operation, ok := strings.Cut(r.In.Header.Get("X-Amz-Target"), ".")
			isDynamoDB := ok && strings.HasPrefix(service, "DynamoDB")
			r.SetURL(to[isDynamoDB])
			switch {
			case isDynamoDB:
				w.add("dynamodb", operation)
				askForCapacity(r.Out)
			case ok:
				w.add("states", operation)
				w.noteExecution(operation, r.Out)
			default:
				w.addS3(r.In)
			}
		},
		ModifyResponse: w.addCapacity,
	})
	t.Cleanup(server.Close)
	w.url = server.URL
	proxied := local
	proxied.Endpoint = server.URL
	proxied.Setenv(t)

	createResources(t)
	w.definition = readDefinition(t)
	return w
}

// count processes one batch and returns the counts. An earlier batch, which is not counted, makes
// the date and its schema known, as they are for all batches but a date's first.
func (w *wire) count(t *testing.T, engine string, files int) cost.Run {
	t.Helper()
	t.Setenv("MAX_FILES_PER_MANIFEST", strconv.Itoa(files))
	functions := w.functions(t, "manifest-builder", "converter", "settler")
	for _, round := range []string{"first", "second"} {
		messages := w.deliver(t, day, fmt.Sprintf("%s-%d-%s", engine, files, round), files)
		w.reset(engine, files)
		for len(messages) > 0 {
			n := min(10, len(messages))
			w.invoked("manifest-builder")
			out, err := manifestBuilder{functions["manifest-builder"]}.handle(t.Context(),
				events.SQSEvent{Records: messages[:n]})
			if err != nil || len(out.BatchItemFailures) > 0 {
				t.Fatal(out, err)
			}
			messages = messages[n:]
		}
		if len(w.inputs) != 1 {
			t.Fatalf("%d executions were started, want 1", len(w.inputs))
		}
		way := engine
		if round == "first" {
			way = "native" // it is quicker, and nothing of it is counted
		}
		w.execute(t, way, functions, w.inputs[0])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	log := w.log.take()
	w.run.LogBytes = len(log)
	noteMetrics(w.metrics, log)
	return w.run.Clone()
}

// noteMetrics adds the metrics in lines of the embedded metric format to seen.
func noteMetrics(seen map[string]bool, log string) {
	for line := range strings.Lines(log) {
		var l struct {
			Function string
			Embedded struct {
				CloudWatchMetrics []struct{ Metrics []struct{ Name string } }
			} `json:"_aws"`
		}
		if json.Unmarshal([]byte(line), &l) != nil {
			continue
		}
		for _, directive := range l.Embedded.CloudWatchMetrics {
			for _, m := range directive.Metrics {
				seen[l.Function+" "+m.Name] = true
			}
		}
	}
}

// functions returns functions that log to the wire's journal.
func (w *wire) functions(t *testing.T, names ...string) map[string]*function {
	t.Helper()
	functions := map[string]*function{}
	for _, name := range names {
		f, err := newFunction(t.Context(), name, os.Getenv, &w.log)
		if err != nil {
			t.Fatal(err)
		}
		// A past date would be closed and flushed file by file.
		f.pipeline.Now = func() time.Time { return time.Date(2025, 1, 17, 12, 0, 0, 0, time.UTC) }
		functions[name] = f
	}
	return functions
}

// countSweeps counts sweeps that find nothing to do: with one date, with ten more, and with a
// listing of everything that was put.
func (w *wire) countSweeps(t *testing.T) []cost.Sweep {
	t.Helper()
	functions := w.functions(t, "manifest-builder", "sweeper")
	sweep := func(dates int, list bool) cost.Sweep {
		t.Helper()
		w.reset("", 0)
		report, err := sweeper{functions["sweeper"]}.handle(t.Context(), sweepRequest{List: list})
		if err != nil || report.Admitted+report.Quarantined+report.Started+report.Restarted > 0 {
			t.Fatalf("the sweep found something to do: %+v, %v", report, err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return cost.Sweep{Dates: dates, Listed: report.Listed, Requests: w.run.Clone().Requests,
			ReadUnits: w.run.ReadUnits, LogBytes: len(w.log.take())}
	}
	sweeps := []cost.Sweep{sweep(1, false)}
	const more = 10
	for i := range more {
		messages := w.deliver(t, fmt.Sprintf("2025-01-%02d", 1+i), "over", 1)
		out, err := manifestBuilder{functions["manifest-builder"]}.handle(t.Context(),
			events.SQSEvent{Records: messages})
		if err != nil || len(out.BatchItemFailures) > 0 {
			t.Fatal(out, err)
		}
	}
	return append(sweeps, sweep(1+more, false), sweep(1+more, true))
}

// deliver puts files of the expected size and returns the queue's messages about them.
func (w *wire) deliver(t *testing.T, date, name string, files int) []events.SQSMessage {
	t.Helper()
	var content bytes.Buffer
	for i := 0; content.Len() < 3_500_000; i++ {
		fmt.Fprintf(&content, "{\"id\":%d,\"name\":\"item-%d\",\"value\":%.3f}\n", i, i, float64(i)/7)
	}
	client, err := s3store.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var messages []events.SQSMessage
	for i := range files {
		key := fmt.Sprintf("pipeline/input/%s-%s-%02d.ndjson", date, name, i)
		out, err := client.PutObject(t.Context(),
			&s3.PutObjectInput{Bucket: aws.String("input"), Key: &key, Body: bytes.NewReader(content.Bytes())})
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, events.SQSMessage{MessageId: key, Body: fmt.Sprintf(
			`{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventTime":"2025-01-17T12:00:00.000Z","s3":{"bucket":{"name":"input"},"object":{"key":%q,"size":%d,"eTag":%q,"sequencer":"00%02d"}}}]}`,
			key, content.Len(), strings.Trim(*out.ETag, `"`), i)})
	}
	return messages
}

// execute follows the state machine's definition on the path of success: it makes its requests,
// calls its functions and runs its job on a local Spark.
func (w *wire) execute(t *testing.T, engine string, functions map[string]*function, input string) {
	t.Helper()
	data := map[string]any{}
	if err := json.Unmarshal([]byte(input), &data); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.run.StateTransitions = 1 // the start is one
	w.mu.Unlock()
	for name := w.definition["StartAt"].(string); name != ""; {
		state := w.definition["States"].(map[string]any)[name].(map[string]any)
		w.mu.Lock()
		w.run.StateTransitions++
		w.mu.Unlock()
		next, _ := state["Next"].(string)
		resource, _ := state["Resource"].(string)
		switch {
		case state["Type"] == "Choice":
			next = state["Default"].(string)
			if engine == "glue" {
				next = "StartGlueJob"
			}
		case strings.HasSuffix(resource, "glue:startJobRun.sync"):
			w.startJob(t, data["manifest_path"].(string))
			data["run"] = map[string]any{"glue_job_run_id": "jr_0"}
		case name == "ConvertNative":
			w.invoked("converter")
			invoke(t, converter{functions["converter"]}.handle, payload(state, data))
			data["run"] = map[string]any{"glue_job_run_id": ""}
		case strings.HasPrefix(name, "UpdateStatus"):
			w.invoked("settler")
			answer := invoke(t, settler{functions["settler"]}.handle, payload(state, data))
			if name == "UpdateStatusProcessing" {
				data["batch"] = answer
			}
		default:
			t.Fatalf("the way of success has a state that this test does not know: %s", name)
		}
		name = next
	}
}

// startJob runs the Glue job with the arguments that the state machine passes.
func (w *wire) startJob(t *testing.T, manifest string) {
	t.Helper()
	w.mu.Lock()
	w.inJob = true
	w.mu.Unlock()
	cmd := exec.Command(testenv.Python(t), "glue_batch_job.py", "--MANIFEST_PATH", manifest, "--MANIFEST_BUCKET",
		"manifest",
		"--OUTPUT_BUCKET", "output", "--QUARANTINE_BUCKET", "quarantine", "--COMPRESSION_TYPE", "snappy")
	cmd.Dir = filepath.Join(testenv.Root(t), "glue")
	// An empty profile is one that boto3 does not find.
	cmd.Env = slices.DeleteFunc(os.Environ(),
		func(v string) bool { return v == "AWS_PROFILE=" || v == "AWS_SESSION_TOKEN=" })
	cmd.Env = append(cmd.Env, "SPARK_LOCAL_IP=127.0.0.1", "SPARK_LOCAL_DIRS="+t.TempDir(),
		"AWS_DEFAULT_REGION=us-east-1", "PYSPARK_SUBMIT_ARGS=--master local[2] pyspark-shell")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the Glue job: %v\n%s", err, out)
	}
	w.mu.Lock()
	w.inJob = false
	w.mu.Unlock()
}

// payload returns the input that a state passes to its function.
func payload(state, data map[string]any) any {
	return substitute(state["Parameters"].(map[string]any)["Payload"], data)
}

// invoke calls a handler like Lambda, with JSON as input and output.
func invoke[In, Out any](t *testing.T, handler func(context.Context, In) (Out, error), payload any) map[string]any {
	t.Helper()
	var in In
	convertJSON(t, payload, &in)
	out, err := handler(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]any{}
	convertJSON(t, out, &answer)
	return answer
}

func convertJSON(t *testing.T, from, to any) {
	t.Helper()
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// readDefinition returns the state machine's definition with its placeholders filled in.
func readDefinition(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "terraform", "modules", "step_functions",
		"definition.asl.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\$\{\w+\}`).ReplaceAllString(string(data), "1")
	var definition map[string]any
	if err := json.Unmarshal([]byte(text), &definition); err != nil {
		t.Fatal(err)
	}
	return definition
}

// substitute replaces the paths in a state's parameters by values of the execution's input.
func substitute(parameters any, input map[string]any) any {
	object, ok := parameters.(map[string]any)
	if !ok {
		return parameters
	}
	filled := map[string]any{}
	for name, value := range object {
		plain, isPath := strings.CutSuffix(name, ".$")
		switch path := fmt.Sprint(value); {
		case !isPath:
			filled[name] = substitute(value, input)
		case strings.HasPrefix(path, "$$."):
			filled[plain] = "arn:aws:states:us-east-1:123456789012:execution:processor:one"
		default:
			at := any(input)
			for step := range strings.SplitSeq(strings.TrimPrefix(path, "$."), ".") {
				at = at.(map[string]any)[step]
			}
			filled[plain] = at
		}
	}
	return filled
}

func (w *wire) reset(engine string, files int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inputs = nil
	w.run = cost.Run{Engine: engine, Files: files, Invocations: map[string]int{}, Requests: map[string]map[string]int{}}
	w.log.take()
}

func (w *wire) invoked(function string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.run.Invocations[function]++
}

func (w *wire) add(service, operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.run.Requests[service] == nil {
		w.run.Requests[service] = map[string]int{}
	}
	w.run.Requests[service][operation]++
}

func (w *wire) addS3(r *http.Request) {
	w.mu.Lock()
	service := "s3"
	if w.inJob {
		service = "s3_of_the_job"
	}
	w.mu.Unlock()
	w.add(service, s3Operation(r))
}

func (w *wire) noteExecution(operation string, r *http.Request) {
	body := replaceBody(r, nil)
	var start struct{ Input string }
	if operation == "StartExecution" && json.Unmarshal(body, &start) == nil {
		w.mu.Lock()
		w.inputs = append(w.inputs, start.Input)
		w.mu.Unlock()
	}
}

// askForCapacity makes DynamoDB return the capacity that a request consumed. The emulators do not
// check signatures.
func askForCapacity(r *http.Request) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "Table") {
		return
	}
	asked := replaceBody(r, func(body []byte) []byte {
		var request map[string]any
		if json.Unmarshal(body, &request) != nil {
			return body
		}
		request["ReturnConsumedCapacity"] = "TOTAL"
		changed, err := json.Marshal(request)
		if err != nil {
			return body
		}
		return changed
	})
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems") {
		r.Header.Set(unitsHeader, fmt.Sprint(transactionUnits(asked)))
	}
}

// unitsHeader passes to addCapacity what a request consumes if it succeeds.
const unitsHeader = "X-Units"

// replaceBody returns the request's body and replaces it by the result of change, if given.
func replaceBody(r *http.Request, change func([]byte) []byte) []byte {
	body, _ := io.ReadAll(r.Body)
	sent := body
	if change != nil {
		sent = change(body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	return body
}

// addCapacity adds the capacity that a response of DynamoDB reports.
func (w *wire) addCapacity(r *http.Response) error {
	_, operation, ok := strings.Cut(r.Request.Header.Get("X-Amz-Target"), ".")
	if !ok || r.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	type capacity struct{ CapacityUnits float64 }
	var one struct{ ConsumedCapacity capacity }
	var many struct{ ConsumedCapacity []capacity }
	total := 0.0
	if json.Unmarshal(body, &one) == nil {
		total = one.ConsumedCapacity.CapacityUnits
	} else if json.Unmarshal(body, &many) == nil {
		for _, c := range many.ConsumedCapacity {
			total += c.CapacityUnits
		}
	}
	if units := r.Request.Header.Get(unitsHeader); units != "" {
		if total, err = strconv.ParseFloat(units, 64); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch operation {
	case "Query", "GetItem", "BatchGetItem", "TransactGetItems":
		// The emulator reports 0 for a query of an index that finds nothing. DynamoDB charges at
		// least half a unit.
		w.run.ReadUnits += max(total, 0.5)
	default:
		w.run.WriteUnits += total
	}
	return nil
}

// s3Operation returns the name of a request of the S3 protocol.
func s3Operation(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodGet && q.Has("list-type"):
		return "ListObjectsV2"
	case r.Method == http.MethodGet:
		return "GetObject"
	case r.Method == http.MethodHead:
		return "HeadObject"
	case r.Method == http.MethodDelete:
		return "DeleteObject"
	case r.Method == http.MethodPost && q.Has("delete"):
		return "DeleteObjects"
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "CompleteMultipartUpload"
	case q.Has("uploadId") && r.Header.Get("X-Amz-Copy-Source") != "":
		return "UploadPartCopy"
	case q.Has("uploadId"):
		return "UploadPart"
	case r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	}
	return "PutObject"
}
