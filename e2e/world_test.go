// Package e2e tests the AWS pipeline as deployed, on an emulator: moto holds the buckets, queues, tables and the topic that
// Terraform renders for dev, and executes the rendered state machine. Objects put into the input bucket notify the queue,
// whose messages go to the compiled bootstrap over Lambda's runtime API, and so do the state machine's tasks. It covers
// delivery, crash, retry and time with the native engine, and how the state machine ends Glue jobs that fail.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"ndjson-parquet/internal/testenv"
)

// A world is a deployment of its own, for one test.
type world struct {
	s3     *s3.Client
	tables *dynamodb.Client
	sqs    *sqs.Client
	sns    *sns.Client
	sfn    *sfn.Client
	glue   *glue.Client

	resources                            rendered
	functions                            map[string]*function // by handler
	byName                               map[string]*function // by function name
	input, output, quarantine, inputRoot string               // buckets, and the prefix of the input
	tracking, metrics                    string               // tables
	queue, dead                          string               // URLs
	topic, stateMachine                  string               // ARNs

	// intercept, if set, sees every request of the functions before the emulator does, and says whether it has answered.
	intercept atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]

	mu        sync.Mutex
	delivered []sqstypes.Message // everything that was handed to the manifest builder
}

// settings are what a test changes of what is rendered. Times are shortened so that the tests end.
type settings struct {
	spark      bool                         // every batch is large enough for Glue
	visibility time.Duration                // of the queue; 0: 30 s
	variables  map[string]map[string]string // of functions, by handler
}

func newWorld(t *testing.T, s settings) *world {
	t.Helper()
	bootstrap := build(t)
	resources := render(t)
	w := &world{functions: map[string]*function{}, byName: map[string]*function{}}

	tasks := httptest.NewServer(http.HandlerFunc(w.serveInvoke))
	t.Cleanup(tasks.Close)
	moto := startMoto(t, tasks.URL)
	proxy := httptest.NewServer(w.proxy(t, moto.Endpoint))
	t.Cleanup(proxy.Close)

	moto.Setenv(t)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = true
		o.ResponseChecksumValidation = awssdk.ResponseChecksumValidationWhenRequired // moto sends none
	})
	w.glue, w.resources = glue.NewFromConfig(cfg), resources
	w.tables, w.sqs, w.sns, w.sfn = dynamodb.NewFromConfig(cfg), sqs.NewFromConfig(cfg), sns.NewFromConfig(cfg), sfn.NewFromConfig(cfg)

	if s.visibility == 0 {
		s.visibility = 30 * time.Second
	}
	w.createTables(t, resources)
	w.createQueues(t, resources, s.visibility)
	w.createBuckets(t, resources)
	w.createWorkflow(t, resources, s.spark)
	forwarded := moto
	forwarded.Endpoint = proxy.URL
	w.createFunctions(t, resources, bootstrap, forwarded, s)
	w.consume(t, resources)
	return w
}

var compiled struct {
	sync.Mutex
	path string
}

func TestMain(m *testing.M) {
	status := m.Run()
	if compiled.path != "" {
		_ = os.RemoveAll(filepath.Dir(compiled.path))
	}
	os.Exit(status)
}

// build compiles the bootstrap once for all tests, for this machine.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs servers that -short leaves out")
	}
	if runtime.GOOS == "windows" {
		t.Skip("terraform/render is a shell script")
	}
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.path != "" {
		return compiled.path
	}
	folder, err := os.MkdirTemp("", "bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "bootstrap")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/lambda")
	cmd.Dir = testenv.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/lambda: %v\n%s", err, out)
	}
	compiled.path = path
	return path
}

