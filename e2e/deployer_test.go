package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// docs/deployer-policy.json names actions that AWS has, on resources that they take, and allows
// them.
func TestDeployerPolicyIsOne(t *testing.T) {
	content, err := os.ReadFile("../docs/deployer-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Statement []struct {
			Sid              string
			Action, Resource oneOrMany
		}
	}
	if err := json.Unmarshal(content, &policy); err != nil {
		t.Fatal(err)
	}
	j := startJudge(t)
	t.Cleanup(func() {
		_ = j.in.Close()
		_ = j.cmd.Wait()
	})
	for _, s := range policy.Statement {
		for _, action := range s.Action {
			if strings.HasSuffix(action, "*") {
				continue // stands for actions that the evaluator does not list by prefix
			}
			allowed := false
			var problem error
			for _, resource := range s.Resource {
				if resource != "*" {
					resource = strings.ReplaceAll(resource, "*", "x")
				}
				v, err := j.decide(judgement{
					Principal: "arn:aws:iam::123456789012:user/deployer", Policies: []json.RawMessage{content},
					Action: action, Resource: resource,
					Context: map[string]string{"iam:PassedToService": "lambda.amazonaws.com"},
				})
				if err != nil {
					problem = err
				}
				allowed = allowed || v.Allowed
			}
			if !allowed {
				t.Errorf("%s: %s is not allowed: %v", s.Sid, action, problem)
			}
		}
	}
}
