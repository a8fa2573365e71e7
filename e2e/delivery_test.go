package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// completed checks that ten files gave one execution and all their rows, once.
func (w *world) completed(t *testing.T, date string) {
	t.Helper()
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(10)...)
}

// silence ends the notifications of the input bucket.
func (w *world) silence(t *testing.T) {
	t.Helper()
	if _, err := w.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &w.input, NotificationConfiguration: &s3types.NotificationConfiguration{},
	}); err != nil {
		t.Fatal(err)
	}
}

// send puts a message into the queue of events.
func (w *world) send(t *testing.T, body string) {
	t.Helper()
	w.sendTo(t, w.queue, body)
}

func (w *world) sendTo(t *testing.T, queue, body string) {
	t.Helper()
	if _, err := w.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue,
		MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}

func TestC1_MessagesComeAgain(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 10)
	threeTimes := func() {
		t.Helper()
		w.mu.Lock()
		messages := slices.Clone(w.delivered)
		w.mu.Unlock()
		var running sync.WaitGroup
		for range 3 {
			running.Go(func() {
				failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], w.queueARN, messages)
				if err != nil || len(failed) > 0 || len(messages) < 10 {
					t.Errorf("%d messages that came again: %v, handed back %v", len(messages), err, failed)
				}
			})
		}
		running.Wait()
	}
	eventually(t, func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.delivered) < 10 {
			return errNotYet
		}
		return nil
	})
	threeTimes() // while the batch is on its way
	w.completed(t, date)
	threeTimes() // when it is done
	w.sweep(t, "sweep")
	w.completed(t, date)
	w.checkQuiet(t)
}

// S3 may deliver the event of an older version last.
func TestC2_OlderEventArrivesLast(t *testing.T) {
	w := newWorld(t, settings{})
	w.silence(t)
	date := today()
	// The older sequencer is the longer one: they compare as if zeros followed the shorter.
	older := w.eventOf(t, fileKey(date, 0), w.put(t, fileKey(date, 0), ndjson(77)), "0055AED6DCD90281E4FF")
	newer := w.eventOf(t, fileKey(date, 0), w.put(t, fileKey(date, 0), ndjson(0)), "0055AED6DCD90281E5")
	w.send(t, newer)
	w.waitFor(t, date, map[string]int{"pending": 1})
	w.send(t, older)
	w.handed(t, 2)
	for n := 1; n < 10; n++ {
		w.send(t, w.eventOf(t, fileKey(date, n), w.put(t, fileKey(date, n), ndjson(n)), "01"))
	}
	w.completed(t, date) // with the newer version's rows and no others
	w.checkQuiet(t)
}

// handed waits until the manifest builder has done so many messages, and none is left in the queue.
func (w *world) handed(t *testing.T, messages int) {
	t.Helper()
	eventually(t, func() error {
		w.mu.Lock()
		delivered := len(w.delivered)
		w.mu.Unlock()
		out, err := w.sqs.GetQueueAttributes(t.Context(),
			&sqs.GetQueueAttributesInput{QueueUrl: &w.queue, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		if err != nil {
			return err
		}
		left := out.Attributes["ApproximateNumberOfMessages"]
		hidden := out.Attributes["ApproximateNumberOfMessagesNotVisible"]
		if delivered < messages || left != "0" || hidden != "0" {
			return fmt.Errorf("%d messages delivered, %s left, %s under way", delivered, left, hidden)
		}
		return nil
	})
}

// eventOf is the message that S3 sends for a version of an object.
func (w *world) eventOf(t *testing.T, key string, o *s3.PutObjectOutput, sequencer string) string {
	t.Helper()
	head, err := w.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &w.input, Key: ptr(w.inputRoot + key),
		VersionId: o.VersionId})
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, map[string]any{"Records": []any{map[string]any{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
		"eventTime": "2026-01-17T12:00:00.000Z", "eventName": "ObjectCreated:Put",
		"s3": map[string]any{
			"bucket": map[string]any{"name": w.input, "arn": "arn:aws:s3:::" + w.input},
			"object": map[string]any{
				"key": url.QueryEscape(w.inputRoot + key), "size": *head.ContentLength,
				"eTag": strings.Trim(*o.ETag, `"`), "versionId": *o.VersionId, "sequencer": sequencer,
			},
		},
	}}})
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Lost events, some of files whose names sort before all that was seen.
func TestC3_C6_LostEvents(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 3, 10)
	w.waitFor(t, date, map[string]int{"pending": 7})
	w.silence(t)
	w.putFiles(t, date, 0, 3)
	w.sweep(t, "sweep")
	w.waitFor(t, date, map[string]int{"pending": 7}) // it did not list
	w.sweep(t, "reconcile")
	w.completed(t, date)
	w.sweep(t, "reconcile-all")
	w.completed(t, date)
	w.checkQuiet(t)
}

