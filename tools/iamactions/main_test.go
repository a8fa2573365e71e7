package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCallsAreFoundInSource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "code.go")
	write(t, file, `package code
import (
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/elsewhere/sfn"
)
var (
	_ = &ddb.TransactWriteItemsInput{}
	_ = types.Put{}
	_ = types.AttributeValueMemberS{}
	_ = s3.NewListObjectsV2Paginator
	_ = &s3.HeadObjectInput{}
	_ = &sfn.StartExecutionInput{}
)`)
	got := map[operation]bool{}
	if err := calledIn(file, "m/ledger/x", got); err != nil {
		t.Fatal(err)
	}
	var names []string
	for o := range got {
		names = append(names, o.name)
	}
	slices.Sort(names)
	want := []string{"dynamodb:PutItem", "dynamodb:TransactWriteItems", "s3:HeadObject", "s3:ListObjectsV2"}
	if !slices.Equal(names, want) {
		t.Errorf("operations: %v, want %v", names, want)
	}
}

func TestOperationsNeedPermissions(t *testing.T) {
	for o, want := range map[operation]string{
		{"s3:HeadObject", "m/s3"}:                   "s3:GetObject",
		{"sfn:StartExecution", "m/aws"}:             "states:StartExecution",
		{"dynamodb:PutItem", "m/ledger/x"}:          "dynamodb:PutItem on the ledger table",
		{"dynamodb:UpdateItem", "m/aws"}:            "dynamodb:UpdateItem on the metrics table",
		{"dynamodb:TransactWriteItems", "m/ledger"}: "",
	} {
		var got []string
		for _, p := range o.permissions() {
			got = append(got, p.String())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%v needs %v, want %s", o, got, want)
		}
	}
}

const state = `{"values": {"root_module": {"child_modules": [{"resources": [
  {"address": "module.iam.aws_iam_role_policy.function[\"x\"]", "type": "aws_iam_role_policy", "values": {"policy": POLICY}},
  {"address": "module.iam.aws_iam_role_policy.glue", "type": "aws_iam_role_policy", "values": {"policy": "not read"}}]}]}}}`

func TestPoliciesAreRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	write(t, file, strings.Replace(state, "POLICY",
		`"{\"Statement\": [{\"Action\": [\"dynamodb:GetItem\"], \"Resource\": [\"arn:t/x-metrics-dev\", \"arn:t/x-file-tracking-dev\"]}, {\"Action\": \"sns:Publish\", \"Resource\": \"arn:topic\"}]}"`, 1))
	got, err := allowed(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []permission{{"dynamodb:GetItem", "metrics"}, {"dynamodb:GetItem", "ledger"},
		{"sns:Publish", ""}} {
		if !got[p] {
			t.Errorf("%v is missing from %v", p, got)
		}
	}
	if len(got) != 3 {
		t.Errorf("permissions: %v", got)
	}
}

func TestWildcardResourceIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	write(t, file, strings.Replace(state, "POLICY",
		`"{\"Statement\": [{\"Action\": \"sns:Publish\", \"Resource\": \"*\"}]}"`, 1))
	if _, err := allowed(file); err == nil || !strings.Contains(err.Error(), "every resource") {
		t.Errorf("a policy on every resource: %v", err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