func startMoto(t *testing.T, invokeURL string) testenv.Server {
	t.Helper()
	port := testenv.FreePort(t)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	s := testenv.Server{Endpoint: "http://" + address, AccessKey: "tester", Secret: "tester-secret"}
	cmd := exec.Command(testenv.Python(t), filepath.Join(testenv.Root(t), "e2e", "moto_launcher.py"), strconv.Itoa(port))
	cmd.Env = append(os.Environ(), "INVOKE_URL="+invokeURL)
	testenv.StartCmd(t, testenv.Listening(address), cmd)
	return s
}

// serveInvoke is what the state machine's Lambda tasks call: POST /<function name>.
func (w *world) serveInvoke(rw http.ResponseWriter, r *http.Request) {
	f, ok := w.byName[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.Error(rw, "no such function", http.StatusNotFound)
		return
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	answer, failed, err := f.invoke(context.WithoutCancel(r.Context()), payload)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	if failed {
		rw.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = rw.Write(answer) // the emulator has gone with its test
}

// proxy stands between the functions and the emulator, so that tests can make calls fail. Moto does not isolate requests
// to DynamoDB from each other, so they pass one at a time.
func (w *world) proxy(t *testing.T, endpoint string) http.Handler {
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	var oneAtATime sync.Mutex
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if f := w.intercept.Load(); f != nil && (*f)(rw, r) {
			return
		}
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") {
			oneAtATime.Lock()
			defer oneAtATime.Unlock()
		}
		forward.ServeHTTP(rw, r)
	})
}

func (w *world) createTables(t *testing.T, resources rendered) {
	t.Helper()
	type index struct {
		Name       string
		HashKey    string             `json:"hash_key"`
		RangeKey   string             `json:"range_key"`
		Projection ddb.ProjectionType `json:"projection_type"`
	}
	type table struct {
		index
		Attribute []struct {
			Name string
			Type ddb.ScalarAttributeType
		}
		Indexes []index         `json:"global_secondary_index"`
		Billing ddb.BillingMode `json:"billing_mode"`
	}
	schema := func(i index) []ddb.KeySchemaElement {
		return []ddb.KeySchemaElement{
			{AttributeName: &i.HashKey, KeyType: ddb.KeyTypeHash}, {AttributeName: &i.RangeKey, KeyType: ddb.KeyTypeRange},
		}
	}
	create := func(name string) string {
		r := get[table](t, resources, "module.dynamodb.aws_dynamodb_table."+name)
		in := &dynamodb.CreateTableInput{TableName: &r.Name, KeySchema: schema(r.index), BillingMode: r.Billing}
		for _, a := range r.Attribute {
			in.AttributeDefinitions = append(in.AttributeDefinitions, ddb.AttributeDefinition{AttributeName: &a.Name, AttributeType: a.Type})
		}
		for _, i := range r.Indexes {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ddb.GlobalSecondaryIndex{
				IndexName: &i.Name, KeySchema: schema(i), Projection: &ddb.Projection{ProjectionType: i.Projection},
			})
		}
		if _, err := w.tables.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return r.Name
	}
	w.tracking, w.metrics = create("tracking"), create("metrics")
}