// A version that comes before the claim replaces the one before it: it, and only it, is converted.
func TestC4_OverwrittenBeforeTheClaim(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.put(t, fileKey(date, 0), ndjson(77))
	w.waitFor(t, date, map[string]int{"pending": 1})
	w.putFiles(t, date, 0, 1)
	w.handed(t, 2)
	w.putFiles(t, date, 1, 10)
	w.completed(t, date)
	w.checkQuiet(t)
}

// A version that comes while the one before it is converted is not mixed with it, and goes to
// quarantine. Where the event names its version, as in a versioned bucket, that
// version is converted; else its file fails alone.
func TestC4_OverwrittenDuringTheConversion(t *testing.T) {
	for name, versioned := range map[string]bool{"versioned": true, "unversioned": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, settings{})
			w.silence(t)
			date := today()
			put := func(n, content int) {
				event := w.eventOf(t, fileKey(date, n), w.put(t, fileKey(date, n), ndjson(content)),
					strconv.Itoa(content))
				if !versioned {
					event = versionID.ReplaceAllString(event, "")
				}
				w.send(t, event)
			}
			var overwritten atomic.Bool
			w.setIntercept(func(_ http.ResponseWriter, r *http.Request) bool {
				if from(r, "converter") && r.Method == http.MethodGet &&
					strings.HasPrefix(r.URL.Path, "/"+w.input+"/") && !overwritten.Swap(true) {
					put(7, 77)
				}
				return false
			})
			for n := range 10 {
				put(n, n)
			}
			if versioned {
				w.waitFor(t, date, map[string]int{"completed": 10, "quarantined": 1})
				w.checkOutput(t, date, upTo(10)...)
			} else {
				w.waitFor(t, date, map[string]int{"completed": 9, "failed": 1, "quarantined": 1})
				w.checkOutput(t, date, 0, 1, 2, 3, 4, 5, 6, 8, 9)
			}
			w.executions(t, "SUCCEEDED", 1)
			w.checkOverwritten(t, date, 7)
		})
	}
}

var versionID = regexp.MustCompile(`,"versionId":"[^"]*"`)

func TestC4_OverwrittenAfterTheCommit(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.put(t, fileKey(date, 3), ndjson(77))
	w.waitFor(t, date, map[string]int{"completed": 10, "quarantined": 1})
	w.checkOverwritten(t, date, 3)
	w.checkOutput(t, date, upTo(10)...)
}

func (w *world) checkOverwritten(t *testing.T, date string, n int) {
	t.Helper()
	for _, row := range w.rows(t, date) {
		if row["status"] == "quarantined" && (row["reason"] != "overwritten" ||
			!strings.HasPrefix(row["file_key"], fileKey(date, n)+"#")) {
			t.Errorf("the new version's row: %v", row)
		}
	}
}

// Files of one modification second, found by two listings.
func TestC5_SameSecondAcrossListings(t *testing.T) {
	w := newWorld(t, settings{})
	w.silence(t)
	date := today()
	w.putFiles(t, date, 0, 4)
	w.sweep(t, "reconcile")
	w.waitFor(t, date, map[string]int{"pending": 4})
	w.putFiles(t, date, 4, 10) // most of them in the same second
	w.sweep(t, "reconcile")
	w.completed(t, date)
}

func TestC9_GoneBeforeItIsConverted(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	versions := map[int]*string{}
	for n := range 9 {
		versions[n] = w.put(t, fileKey(date, n), ndjson(n)).VersionId
	}
	w.waitFor(t, date, map[string]int{"pending": 9})
	if _, err := w.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: &w.input, Key: ptr(w.inputRoot + fileKey(date, 4)), VersionId: versions[4],
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
	alerts := w.alerted(t)
	if len(alerts) != 1 || alerts[0].Error.Error != "missing" || alerts[0].File != fileKey(date, 4) ||
		alerts[0].DatePrefix != date {
		t.Errorf("alerts: %+v", alerts)
	}
	w.sweep(t, "reconcile") // it is not tried again
	w.waitFor(t, date, map[string]int{"completed": 9, "failed": 1})
	w.executions(t, "SUCCEEDED", 1)
}

