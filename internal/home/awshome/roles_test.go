package awshome

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ndjson-parquet/internal/home"
)

var deployed = map[string]string{
	"INPUT_BUCKET": "in", "MANIFEST_BUCKET": "manifests", "OUTPUT_BUCKET": "out", "QUARANTINE_BUCKET": "quarantine",
	"TRACKING_TABLE": "tracking", "STEP_FUNCTION_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
	"ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
}

// role runs checkRole against an IAM that answers with answer.
func role(t *testing.T, answer http.HandlerFunc) home.CheckupFinding {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	u := &checkup{
		Checkup: &home.Checkup{Root: "aws:dev"}, env: "dev", getenv: func(name string) string { return deployed[name] },
		sdk: aws.Config{
			Region: "us-east-1", BaseEndpoint: &server.URL,
			Credentials:      credentials.NewStaticCredentialsProvider("a", "b", ""),
			RetryMaxAttempts: 1,
		},
	}
	u.checkRole(context.Background(), "converter", "arn:aws:iam::123456789012:role/converter")
	if len(u.Findings) != 1 {
		t.Fatalf("%d findings: %+v", len(u.Findings), u.Findings)
	}
	return u.Findings[0]
}

// decide answers a simulation with a decision for each action and resource.
func decide(decision func(action, resource string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		results := ""
		for i := 1; r.Form.Get(fmt.Sprintf("ActionNames.member.%d", i)) != ""; i++ {
			action := r.Form.Get(fmt.Sprintf("ActionNames.member.%d", i))
			results += fmt.Sprintf(
				"<member><EvalActionName>%s</EvalActionName><EvalDecision>%s</EvalDecision></member>",
				action, decision(action, r.Form.Get("ResourceArns.member.1")))
		}
		_, _ = fmt.Fprintf(w, `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>%s</EvaluationResults>`+
			`</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`, results)
	}
}

func TestCheckRole(t *testing.T) {
	if f := role(t, decide(func(string, string) string { return "allowed" })); f.Verdict != home.Fine {
		t.Errorf("everything is allowed: %+v", f)
	}
	f := role(t, decide(func(action, resource string) string {
		if action == "s3:PutObject" && strings.HasPrefix(resource, "arn:aws:s3:::out/") {
			return "implicitDeny"
		}
		return "allowed"
	}))
	if f.Verdict != home.Problem || !strings.Contains(f.Detail,
		"publish (s3:PutObject on arn:aws:s3:::out/merged-parquet-*: implicitDeny)") ||
		strings.Contains(f.Detail, "read manifests") {
		t.Errorf("publishing is denied: %+v", f)
	}
	f = role(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(
			`<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`))
	})
	if f.Verdict != home.NotChecked || !strings.Contains(f.Detail, "iam:SimulatePrincipalPolicy") {
		t.Errorf("the caller may not simulate: %+v", f)
	}
}

// TestNeedsAreGranted compares what doctor expects of a role with the policies of Terraform.
func TestNeedsAreGranted(t *testing.T) {
	folder := "../../../terraform/modules/iam"
	functions, err := os.ReadFile(filepath.Join(folder, "functions.tf"))
	if err != nil {
		t.Fatal(err)
	}
	statements, err := os.ReadFile(filepath.Join(folder, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, handler := range handlers {
		list := regexp.MustCompile(`(?s)\n    ` + handler + ` = \[(.*?)\]`).FindSubmatch(functions)
		if list == nil {
			t.Fatalf("functions.tf has no statements of %s", handler)
		}
		var granted []string
		for _, name := range regexp.MustCompile(`"(\w+)"`).FindAllSubmatch(list[1], -1) {
			body := regexp.MustCompile(`(?s)\n    ` + string(name[1]) + ` = \{(.*?)\n    \}`).FindSubmatch(statements)
			if body == nil {
				t.Fatalf("main.tf has no statement %s", name[1])
			}
			text := strings.ReplaceAll(string(body[1]), "local.read", `"s3:GetObject" "s3:GetObjectVersion"`)
			for _, action := range regexp.MustCompile(`"(\w+:\w+)"`).FindAllStringSubmatch(text, -1) {
				granted = append(granted, action[1])
			}
		}
		wanted := needs(handler, func(name string) string { return deployed[name] })
		if len(wanted) < 3 {
			t.Errorf("%s: only %d needs", handler, len(wanted))
		}
		for _, n := range wanted {
			for _, action := range n.actions {
				if !slices.Contains(granted, action) {
					t.Errorf("%s: %s needs %s, which Terraform does not grant: %v", handler, n.what, action, granted)
				}
			}
		}
	}
}
