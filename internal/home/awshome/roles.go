package awshome

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"ndjson-parquet/internal/settings"
)

// A need is a group of actions that a function's role must be allowed on one resource.
type need struct {
	what    string
	actions []string
	on      string
}

// needs returns what the role of a function must be allowed, without what only some settings need.
// docs/PERMISSIONS.md has the whole list; a test compares the two.
func needs(handler string, getenv func(string) string) []need {
	machine := getenv("STEP_FUNCTION_ARN")
	var partition, place string // arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME
	if parts := strings.SplitN(machine, ":", 7); len(parts) == 7 {
		partition, place = parts[1], parts[3]+":"+parts[4]
	}
	object := func(bucket, key string) string { return "arn:" + partition + ":s3:::" + getenv(bucket) + "/" + key }
	prefix := getenv("INPUT_PREFIX")
	if prefix == "" {
		prefix = settings.FunctionDefault("INPUT_PREFIX")
	}
	var (
		table     = "arn:" + partition + ":dynamodb:" + place + ":table/" + getenv("TRACKING_TABLE")
		readInput = need{"read the input", []string{"s3:GetObject", "s3:GetObjectVersion"},
			object("INPUT_BUCKET", prefix+"*")}
		listInput = need{"list the input", []string{"s3:ListBucket"},
			strings.TrimSuffix(object("INPUT_BUCKET", ""), "/")}
		manifests = object("MANIFEST_BUCKET", "manifests/*/batch-*")
		ledger    = need{"use the ledger", []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}, table}
		start     = need{"start executions", []string{"states:StartExecution"}, machine}
		manifest  = need{"write manifests", []string{"s3:PutObject"}, manifests}
		commits   = need{"read commit records", []string{"s3:GetObject"},
			object("OUTPUT_BUCKET", "merged-parquet-*/_commits/*")}
		quarantine = need{"quarantine files", []string{"s3:PutObject"}, object("QUARANTINE_BUCKET", "files/*")}
		rejected   = need{"write rejected records", []string{"s3:PutObject"}, object("QUARANTINE_BUCKET", "rejected/*")}
		alert      = need{"send alerts", []string{"sns:Publish"}, getenv("ALERT_TOPIC_ARN")}
	)
	all := map[string][]need{
		"manifest-builder": {readInput, listInput, ledger, manifest, quarantine, start},
		"converter": {
			readInput,
			{"read manifests", []string{"s3:GetObject"}, manifests},
			{"extend the schema", []string{"s3:GetObject", "s3:PutObject"},
				object("MANIFEST_BUCKET", "manifests/_schema/*")},
			{"publish", []string{"s3:GetObject", "s3:PutObject"}, object("OUTPUT_BUCKET", "merged-parquet-*")},
			rejected,
		},
		"settler": {{"settle", []string{"dynamodb:GetItem", "dynamodb:PutItem"}, table}, commits, quarantine, alert},
		"sweeper": {listInput, ledger, manifest, commits, start, alert},
	}[handler]
	return slices.DeleteFunc(all, func(n need) bool {
		return n.on == "" || getenv("QUARANTINE_BUCKET") == "" && (n.what == quarantine.what || n.what == rejected.what)
	})
}

// checkRole asks IAM whether a function's role is allowed what the function does.
func (u *checkup) checkRole(ctx context.Context, handler, role string) {
	client := iam.NewFromConfig(u.sdk)
	var missing []string
	checked := 0
	for _, n := range needs(handler, u.getenv) {
		out, err := client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
			PolicySourceArn: &role, ActionNames: n.actions, ResourceArns: []string{n.on},
		})
		if err != nil {
			// This says nothing about the role.
			u.NotChecked("permissions", handler, "IAM does not simulate it (iam:SimulatePrincipalPolicy on %s): %v",
				role, err)
			return
		}
		for _, r := range out.EvaluationResults {
			checked++
			if r.EvalDecision != iamtypes.PolicyEvaluationDecisionTypeAllowed {
				missing = append(missing, fmt.Sprintf("%s (%s on %s: %s)", n.what, aws.ToString(r.EvalActionName), n.on,
					r.EvalDecision))
			}
		}
	}
	if len(missing) > 0 {
		u.Problem("permissions", handler, "tofu -chdir=terraform apply", "its role %s may not %s", role,
			strings.Join(missing, ", "))
		return
	}
	u.Fine("permissions", handler, "its role is allowed the %d actions that were tried", checked)
}