func TestC19_OnePoisonMessage(t *testing.T) {
	const poison = `{"Records":"these are no records"}`
	w := newWorld(t, settings{visibility: 5 * time.Second})
	date := today()
	w.putFiles(t, date, 0, 5)
	w.send(t, poison)
	w.putFiles(t, date, 5, 10)
	w.completed(t, date)
	var dead []string
	eventually(t, func() error {
		if dead = w.peek(t, w.dead); len(dead) == 0 {
			return errNotYet
		}
		return nil
	})
	if !slices.Equal(dead, []string{poison}) {
		t.Errorf("in the dead-letter queue: %s", dead)
	}
	// Nothing but the poison was handed back, and that three times; so too if it comes with others
	// in one invocation.
	handed := strings.Count(w.functions["manifest-builder"].log.String(), "message returned to the queue")
	if handed != 3 {
		t.Errorf("%d messages were handed back, want 3", handed)
	}
	w.mu.Lock()
	together := messagesOf(poison)
	for _, m := range w.delivered {
		if *m.Body != poison && len(together) < 4 {
			together = append(together, m)
		}
	}
	w.mu.Unlock()
	failed, err := invokeWithMessages(t.Context(), w.functions["manifest-builder"], w.queueARN, together)
	if err != nil || len(failed) != 1 || !failed[*together[0].MessageId] {
		t.Errorf("handed back: %v, %v", failed, err)
	}
}

// One file in ten has one record and otherwise lines that are not JSON: the nine others are
// published, and it is in quarantine with its reason.
func TestC19_OnePoisonFile(t *testing.T) {
	w := newWorld(t, settings{variables: map[string]map[string]string{"converter": {"MAX_REJECTED_PERCENT": "50"}}})
	date := today()
	w.putFiles(t, date, 0, 9)
	w.put(t, fileKey(date, 9), []byte(`{"sensor":1}`+"\n"+strings.Repeat("this is not JSON\n", 7000)))
	w.waitFor(t, date, map[string]int{"completed": 9, "quarantined": 1})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(9)...)
	for _, row := range w.rows(t, date) {
		if row["status"] == "quarantined" && (row["reason"] != "too-many-rejects" ||
			row["file_key"] != fileKey(date, 9)) {
			t.Errorf("the row of the poison file: %v", row)
		}
	}
	w.checkQuarantine(t, map[string]string{fileKey(date, 9): "too-many-rejects"})
}

// checkQuarantine waits until the quarantine bucket holds these files, each with its reason beside
// it.
func (w *world) checkQuarantine(t *testing.T, want map[string]string) {
	t.Helper()
	eventually(t, func() error {
		got := map[string]string{}
		for _, key := range w.keys(t, w.quarantine, "") {
			if !strings.HasSuffix(key, ".reason.json") {
				continue
			}
			var reason struct{ File, Reason string }
			content := w.readFrom(t, w.quarantine, key)
			if err := json.Unmarshal(content, &reason); err != nil {
				t.Fatalf("%v in %s", err, content)
			}
			got[reason.File] = reason.Reason
			w.readFrom(t, w.quarantine, strings.TrimSuffix(key, ".reason.json")) // is there
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("in quarantine: %v, want %v", got, want)
		}
		return nil
	})
}

// What comes through EventBridge or SNS, and S3's test event, in the queue as well.
func TestOtherMessages(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 8)
	w.waitFor(t, date, map[string]int{"pending": 8})
	w.silence(t)

	w.send(t, marshal(t, map[string]any{"Service": "Amazon S3", "Event": "s3:TestEvent",
		"Time": "2026-01-17T12:00:00.000Z", "Bucket": w.input}))
	o := w.put(t, fileKey(date, 8), ndjson(8))
	w.send(t, marshal(t, map[string]any{
		"version": "0", "detail-type": "Object Created", "source": "aws.s3", "account": w.account,
		"region": "us-east-1",
		"detail": map[string]any{
			"version": "0", "reason": "PutObject", "bucket": map[string]any{"name": w.input},
			"object": map[string]any{
				"key": w.inputRoot + fileKey(date, 8), "size": len(ndjson(8)), "etag": strings.Trim(*o.ETag, `"`),
				"version-id": *o.VersionId, "sequencer": "01",
			},
		},
	}))
	o = w.put(t, fileKey(date, 9), ndjson(9))
	w.send(t, marshal(t, map[string]any{"Type": "Notification", "TopicArn": w.topic,
		"Message": w.eventOf(t, fileKey(date, 9), o, "01")}))
	w.handed(t, 11)
	w.completed(t, date)
	w.checkQuiet(t)
}

// Dates that do not exist, or lie ahead, are quarantined.
func TestC26_DatesThatCannotBe(t *testing.T) {
	w := newWorld(t, settings{})
	future := time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly)
	reasons := map[string]string{fileKey("2026-02-30", 1): "bad-date", fileKey(future, 2): "future-date"}
	for key := range reasons {
		w.put(t, key, ndjson(1))
	}
	w.checkQuarantine(t, reasons)
	out, err := w.tables.Scan(t.Context(), &dynamodb.ScanInput{TableName: &w.tracking})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range plain(out.Items) {
		if row["status"] == "quarantined" {
			got[row["file_key"]] = row["reason"]
		}
	}
	if !maps.Equal(got, reasons) {
		t.Errorf("quarantined in the ledger: %v, want %v", got, reasons)
	}
	w.executions(t, "SUCCEEDED", 0)
}
