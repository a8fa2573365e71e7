package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/ledger/dynamoledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
	"ndjson-parquet/internal/testenv"
)

// A deployment is what Terraform makes, as far as the command line meets it, on a server that
// imitates AWS. The test does by hand what the functions do, with the same wiring.
type deployment struct {
	site
	sdk          aws.Config
	stateMachine string
	variables    map[string]string // of the functions
	functions    *awsports.Wiring
}

const trackingTable = "ndjson-parquet-file-tracking-dev"

func deploy(t *testing.T) *deployment {
	t.Helper()
	testenv.Moto(t).Setenv(t)
	ctx := t.Context()
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Everything but the role is made with the clients the project has anyway.
	role := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	python := exec.CommandContext(ctx, testenv.Python(t), "-c",
		"import boto3, os, sys; os.environ.pop('AWS_PROFILE', 0); "+
			"print(boto3.client('iam', region_name='us-east-1').create_role(RoleName='functions', "+
			"AssumeRolePolicyDocument=sys.argv[1])['Role']['Arn'])", role)
	python.Stderr = os.Stderr
	made, err := python.Output()
	if err != nil {
		t.Fatalf("make a role: %v", err)
	}
	arn := strings.TrimSpace(string(made))
	d := &deployment{site: site{t: t, root: "aws"}, sdk: sdk}

	client, err := s3store.NewClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range []string{"input", "manifest", "output", "quarantine"} {
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dynamodb.NewFromConfig(sdk).CreateTable(ctx, dynamoledger.Table(trackingTable)); err != nil {
		t.Fatal(err)
	}
	machine, err := sfn.NewFromConfig(sdk).CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String("ndjson-parquet-dev"), RoleArn: &arn,
		Definition: aws.String(`{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":3600,"End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.stateMachine = *machine.StateMachineArn
	d.variables = map[string]string{
		"INPUT_BUCKET": "input", "MANIFEST_BUCKET": "manifest", "OUTPUT_BUCKET": "output",
		"QUARANTINE_BUCKET": "quarantine",
		"TRACKING_TABLE":    trackingTable, "STEP_FUNCTION_ARN": d.stateMachine, "EXPECTED_FILE_SIZE_MB": "0",
		"MAX_FILES_PER_MANIFEST": "2",
	}
	_, err = lambda.NewFromConfig(sdk).CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("ndjson-parquet-manifest-builder-dev"), Role: &arn,
		Runtime: types.RuntimeProvidedal2023,
		Handler: aws.String("manifest-builder"), Code: &types.FunctionCode{ZipFile: []byte("no code: it is " +
			"never called")},
		Environment: &types.Environment{Variables: d.variables},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := awshome.Open(ctx, "dev", os.Getenv, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d.functions = h.Wiring
	return d
}

// arrive puts a file into the input and admits it, as the manifest builder does on its event.
func (d *deployment) arrive(key, content string) {
	d.t.Helper()
	p := d.functions.Pipeline
	o, err := objectstore.PutBytes(d.t.Context(), p.Input, key, []byte(content))
	if err == nil {
		_, err = p.Admit(d.t.Context(), pipeline.Arrival{Object: o})
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// started are the ids of the batches that a command started.
func (d *deployment) started(args ...string) []pipeline.BatchID {
	d.t.Helper()
	return decode[struct{ Started []pipeline.BatchID }](d.t,
		d.want(cli.ExitDone, append(args, "--json")...).stdout).Started
}

// executions are the names of all executions, sorted.
func (d *deployment) executions() []string {
	d.t.Helper()
	out, err := sfn.NewFromConfig(d.sdk).ListExecutions(d.t.Context(),
		&sfn.ListExecutionsInput{StateMachineArn: &d.stateMachine})
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range out.Executions {
		names = append(names, *e.Name)
	}
	slices.Sort(names)
	return names
}

// TestOnAWS follows files through a pipeline on AWS with the commands of an operator.
func TestOnAWS(t *testing.T) {
	d := deploy(t)
	const day, first, second = "2025-01-17", "2025-01-17-web-00.ndjson", "2025-01-17-web-01.ndjson"
	d.arrive(first, records("a", 10)+"not json\n")
	d.arrive(second, records("b", 5))
	d.arrive("2025-01-17-web-02.ndjson", records("c", 3))
	if s := decode[report.Summary](t, d.want(cli.ExitDone, "status",
		"--json").stdout); s.Files[pipeline.Pending] != 3 || s.Batches != 0 {
		t.Errorf("before anything ran: %+v", s)
	}
	if r := d.want(cli.ExitFailed, "schema", "show"); !strings.Contains(r.stderr, "no schema yet") {
		t.Errorf("schema show before the first batch: %s", r.stderr)
	}

	// flush takes the functions' settings: two files a batch.
	batches := d.started("flush", day)
	if len(batches) != 2 || !slices.Equal(d.executions(), []string{string(batches[0]), string(batches[1])}) {
		t.Fatalf("flush started %v, the executions are %v", batches, d.executions())
	}
	if again := d.started("flush", day); len(again) != 0 || len(d.executions()) != 2 {
		t.Errorf("a second flush started %v", again)
	}
	p := d.functions.Pipeline
	if err := p.Execute(t.Context(), batches[0]); err != nil {
		t.Fatal(err)
	}
	if err := p.Fail(t.Context(), batches[1], "lambda", errors.New("out of memory")); err != nil {
		t.Fatal(err)
	}

	s := decode[report.Summary](t, d.want(cli.ExitDone, "status", day, "--json").stdout)
	if s.Files[pipeline.Completed] != 2 || s.Files[pipeline.Failed] != 1 || s.Rows != 15 || s.Rejected != 1 {
		t.Errorf("status: %+v", s)
	}
	listed := d.ledgerBatches()
	if len(listed) != 2 || len(listed[0].Outputs) != 1 ||
		!strings.HasPrefix(listed[0].Outputs[0].Path, "s3://output/merged-parquet-2025-01-17/") ||
		listed[1].Status != pipeline.Failed || listed[1].Error == "" {
		t.Errorf("batches: %+v", listed)
	}
	if f := d.ledgerFiles()[first]; f.Rows != 10 || f.Rejected != 1 || f.Path != "s3://input/pipeline/input/"+first {
		t.Errorf("files: %+v", f)
	}
	for _, name := range []string{first, "s3://input/pipeline/input/" + first} {
		why := d.want(cli.ExitDone, "why", name).stdout
		for _, part := range []string{first + " is completed", "10 rows + 1 rejected",
			"s3://output/merged-parquet-2025-01-17/", "s3://quarantine/rejected/"} {
			if !strings.Contains(why, part) {
				t.Errorf("why %s does not say %q: %s", name, part, why)
			}
		}
	}
	if r := d.want(cli.ExitFailed, "why", "2025-01-17-nowhere.ndjson"); !strings.Contains(r.stderr,
		"s3://input/pipeline/input") || !strings.Contains(r.stderr, "next sweep") {
		t.Errorf("why of an unknown file: %s", r.stderr)
	}
	if show := d.want(cli.ExitDone, "schema", "show").stdout; !strings.Contains(show, "user") ||
		!strings.Contains(show, "struct<name:string>") {
		t.Errorf("schema show: %s", show)
	}

	if again := d.started("retry", string(batches[1])); !slices.Equal(again, batches[1:]) ||
		!slices.Contains(d.executions(), string(batches[1])+"-r1") {
		t.Errorf("retry started %v, the executions are %v", again, d.executions())
	}
	if err := p.Execute(t.Context(), batches[1]); err != nil {
		t.Fatal(err)
	}
	verified := decode[report.Verification](t, d.want(cli.ExitDone, "verify", "--json").stdout)
	if !verified.OK || verified.Batches != 2 || verified.Files != 3 || verified.Outputs != 2 || verified.Rows != 18 {
		t.Errorf("verify: %+v", verified)
	}

	// A new version of a published file waits for a release.
	d.arrive(second, records("changed", 6))
	d.want(cli.ExitDone, "release", second)
	if waiting := d.want(cli.ExitDone, "files", "--status", "pending").stdout; !strings.Contains(waiting, second+"#") {
		t.Errorf("the released version is not pending: %s", waiting)
	}
	for _, id := range d.started("flush", day) {
		if err := p.Execute(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}

	// What verify reads is really the bucket.
	key := listed[0].Outputs[0].Key
	if err := p.Output.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	verified = decode[report.Verification](t, d.want(cli.ExitIncomplete, "verify", "--json").stdout)
	if len(verified.Findings) != 1 || verified.Findings[0].Place != "s3://output/"+key || verified.Rows != 18+6 {
		t.Errorf("verify without %s: %+v", key, verified)
	}
}

// TestBackfill takes what was in the bucket before there was a pipeline.
func TestBackfill(t *testing.T) {
	d := deploy(t)
	const known = "2025-01-17-known.ndjson"
	d.arrive(known, records("known", 1))
	put := func(key, content string) {
		t.Helper()
		if _, err := objectstore.PutBytes(t.Context(), d.functions.Pipeline.Input, key, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		put(fmt.Sprintf("2025-01-17-%d.ndjson", i), records("a", 2))
	}
	put("2025-01-18-alone.ndjson", records("b", 2))
	put("2025-01-18-table.csv", "x\n")
	got := decode[backfillJSON](t, d.want(cli.ExitDone, "backfill", "--json").stdout)
	if want := (backfillJSON{Listed: 7, Admitted: 5, Quarantined: 1, Started: 4}); got != want {
		t.Errorf("backfill did %+v, want %+v", got, want)
	}
	if n := len(d.executions()); n != 4 {
		t.Errorf("%d executions, want 4: three batches of 2, 2 and 1 files of one date, one of the other", n)
	}
	for key, f := range d.ledgerFiles() {
		if want := map[bool]pipeline.Status{false: pipeline.Manifested,
			true: pipeline.Quarantined}[strings.HasSuffix(key, ".csv")]; f.Status != want {
			t.Errorf("%s is %s, want %s", key, f.Status, want)
		}
	}

	again := decode[backfillJSON](t, d.want(cli.ExitDone, "backfill", "--json").stdout)
	again.Listed = 0 // the quarantined original has left the input
	if again != (backfillJSON{}) || len(d.executions()) != 4 {
		t.Errorf("a second backfill did %+v", again)
	}

	// What may have left the ledger is not taken for new.
	d.env = []string{"LIST_HORIZON_DAYS=0.0000001"}
	for name, value := range d.variables {
		d.env = append(d.env, name+"="+value)
	}
	put("2025-01-19-old.ndjson", records("old", 2))
	if got := decode[backfillJSON](t, d.want(cli.ExitDone, "backfill", "--json").stdout); got.Old != got.Listed ||
		got.Old < 7 || got.Admitted != 0 {
		t.Errorf("beyond the horizon: %+v", got)
	}
	d.env = nil
	if r := newSite(t).want(cli.ExitUsage, "backfill"); !strings.Contains(r.stderr, "--root aws:ENV") {
		t.Errorf("backfill on one machine: %s", r.stderr)
	}
}

// queues makes the queue that feeds the manifest builder, and its dead-letter queue, and returns
// that one's address.
func (d *deployment) queues(client *sqs.Client) *string {
	d.t.Helper()
	ctx := d.t.Context()
	create := func(name, policy string) (url *string, arn string) {
		in := &sqs.CreateQueueInput{QueueName: &name}
		if policy != "" {
			in.Attributes = map[string]string{"RedrivePolicy": policy}
		}
		made, err := client.CreateQueue(ctx, in)
		if err != nil {
			d.t.Fatal(err)
		}
		out, err := client.GetQueueAttributes(ctx,
			&sqs.GetQueueAttributesInput{QueueUrl: made.QueueUrl,
				AttributeNames: []sqstypes.QueueAttributeName{"QueueArn"}})
		if err != nil {
			d.t.Fatal(err)
		}
		return made.QueueUrl, out.Attributes["QueueArn"]
	}
	dead, arn := create("any-name-dlq", "")
	_, events := create("any-name", `{"deadLetterTargetArn":"`+arn+`","maxReceiveCount":3}`)
	_, err := lambda.NewFromConfig(d.sdk).CreateEventSourceMapping(ctx, &lambda.CreateEventSourceMappingInput{
		FunctionName: aws.String("ndjson-parquet-manifest-builder-dev"), EventSourceArn: &events,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return dead
}

// TestC21_RedriveOnAWS admits the files of the dead-letter queue's events, and leaves other
// messages there.
func TestC21_RedriveOnAWS(t *testing.T) {
	d := deploy(t)
	client := sqs.NewFromConfig(d.sdk)
	dead := d.queues(client)
	const key = "2025-01-17-late.ndjson"
	o, err := objectstore.PutBytes(t.Context(), d.functions.Pipeline.Input, key, []byte(records("late", 4)))
	if err != nil {
		t.Fatal(err)
	}
	event := fmt.Sprintf(`{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"input"},"object":{"key":"pipeline/input/%s","eTag":"%s","size":%d,"sequencer":"01"}}}]}`,
		key, strings.Trim(o.ETag, `"`), o.Size)
	// a message may be there twice
	for _, body := range []string{event, `{"Event":"s3:TestEvent"}`, "no event", event} {
		if _, err := client.SendMessage(t.Context(),
			&sqs.SendMessageInput{QueueUrl: dead, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	type redriven struct {
		Redriven int                 `json:"redriven"`
		Letters  []report.DeadLetter `json:"dead_letters"`
	}
	for range 2 { // looking changes nothing
		r := decode[redriven](t, d.want(cli.ExitDone, "redrive", "--list", "--json").stdout)
		if r.Redriven != 0 || len(r.Letters) != 4 || !slices.ContainsFunc(r.Letters, func(l report.DeadLetter) bool {
			return l.Key == key && l.URI == "s3://input/pipeline/input/"+key && l.Attempts > 0 && l.FirstSeen != ""
		}) {
			t.Fatalf("redrive --list: %+v", r)
		}
	}
	if len(d.ledgerFiles()) != 0 {
		t.Error("redrive --list admitted something")
	}
	for _, want := range []int{3, 0} {
		r := decode[redriven](t, d.want(cli.ExitIncomplete, "redrive", "--json").stdout)
		if r.Redriven != want || len(r.Letters) != 1 || !strings.Contains(r.Letters[0].Error, "no S3 event") {
			t.Fatalf("redrive: %+v, want %d redriven and the one that is no event left", r, want)
		}
	}
	if files := d.ledgerFiles(); len(files) != 1 || files[key].Status != pipeline.Pending || files[key].ETag != o.ETag {
		t.Errorf("after redrive: %+v", files)
	}
	// The sweep, which finds the same file by listing, sees that it is known.
	if r := decode[backfillJSON](t, d.want(cli.ExitDone, "backfill", "--json").stdout); r.Admitted != 0 ||
		r.Started != 1 {
		t.Errorf("backfill after redrive: %+v", r)
	}
}

// TestOnAWSRefuses checks the messages about impossible requests.
func TestOnAWSRefuses(t *testing.T) {
	d := deploy(t)
	elsewhere := t.TempDir()
	for _, c := range []struct {
		root string
		env  []string
		args []string
		code int
		says string
	}{
		{args: []string{"run"}, code: cli.ExitUsage, says: "processed there by themselves"},
		{args: []string{"serve"}, code: cli.ExitUsage, says: "processed there by themselves"},
		{args: []string{"redrive", "--list"}, code: cli.ExitFailed, says: "no queue with a dead-letter queue"},
		{args: []string{"schema", "set", "id", "string"}, code: cli.ExitUsage, says: "schema show"},
		{args: []string{"status", "--output", elsewhere}, code: cli.ExitUsage, says: "without --output"},
		{args: []string{"flush", "2025-01-17", "--max-files-per-manifest", "5"}, code: cli.ExitUsage,
			says: "functions' settings"},
		{root: "aws:", args: []string{"status"}, code: cli.ExitUsage, says: "--root aws:dev"},
		{root: "aws:prod", args: []string{"status"}, code: cli.ExitFailed, says: "is the environment prod deployed"},
		{env: []string{"AWS_REGION="}, args: []string{"status"}, code: cli.ExitFailed, says: "AWS_REGION"},
		{env: []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, args: []string{"status"}, code: cli.ExitFailed,
			says: "no AWS credentials"},
		// One place of another pipeline must not be mixed with those of this one.
		{env: []string{"TRACKING_TABLE=another"}, args: []string{"status"}, code: cli.ExitDone,
			says: "ignored=TRACKING_TABLE"},
		{env: []string{
			"TRACKING_TABLE=another", "INPUT_BUCKET=input", "MANIFEST_BUCKET=manifest", "OUTPUT_BUCKET=output",
			"STEP_FUNCTION_ARN=" + d.stateMachine,
		}, args: []string{"flush", "2025-01-17"}, code: cli.ExitFailed, says: "no such table"},
		{env: []string{
			"TRACKING_TABLE=" + trackingTable, "INPUT_BUCKET=input", "MANIFEST_BUCKET=manifest", "OUTPUT_BUCKET=output",
			"STEP_FUNCTION_ARN=" + d.stateMachine,
		}, args: []string{"redrive"}, code: cli.ExitFailed, says: "start-message-move-task"},
	} {
		s := &site{t: t, root: "aws", env: c.env}
		if c.root != "" {
			s.root = c.root
		}
		if r := s.want(c.code, c.args...); !strings.Contains(r.stderr, c.says) {
			t.Errorf("%s %v %v does not say %q: %s", s.root, c.env, c.args, c.says, r.stderr)
		}
	}

	// A directory may have that name all the same.
	s := newSite(t)
	s.root = filepath.Join(".", "aws")
	cmd := s.command("status")
	cmd.Args = append(slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "--root" || a == s.root }),
		"--root", "./aws")
	cmd.Dir = elsewhere
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), filepath.Join(elsewhere, "aws")) {
		t.Errorf("--root ./aws: %v: %s", err, out)
	}
}

