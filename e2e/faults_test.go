package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func (w *world) setIntercept(f func(http.ResponseWriter, *http.Request) bool) { w.intercept.Store(&f) }

// refuse answers as the services that speak JSON do.
func refuse(rw http.ResponseWriter, errorType string) {
	rw.Header().Set("Content-Type", "application/x-amz-json-1.0")
	rw.WriteHeader(http.StatusBadRequest)
	_, _ = fmt.Fprintf(rw, `{"__type":%q,"message":"by the test"}`, errorType) // the function may be gone
}

// completed checks that ten files gave one execution and all their rows, once.
func (w *world) completed(t *testing.T, date string) {
	t.Helper()
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(10)...)
}

func TestC1_MessagesComeAgain(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 10)
	again := func() {
		t.Helper()
		w.mu.Lock()
		messages := slices.Clone(w.delivered)
		w.mu.Unlock()
		failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], "", messages)
		if err != nil || len(failed) > 0 || len(messages) < 10 {
			t.Fatalf("%d messages that came again: %v, handed back %v", len(messages), err, failed)
		}
	}
	eventually(t, func() error {
		known := 0
		for _, n := range w.files(t, date) {
			known += n
		}
		if known < 10 {
			return errNotYet
		}
		return nil
	})
	again() // while the batch is on its way
	w.completed(t, date)
	again() // when it is done
	w.sweep(t, false)
	w.completed(t, date)
}

func TestC19_OnePoisonMessage(t *testing.T) {
	const poison = `{"Records":"these are no records"}`
	w := newWorld(t, settings{visibility: 5 * time.Second})
	date := today()
	w.putFiles(t, date, 0, 5)
	if _, err := w.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &w.queue, MessageBody: ptr(poison)}); err != nil {
		t.Fatal(err)
	}
	w.putFiles(t, date, 5, 10)
	w.completed(t, date)
	dead := w.receive(t, w.dead)
	if *dead.Body != poison {
		t.Errorf("in the dead-letter queue: %s", *dead.Body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	came := map[string]int{}
	for _, m := range w.delivered {
		came[*m.Body]++
	}
	for body, times := range came {
		if want := map[bool]int{true: 3, false: 1}[body == poison]; times != want {
			t.Errorf("came %d times, want %d: %s", times, want, body)
		}
	}
}

// receive waits for a message, and fails if two come.
func (w *world) receive(t *testing.T, queue string) sqstypes.Message {
	t.Helper()
	var messages []sqstypes.Message
	eventually(t, func() error {
		out, err := w.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			return err
		}
		if messages = out.Messages; len(messages) == 0 {
			return errNotYet
		}
		return nil
	})
	if len(messages) != 1 {
		t.Fatalf("%d messages, want one", len(messages))
	}
	return messages[0]
}

func TestC3_LostEvents(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 7)
	if _, err := w.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &w.input, NotificationConfiguration: &s3types.NotificationConfiguration{},
	}); err != nil {
		t.Fatal(err)
	}
	w.putFiles(t, date, 7, 10)
	w.waitFor(t, date, map[string]int{"pending": 7})
	w.sweep(t, true)
	w.completed(t, date)
	w.sweep(t, true)
	w.completed(t, date)
}

func TestC23_FilesOfADateThatIsOver(t *testing.T) {
	// To the manifest builder the date has not ended yet: it runs on the evening before, as it were.
	w := newWorld(t, settings{variables: map[string]map[string]string{"manifest-builder": {"FLUSH_GRACE_SECONDS": "864000"}}})
	date := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly) // over whatever the time of day
	w.putFiles(t, date, 0, 3)
	w.waitFor(t, date, map[string]int{"pending": 3})
	w.sweep(t, false)
	w.waitFor(t, date, map[string]int{"completed": 3})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(3)...)
}

