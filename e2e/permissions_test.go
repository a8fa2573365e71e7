package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var updatePermissions = flag.Bool("update-permissions", false, "rewrite docs/PERMISSIONS.md from a run of all tests")

// An exception is a permission that a role has whether or not a request of a run of the tests uses
// it.
type exception struct{ role, action, resource, reason string }

// covers reports whether the exception is for an action, or, with a colon at its end, for all
// actions of the service.
func (e exception) covers(action string) bool {
	return action == e.action || strings.HasSuffix(e.action, ":") && strings.HasPrefix(action, e.action)
}

// beyondRequests are permissions that no request of the tests uses, each with the reason why the
// role has it. A resource or role that is empty stands for all.
var beyondRequests = []exception{
	{"", "logs:CreateLogStream", "", "the service writes the log in the role's name"},
	{"", "logs:PutLogEvents", "", "the service writes the log in the role's name"},
	{roleStates, "logs:", "*", "Step Functions checks them before it delivers logs; they take no resource"},
	{roleGlue, "cloudwatch:PutMetricData", "*", "Glue writes the job's metrics; the namespace is a condition"},
	{roleGlue, "s3:GetObject", "scripts", "Glue reads the script and the package"},
	{roleBuilder, "sqs:GetQueueAttributes", "", "Lambda's poller asks for them"},
	{roleStates, "glue:GetJobRuns", "", "documented for startJobRun.sync"},
	{roleStates, "glue:BatchStopJobRun", "", "documented for startJobRun.sync: an execution that is stopped " +
		"stops its run"},

	// What requests need now and then.
	{"", "s3:AbortMultipartUpload", "", "an upload in parts that fails"},
	{"", "s3:GetObjectTagging", "", "a file with a producer's tags"},
	{"", "s3:GetObjectVersionTagging", "", "a file with a producer's tags"},
	{"", "s3:PutObjectTagging", "quarantine", "a file with a producer's tags"},
	{roleSettler, "s3:PutObjectTagging", "input", "a processed file, found by a listing"},
	{roleSettler, "s3:PutObjectVersionTagging", "input", "a processed file, found by an event"},
	{roleSweeper, "s3:PutObjectTagging", "input", "a processed file of a batch that the sweep settles"},
	{roleSweeper, "s3:PutObjectVersionTagging", "input", "a processed file of a batch that the sweep settles"},
	{"", "s3:GetObjectVersion", "manifest", "a read that goes on after its connection broke"},
	{"", "s3:GetObjectVersion", "output", "a read that goes on after its connection broke, or of a large object"},
	{roleOperator, "s3:GetObjectVersion", "", "a read of a large object"},
	{roleGlue, "s3:GetObject", "pipeline/input", "a file found by a listing, which names no version"},
	{roleGlue, "s3:GetObjectVersion", "input", "a file whose event names its version"},
	{roleGlue, "s3:GetObjectVersion", "quarantine", "a released file that is large"},
	{roleSettler, "s3:GetObjectVersion", "input", "a copy to quarantine of the version of an event"},
	{roleSweeper, "s3:GetObjectVersion", "input", "a copy to quarantine of the version of an event"},
	{"", "s3:ListBucket", "", "a listing, or a missing key that must be told from a denied one"},
	{roleConverter, "s3:PutObject", "rejected", "rejected records"},
	{roleGlue, "s3:PutObject", "rejected", "rejected records"},
	{roleGlue, "s3:DeleteObject", "merged-parquet", "objects of a run that never committed"},
	{roleBuilder, "dynamodb:BatchGetItem", "", "a claim of more than 99 files"},
	{roleBuilder, "dynamodb:Query", "tracking-dev", "a claim of more than 99 files"},
	{roleBuilder, "s3:GetObject", "manifests", "a manifest that an earlier run has written"},
	{roleOperator, "s3:GetObject", "rejected", "operators look at rejected records"},
	{"", "kms:GenerateDataKey", "", "what the role writes, where it writes"},
	{roleSweeper, "sns:Publish", "", "a batch whose execution ended without an outcome"},
}

// granted lists what the rendered policies of all roles allow.
func (w *world) granted() (map[grant]bool, error) {
	all := map[grant]bool{}
	for role, p := range w.principals {
		for _, policy := range p.policies {
			var document struct {
				Statement []struct{ Action, Resource oneOrMany }
			}
			if err := json.Unmarshal(policy, &document); err != nil {
				return nil, fmt.Errorf("a policy of %s: %w", role, err)
			}
			for _, s := range document.Statement {
				for _, action := range s.Action {
					for _, resource := range s.Resource {
						all[grant{role, action, w.anonymous(resource)}] = true
					}
				}
			}
		}
	}
	return all, nil
}

// oneOrMany is a list that JSON may write as its only element.
type oneOrMany []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(o))
}

// note adds the permissions that the world's roles have to those that a run of all tests is
// compared with.
func (g *grants) note(all map[grant]bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.granted == nil {
		g.granted = map[grant]bool{}
	}
	maps.Copy(g.granted, all)
}