// TestOnAWSDoesNotWaitForCredentials is on a machine that has none, and whose metadata service
// takes the connection and never answers.
func TestOnAWSDoesNotWaitForCredentials(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := &site{t: t, root: "aws"}
	for name, value := range (testenv.Server{}).Env() {
		s.env = append(s.env, name+"="+value)
	}
	s.env = append(s.env, "AWS_EC2_METADATA_DISABLED=false",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://"+silent.Addr().String())
	began := time.Now()
	r := s.want(cli.ExitFailed, "status")
	if !strings.Contains(r.stderr, "no AWS credentials") || !strings.Contains(r.stderr, "aws sso login") ||
		strings.Contains(r.stderr, "SDK ") {
		t.Error(r.stderr)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v to say so", took)
	}
}

// TestFunctionsDoWithoutTheCommandLine checks that what runs on AWS does not carry what only one
// machine needs.
func TestFunctionsDoWithoutTheCommandLine(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "ndjson-parquet/cmd/lambda").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "ndjson-parquet/internal/ledger/dynamoledger") {
		t.Fatalf("the list is not that of the functions: %v", deps)
	}
	for _, unwanted := range []string{"ndjson-parquet/internal/ledger/sqliteledger", "modernc.org/sqlite",
		"ndjson-parquet/internal/home/localhome", "ndjson-parquet/internal/home/awshome", "github.com/spf13/cobra"} {
		if slices.Contains(deps, unwanted) {
			t.Errorf("the functions are linked with %s", unwanted)
		}
	}
}

// TestStartsLinkNoSchemaTables checks the versions of the SDK. Later ones build tables when the
// program starts, which takes as long as all other initialisation.
func TestStartsLinkNoSchemaTables(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "ndjson-parquet/cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(dep, "github.com/aws/aws-sdk-go-v2/") && strings.HasSuffix(dep, "/schemas") {
			t.Errorf("%s is linked: use the service's last release without it", dep)
		}
	}
}