func (w *world) createQueues(t *testing.T, resources rendered, visibility time.Duration) {
	t.Helper()
	create := func(name string) string {
		r := get[struct {
			Name    string
			Redrive string `json:"redrive_policy"`
		}](t, resources, "module.sqs.aws_sqs_queue."+name)
		in := &sqs.CreateQueueInput{QueueName: &r.Name, Attributes: map[string]string{
			"VisibilityTimeout": strconv.Itoa(int(visibility.Seconds())),
		}}
		if r.Redrive != "" {
			in.Attributes["RedrivePolicy"] = r.Redrive
		}
		out, err := w.sqs.CreateQueue(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return *out.QueueUrl
	}
	w.dead = create("dead")
	w.queue = create("events")
}

func (w *world) createBuckets(t *testing.T, resources rendered) {
	t.Helper()
	type bucket struct{ Bucket string }
	for _, purpose := range []string{"input", "manifest", "output", "quarantine"} {
		name := get[bucket](t, resources, fmt.Sprintf("module.s3.aws_s3_bucket.this[%q]", purpose)).Bucket
		if _, err := w.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatal(err)
		}
		versioning := get[struct {
			Configuration []struct {
				Status s3types.BucketVersioningStatus
			} `json:"versioning_configuration"`
		}](t, resources, fmt.Sprintf("module.s3.aws_s3_bucket_versioning.this[%q]", purpose))
		if _, err := w.s3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: versioning.Configuration[0].Status},
		}); err != nil {
			t.Fatal(err)
		}
		switch purpose {
		case "input":
			w.input = name
		case "quarantine":
			w.quarantine = name
		case "output":
			w.output = name
		}
	}
	notification := get[struct {
		Queue []struct {
			ID     string
			Events []s3types.Event
			Prefix string `json:"filter_prefix"`
			ARN    string `json:"queue_arn"`
		}
	}](t, resources, "module.s3.aws_s3_bucket_notification.input")
	var configuration s3types.NotificationConfiguration
	for _, q := range notification.Queue {
		w.inputRoot = q.Prefix
		configuration.QueueConfigurations = append(configuration.QueueConfigurations, s3types.QueueConfiguration{
			Id: &q.ID, Events: q.Events, QueueArn: &q.ARN, Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{
				FilterRules: []s3types.FilterRule{{Name: s3types.FilterRuleNamePrefix, Value: &q.Prefix}},
			}},
		})
	}
	if _, err := w.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &w.input, NotificationConfiguration: &configuration,
	}); err != nil {
		t.Fatal(err)
	}
}

// What the state machine waits before it retries, and from how many bytes on a batch is Glue's.
var (
	interval = regexp.MustCompile(`"IntervalSeconds": *\d+`)
	backoff  = regexp.MustCompile(`"BackoffRate": *[\d.]+`)
	least    = regexp.MustCompile(`"NumericGreaterThanEquals": *\d+`)
)

func (w *world) createWorkflow(t *testing.T, resources rendered, spark bool) {
	t.Helper()
	name := get[struct{ Name string }](t, resources, "module.monitoring.aws_sns_topic.alerts").Name
	topic, err := w.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	w.topic = *topic.TopicArn
	machine := get[struct {
		Name, Definition string
		RoleARN          string `json:"role_arn"`
	}](t, resources, "module.step_functions.aws_sfn_state_machine.processor")
	definition := interval.ReplaceAllString(machine.Definition, `"IntervalSeconds": 1`)
	definition = backoff.ReplaceAllString(definition, `"BackoffRate": 1.0`)
	if spark {
		definition = least.ReplaceAllString(definition, `"NumericGreaterThanEquals": 0`)
	}
	out, err := w.sfn.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: &machine.Name, Definition: &definition, RoleArn: &machine.RoleARN,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.stateMachine = *out.StateMachineArn
}

func (w *world) createFunctions(t *testing.T, resources rendered, bootstrap string, server testenv.Server, s settings) {
	t.Helper()
	for _, handler := range []string{"manifest-builder", "converter", "settler", "sweeper"} {
		r := get[struct {
			Name        string `json:"function_name"`
			ARN         string
			Handler     string
			Timeout     int
			Memory      int `json:"memory_size"`
			Environment []struct{ Variables map[string]string }
		}](t, resources, fmt.Sprintf("module.lambda.aws_lambda_function.this[%q]", handler))
		f := &function{name: r.Name, arn: r.ARN, timeout: time.Duration(r.Timeout) * time.Second, bootstrap: bootstrap, log: &lockedBuffer{}}
		variables := map[string]string{
			"_HANDLER": r.Handler, "AWS_LAMBDA_FUNCTION_NAME": r.Name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(r.Memory),
			"STALE_AFTER_SECONDS": "1",
		}
		for _, e := range r.Environment {
			maps.Copy(variables, e.Variables)
		}
		maps.Copy(variables, server.Env())
		maps.Copy(variables, s.variables[handler])
		for name, value := range variables {
			f.env = append(f.env, name+"="+value)
		}
		w.functions[handler], w.byName[r.Name] = f, f
		t.Cleanup(func() { f.stop(t) })
	}
}

