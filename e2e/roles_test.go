package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The roles, by the name that begins their access keys. A function's role is named after its
// handler.
const (
	roleBuilder   = "MANIFESTBUILDER"
	roleConverter = "CONVERTER"
	roleSettler   = "SETTLER"
	roleSweeper   = "SWEEPER"
	roleGlue      = "GLUE"
	roleStates    = "STATES"
	roleOperator  = "OPERATOR" // a user of the command line
	// roleTest is the test itself: producers, consumers, and AWS's own services. Its requests are
	// not judged.
	roleTest = "TEST"
)

func functionRole(handler string) string {
	return strings.ToUpper(strings.ReplaceAll(handler, "-", ""))
}

// A principal is a role with its policies, as Terraform renders them.
type principal struct {
	name     string // as in the access key
	arn      string
	policies []json.RawMessage
}

// loadPrincipals reads every role's policies, and the resources' own.
func (w *world) loadPrincipals(t *testing.T) {
	t.Helper()
	byRoleName := map[string][]json.RawMessage{}
	w.resourcePolicies = map[string]json.RawMessage{}
	for address, values := range w.resources {
		base, _, _ := strings.Cut(address, "[")
		path := strings.Split(base, ".")
		kind := path[len(path)-2]
		var v struct{ Role, Policy, Bucket, ARN, Name string }
		switch kind {
		case "aws_iam_role_policy", "aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_s3_bucket_policy",
			"aws_kms_key":
			if err := json.Unmarshal(values, &v); err != nil {
				t.Fatalf("%s: %v", address, err)
			}
		}
		switch kind {
		case "aws_iam_role_policy":
			byRoleName[v.Role] = append(byRoleName[v.Role], json.RawMessage(v.Policy))
		case "aws_sns_topic_policy":
			w.resourcePolicies[v.ARN] = json.RawMessage(v.Policy)
		case "aws_s3_bucket_policy":
			w.resourcePolicies["arn:aws:s3:::"+v.Bucket] = json.RawMessage(v.Policy)
		case "aws_kms_key":
			w.key = v.ARN
			w.resourcePolicies[v.ARN] = json.RawMessage(v.Policy)
		}
	}
	for _, queue := range []string{"events", "dead"} {
		arn := get[struct{ ARN string }](t, w.resources, "module.sqs.aws_sqs_queue."+queue).ARN
		w.resourcePolicies[arn] = json.RawMessage(get[struct{ Policy string }](t, w.resources,
			"module.sqs.aws_sqs_queue_policy."+queue).Policy)
	}
	w.principals = map[string]*principal{}
	add := func(name, roleARN string) {
		role := roleARN[strings.LastIndex(roleARN, "/")+1:]
		if len(byRoleName[role]) == 0 {
			t.Fatalf("the role %s has no policy", role)
		}
		w.principals[name] = &principal{name: name, arn: roleARN, policies: byRoleName[role]}
	}
	for _, handler := range handlers {
		add(functionRole(handler), get[struct{ Role string }](t, w.resources,
			fmt.Sprintf("module.lambda.aws_lambda_function.this[%q]", handler)).Role)
	}
	add(roleStates, get[struct {
		Role string `json:"role_arn"`
	}](t, w.resources, "module.step_functions.aws_sfn_state_machine.processor").Role)
	add(roleGlue, get[struct {
		Role string `json:"role_arn"`
	}](t, w.resources, "module.glue.aws_glue_job.convert").Role)
	operator := get[struct{ Policy string }](t, w.resources, "module.iam.aws_iam_policy.operator")
	w.principals[roleOperator] = &principal{
		name: roleOperator, arn: "arn:aws:iam::" + w.account + ":user/operator",
		policies: []json.RawMessage{json.RawMessage(operator.Policy)},
	}
}

// handlers are the functions.
var handlers = []string{"manifest-builder", "converter", "settler", "sweeper"}