func TestC13_StartingFails(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var refused atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Amz-Target") != "AWSStepFunctions.StartExecution" {
			return false
		}
		refused.Add(1)
		refuse(rw, "AccessDeniedException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.waitFor(t, date, map[string]int{"manifested": 10})
	eventually(t, func() error {
		if refused.Load() == 0 {
			return errNotYet
		}
		return nil
	})
	w.intercept.Store(nil)
	eventually(t, func() error { // the sweep takes up a batch that has not moved for STALE_AFTER_SECONDS
		w.sweep(t, false)
		if w.files(t, date)["manifested"] == 10 {
			time.Sleep(time.Second)
			return errNotYet
		}
		return nil
	})
	w.completed(t, date)
}

func TestC10_ConverterKilled(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var killed atomic.Bool
	w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
		// Its Parquet is in place, and what makes it count is not.
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/_commits/") || killed.Swap(true) {
			return false
		}
		w.functions["converter"].kill()
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	if !killed.Load() {
		t.Error("the converter was not killed")
	}
}

func TestC15_ThrottledTable(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	var requests atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") || requests.Add(1)%3 != 0 {
			return false
		}
		refuse(rw, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	if requests.Load() < 3 {
		t.Error("nothing was throttled")
	}
}

func TestConversionFails(t *testing.T) {
	w := newWorld(t, settings{variables: map[string]map[string]string{"converter": {"OUTPUT_BUCKET": "there-is-no-such-bucket"}}})
	w.failsWithAlert(t, "Conversion", "there-is-no-such-bucket")
}

func TestGlueJobCannotStart(t *testing.T) {
	w := newWorld(t, settings{spark: true}) // and the job is not there
	w.failsWithAlert(t, "Glue job", "ndjson-parquet-batch-job-dev")
}

// Moto's job succeeds at once and writes nothing. Without a commit record that is a failure.
func TestGlueJobLeavesNoCommit(t *testing.T) {
	w := newWorld(t, settings{spark: true})
	job := get[struct {
		Name    string
		Role    string `json:"role_arn"`
		Command []struct {
			Name   string
			Script string `json:"script_location"`
		}
	}](t, w.resources, "module.glue.aws_glue_job.convert")
	if _, err := w.glue.CreateJob(t.Context(), &glue.CreateJobInput{Name: &job.Name, Role: &job.Role, Command: &gluetypes.JobCommand{
		Name: &job.Command[0].Name, ScriptLocation: &job.Command[0].Script,
	}}); err != nil {
		t.Fatal(err)
	}
	w.failsWithAlert(t, "Conversion", "has no commit record")
	runs, err := w.glue.GetJobRuns(t.Context(), &glue.GetJobRunsInput{JobName: &job.Name})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs.JobRuns) != 1 || !strings.HasPrefix(runs.JobRuns[0].Arguments["--MANIFEST_PATH"], "s3://") {
		t.Errorf("runs of the job: %+v", runs.JobRuns)
	}
}

// failsWithAlert puts ten files and checks that their batch fails, and that one alert says so.
func (w *world) failsWithAlert(t *testing.T, what, cause string) {
	t.Helper()
	alerts, err := w.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: ptr("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &w.topic, Protocol: ptr("sqs"), Endpoint: ptr("arn:aws:sqs:us-east-1:123456789012:alerts"),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		t.Fatal(err)
	}
	date := today()
	w.putFiles(t, date, 0, 10)
	w.executions(t, "FAILED", 1)
	w.waitFor(t, date, map[string]int{"failed": 10})
	if keys := w.outputKeys(t, date); len(keys) > 0 {
		t.Errorf("in the output: %v", keys)
	}

	message := w.receive(t, *alerts.QueueUrl)
	var alert struct {
		FunctionError, DatePrefix, ManifestPath, Timestamp, ExecutionArn, StateMachineName string
		Error                                                                              struct{ Error, Cause string }
	}
	if err := json.Unmarshal([]byte(*message.Body), &alert); err != nil {
		t.Fatalf("%v in %s", err, *message.Body)
	}
	if _, err := time.Parse(time.RFC3339, alert.Timestamp); err != nil {
		t.Error(err)
	}
	if alert.FunctionError != what+" failed for manifest: "+alert.ManifestPath || alert.DatePrefix != date ||
		!strings.Contains(alert.ManifestPath, "/"+date+"/batch-0001-") || !strings.Contains(alert.Error.Cause, cause) ||
		!strings.Contains(alert.ExecutionArn, ":execution:ndjson-parquet-processor-dev:"+date+"-0001-") ||
		alert.StateMachineName != "ndjson-parquet-processor-dev" {
		t.Errorf("the alert: %s", *message.Body)
	}
}

