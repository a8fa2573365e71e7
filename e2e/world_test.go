// Package e2e tests the AWS pipeline as deployed, on an emulator: moto holds the buckets, queues,
// tables and the topic that Terraform renders for dev, and executes the rendered state machine.
// Objects put into the input bucket notify the queue, whose messages go to the compiled bootstrap
// over Lambda's runtime API, and so do the state machine's tasks; its Glue job is run by a local
// Spark. It covers delivery, crash, retry and time with both engines.
package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"ndjson-parquet/internal/testenv"
)

// A world is a deployment for one test, in an account of its own.
type world struct {
	emulator   *emulator
	account    string
	oneAtATime sync.Mutex // requests to DynamoDB

	clients // of the test itself

	resources                                       rendered
	functions                                       map[string]*function // by handler
	byName                                          map[string]*function // by function name
	input, manifests, output, quarantine, inputRoot string               // buckets, and the prefix of the input
	tracking, metrics                               string               // tables
	database, table                                 string               // of the catalog
	queue, dead, alerts                             string               // URLs; alerts gets what the topic gets
	queueARN, topic, stateMachine, job              string               // ARNs, and the name of the Glue job

	// intercept, if set, sees every request of functions, jobs and the state machine before the
	// emulator does, and says whether it has answered.
	intercept atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]

	principals       map[string]*principal      // by role
	resourcePolicies map[string]json.RawMessage // of buckets, queues, topics and keys, by ARN
	key              string                     // ARN of the key that encrypts everything; empty: the services' own
	complaints       []string                   // what AWS would not have allowed; guarded by mu
	provoked         []string                   // parts of complaints that the test provokes

	puts          sync.Map // putVersion, by its id, and by the object's path and ETag
	lastSequencer atomic.Int64

	committed atomic.Int64 // when the first commit record was written, in Unix nanoseconds

	runJob      func(arguments map[string]string) error // runs the Glue job
	sparkFolder string
	jobLog      testenv.Buffer

	mu        sync.Mutex
	delivered []sqstypes.Message // everything that was handed to the manifest builder
	cleanups  []func()
}

// clients make requests as one role.
type clients struct {
	s3     *s3.Client
	tables *dynamodb.Client
	sqs    *sqs.Client
	sns    *sns.Client
	sfn    *sfn.Client
	glue   *glue.Client
}

func (w *world) clientsOf(role string) clients {
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &w.emulator.front.URL,
		Credentials: credentials.NewStaticCredentialsProvider(role+w.account, "secret", ""),
	}
	return clients{
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) {
			o.UsePathStyle = true
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // moto sends none
		}),
		tables: dynamodb.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg), sns: sns.NewFromConfig(cfg),
		sfn:  sfn.NewFromConfig(cfg),
		glue: glue.NewFromConfig(cfg),
	}
}

// settings are what a test changes of what is rendered. Times are shortened so that the tests end.
type settings struct {
	glueMinBytes int                          // from how many bytes on a batch is Glue's; 0: as rendered
	visibility   time.Duration                // of the queue; 0: 30 s
	options      []string                     // of Terraform, beside the environment's
	timeout      map[string]time.Duration     // of functions, by handler
	variables    map[string]map[string]string // of functions, by handler
}

func newWorld(t *testing.T, s settings) *world {
	t.Helper()
	t.Parallel()
	emulator := start(t)
	w := &world{emulator: emulator, functions: map[string]*function{}, byName: map[string]*function{},
		sparkFolder: t.TempDir()}
	w.account = emulator.open(w)
	t.Cleanup(func() {
		w.mu.Lock()
		cleanups := w.cleanups
		w.mu.Unlock()
		for _, f := range slices.Backward(cleanups) {
			f()
		}
		emulator.close(w.account)
		w.checkComplaints(t)
		if t.Failed() && len(w.jobLog.String()) > 0 {
			t.Logf("the log of the Glue job:\n%s", w.jobLog.String())
		}
	})
	w.resources = render(t, w.account, s.options...)
	w.loadPrincipals(t)
	granted, err := w.granted()
	if err != nil {
		t.Fatal(err)
	}
	permissions.note(granted)
	w.runJob = func(arguments map[string]string) error { return w.runSpark(t, arguments) }

	w.clients = w.clientsOf(roleTest)

	if s.visibility == 0 {
		s.visibility = 30 * time.Second
	}
	w.createTables(t)
	w.createQueues(t, s.visibility)
	w.createBuckets(t)
	w.createTopic(t)
	w.createJob(t)
	w.createCatalog(t)
	w.createWorkflow(t, s.glueMinBytes)
	w.createFunctions(t, program(t, "lambda"), s)
	w.consume(t)
	return w
}

// atEnd has f called when the test ends.
func (w *world) atEnd(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cleanups = append(w.cleanups, f)
}

// env is the environment that points AWS SDKs at the emulator, as a role, and away from the
// developer's settings.
func (w *world) env(role string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":            w.emulator.front.URL,
		"AWS_REGION":                  "us-east-1",
		"AWS_ACCESS_KEY_ID":           role + w.account,
		"AWS_SECRET_ACCESS_KEY":       "secret",
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             filepath.Join("nowhere", "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join("nowhere", "credentials"),
		"AWS_EC2_METADATA_DISABLED":   "true",
	}
}

// put writes an input object.
func (w *world) put(t *testing.T, key string, content []byte) *s3.PutObjectOutput {
	t.Helper()
	out, err := w.s3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &w.input, Key: aws.String(w.inputRoot + key), Body: bytes.NewReader(content),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sweep invokes the sweeper as a schedule does: "sweep", "reconcile" or "reconcile-all".
func (w *world) sweep(t *testing.T, schedule string) {
	t.Helper()
	answer, failed, err := w.functions["sweeper"].invoke(t.Context(), w.sweepInput(t, schedule))
	if err != nil || failed {
		t.Fatalf("sweep: %v %s", err, answer)
	}
}

func (w *world) sweepInput(t *testing.T, schedule string) []byte {
	t.Helper()
	return []byte(get[struct{ Input string }](t, w.resources,
		fmt.Sprintf("module.lambda.aws_cloudwatch_event_target.this[%q]", schedule)).Input)
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
		time.Sleep(250 * time.Millisecond)
	}
}

var errNotYet = errors.New("not yet")