// consume plays the event source mapping until the test ends: it hands messages to the function in batches, deletes those
// that were not reported as failed, and leaves the others to the queue's visibility timeout and redrive policy.
func (w *world) consume(t *testing.T, resources rendered) {
	t.Helper()
	mapping := get[struct {
		BatchSize int32    `json:"batch_size"`
		Queue     string   `json:"event_source_arn"`
		Function  string   `json:"function_name"`
		Responses []string `json:"function_response_types"`
	}](t, resources, "module.lambda.aws_lambda_event_source_mapping.events")
	f := w.byName[mapping.Function[strings.LastIndex(mapping.Function, ":")+1:]]
	partial := len(mapping.Responses) == 1 && mapping.Responses[0] == "ReportBatchItemFailures"
	if f == nil || !partial {
		t.Fatalf("the queue's mapping is not understood: %+v", mapping)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := w.consumeOnce(ctx, f, mapping.Queue, mapping.BatchSize); err != nil && ctx.Err() == nil {
				t.Errorf("the queue's consumer: %v", err)
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (w *world) consumeOnce(ctx context.Context, f *function, queueARN string, most int32) error {
	out, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.queue, MaxNumberOfMessages: most, WaitTimeSeconds: 1})
	if err != nil || len(out.Messages) == 0 {
		return err
	}
	w.mu.Lock()
	w.delivered = append(w.delivered, out.Messages...)
	w.mu.Unlock()
	failed, err := invokeWithMessages(ctx, f, queueARN, out.Messages)
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		if !failed[*m.MessageId] {
			_, err := w.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &w.queue, ReceiptHandle: m.ReceiptHandle})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// invokeWithMessages returns the ids of the messages that are to come again: all, if the function failed.
func invokeWithMessages(ctx context.Context, f *function, queueARN string, messages []sqstypes.Message) (map[string]bool, error) {
	type record struct {
		MessageID   string `json:"messageId"`
		Receipt     string `json:"receiptHandle"`
		Body        string `json:"body"`
		EventSource string `json:"eventSource"`
		ARN         string `json:"eventSourceARN"`
		Region      string `json:"awsRegion"`
	}
	var event struct{ Records []record }
	again := map[string]bool{}
	for _, m := range messages {
		event.Records = append(event.Records, record{*m.MessageId, *m.ReceiptHandle, *m.Body, "aws:sqs", queueARN, "us-east-1"})
		again[*m.MessageId] = true
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	answer, failed, err := f.invoke(ctx, payload)
	if err != nil || failed {
		return again, err
	}
	clear(again)
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, fmt.Errorf("the answer of %s: %w", f.name, err)
	}
	for _, failure := range response.Failures {
		again[failure.ID] = true
	}
	return again, nil
}

// put writes an input object.
func (w *world) put(t *testing.T, key string, content []byte) {
	t.Helper()
	if _, err := w.s3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &w.input, Key: awssdk.String(w.inputRoot + key), Body: bytes.NewReader(content),
	}); err != nil {
		t.Fatal(err)
	}
}

// sweep invokes the sweeper with the schedule's input.
func (w *world) sweep(t *testing.T, list bool) {
	t.Helper()
	answer, failed, err := w.functions["sweeper"].invoke(t.Context(), fmt.Appendf(nil, `{"list":%t}`, list))
	if err != nil || failed {
		t.Fatalf("sweep: %v %s", err, answer)
	}
}

// eventually waits until check passes.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	const most = 90 * time.Second
	deadline := time.Now().Add(most)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", most, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

var errNotYet = errors.New("not yet")