func TestC4_OverwrittenAfterTheCommit(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.put(t, fileKey(date, 3), ndjson(11))
	w.waitFor(t, date, map[string]int{"completed": 10, "quarantined": 1})
	for _, row := range w.rows(t, date) {
		if row["status"] == "quarantined" && (row["reason"] != "overwritten" || !strings.HasPrefix(row["file_key"], fileKey(date, 3)+"#")) {
			t.Errorf("the new version's row: %v", row)
		}
	}
	w.checkOutput(t, date, upTo(10)...)
}

func TestC9_GoneBeforeItIsConverted(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 9)
	w.waitFor(t, date, map[string]int{"pending": 9})
	versions, err := w.s3.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &w.input, Prefix: ptr(w.inputRoot + fileKey(date, 4))})
	if err != nil || len(versions.Versions) != 1 {
		t.Fatalf("versions: %+v, %v", versions, err)
	}
	if _, err := w.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: &w.input, Key: versions.Versions[0].Key, VersionId: versions.Versions[0].VersionId,
	}); err != nil {
		t.Fatal(err)
	}
	w.putFiles(t, date, 9, 10)
	w.waitFor(t, date, map[string]int{"completed": 9, "failed": 1})
	w.executions(t, "SUCCEEDED", 1)
	for _, row := range w.rows(t, date) {
		if row["status"] == "failed" && (row["reason"] != "missing" || row["file_key"] != fileKey(date, 4)) {
			t.Errorf("the row of the missing file: %v", row)
		}
	}
	w.checkOutput(t, date, 0, 1, 2, 3, 5, 6, 7, 8, 9)
}

func TestC25_LateFileOfADateThatIsOver(t *testing.T) {
	w := newWorld(t, settings{})
	date := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	w.putFiles(t, date, 0, 1)
	w.waitFor(t, date, map[string]int{"completed": 1})
	w.putFiles(t, date, 1, 2)
	w.waitFor(t, date, map[string]int{"completed": 2})
	w.executions(t, "SUCCEEDED", 2)
	w.checkOutput(t, date, 0, 1)
}

func TestC26_DatesThatCannotBe(t *testing.T) {
	w := newWorld(t, settings{})
	future := time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly)
	reasons := map[string]string{fileKey("2026-02-30", 1): "bad-date", fileKey(future, 2): "future-date"}
	for key := range reasons {
		w.put(t, key, ndjson(1))
	}
	got := map[string]string{}
	eventually(t, func() error {
		out, err := w.tables.Scan(t.Context(), &dynamodb.ScanInput{TableName: &w.tracking})
		if err != nil {
			return err
		}
		for _, row := range plain(out.Items) {
			if row["status"] == "quarantined" {
				got[row["file_key"]] = row["reason"]
			}
		}
		if !maps.Equal(got, reasons) {
			return fmt.Errorf("quarantined: %v, want %v", got, reasons)
		}
		return nil
	})
	eventually(t, func() error {
		out, err := w.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &w.quarantine})
		if err != nil {
			return err
		}
		kept := 0
		for _, o := range out.Contents {
			if !strings.HasSuffix(*o.Key, ".reason.json") {
				kept++
			}
		}
		if kept != len(reasons) {
			return fmt.Errorf("%d files in quarantine, want %d", kept, len(reasons))
		}
		return nil
	})
}