// compare returns the table of all permissions, and what is wrong with it: permissions that are
// neither used nor argued for, and arguments for permissions that are used or that no role has.
func (g *grants) compare() (table string, problems []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	needed := make([]bool, len(beyondRequests))
	var b strings.Builder
	b.WriteString("# Permissions\n\n" +
		"What every role may do: the policies that Terraform renders for `dev`, with a key (`enable_kms`). The last\n" +
		"column says \"used\" where requests of the end-to-end tests need the permission, all of which are " +
		"judged by\n" +
		"these policies, and otherwise why the role has it. `go test ./e2e` compares the two;\n" +
		"`go test ./e2e -update-permissions` rewrites this page.\n\n" +
		"| role | action | resource | used, or the reason |\n| --- | --- | --- | --- |\n")
	for _, p := range slices.SortedFunc(maps.Keys(g.granted), grant.compare) {
		reason := ""
		for i, e := range beyondRequests {
			if (e.role == "" || e.role == p.role) && e.covers(p.action) && strings.Contains(p.resource, e.resource) {
				reason, needed[i] = e.reason, true
			}
		}
		if reason == "" && g.used[p] {
			reason = "used"
		}
		if reason == "" {
			problems = append(problems, fmt.Sprintf("%s may %s on %s: no test needs it, and no reason is given", p.role,
				p.action, p.resource))
		}
		fmt.Fprintf(&b, "| %s | `%s` | `%s` | %s |\n", roleNames[p.role], p.action, p.resource, reason)
	}
	for i, e := range beyondRequests {
		if !needed[i] {
			problems = append(problems, fmt.Sprintf("a reason is given for %s %s on %q, and no role needs it", e.role,
				e.action, e.resource))
		}
	}
	return b.String(), problems
}

var roleNames = map[string]string{
	roleBuilder: "manifest builder", roleConverter: "converter", roleSettler: "settler", roleSweeper: "sweeper",
	roleGlue:   "Glue job",
	roleStates: "state machine", roleOperator: "operator",
}

// checkPermissions compares the permissions with docs/PERMISSIONS.md after a run of all tests.
func checkPermissions(root string) error {
	table, problems := permissions.compare()
	path := filepath.Join(root, "docs", "PERMISSIONS.md")
	if *updatePermissions {
		return os.WriteFile(path, []byte(table), 0o644)
	}
	if written, err := os.ReadFile(path); err != nil || string(written) != table {
		problems = append(problems, "docs/PERMISSIONS.md is not what was granted and used (go test ./e2e "+
			"-update-permissions)")
	}
	if len(problems) > 0 {
		return fmt.Errorf("permissions:\n%s", strings.Join(problems, "\n"))
	}
	return nil
}

// A role is refused what its policies do not allow, in the words of each service.
func TestRolesAreJudged(t *testing.T) {
	w := newWorld(t, settings{})
	w.provoked = []string{"may not", "names no expected bucket owner"}
	refused := func(what string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	converter, settler := w.clientsOf(roleConverter), w.clientsOf(roleSettler)
	_, err := converter.s3.DeleteObject(t.Context(),
		&s3.DeleteObjectInput{Bucket: &w.input, Key: ptr(w.inputRoot + "2025-01-17-a.ndjson")})
	refused("the converter deletes input", err, "AccessDenied")
	_, err = converter.tables.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &w.tracking})
	refused("the converter looks at the ledger", err, "AccessDeniedException")
	_, err = converter.sns.Publish(t.Context(), &sns.PublishInput{TopicArn: &w.topic, Message: ptr("alert")})
	refused("the converter sends an alert", err, "AuthorizationError")
	_, err = converter.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.queue})
	refused("the converter reads the queue", err, "AccessDenied")
	_, err = settler.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &w.stateMachine})
	refused("the settler starts an execution", err, "AccessDenied")

	// A missing key is "not found" for those that may list the bucket alone.
	_, err = settler.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &w.input,
		Key: ptr(w.inputRoot + "missing")})
	refused("the settler looks for a missing file", err, "NotFound")
	for i, policy := range w.principals[roleSettler].policies {
		w.principals[roleSettler].policies[i] = json.RawMessage(strings.ReplaceAll(string(policy), `"s3:ListBucket"`,
			`"s3:ListBucketVersions"`))
	}
	_, err = settler.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &w.input,
		Key: ptr(w.inputRoot + "missing")})
	refused("a settler that may not list looks for a missing file", err, "Forbidden")
	// Reading a version is an action of its own, and another bucket's keys are another resource.
	if w.allows(roleGlue, demand{action: "s3:GetObjectVersion",
		resource: "arn:aws:s3:::" + w.output + "/merged-parquet-2025-01-17/part"}) {
		t.Error("the Glue job may read versions of the output")
	}
	if w.allows(roleSettler, demand{action: "s3:PutObject",
		resource: "arn:aws:s3:::" + w.output + "/merged-parquet-2025-01-17/_commits/a.json"}) {
		t.Error("the settler may write commit records")
	}
}
