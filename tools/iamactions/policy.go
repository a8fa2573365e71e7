package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// actionsByOperation are the operations whose permission has another name, or that need several.
var actionsByOperation = map[string][]string{
	"dynamodb:BatchWriteItem":     {"dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:DeleteItem"},
	"dynamodb:TransactGetItems":   {"dynamodb:GetItem"},
	"dynamodb:TransactWriteItems": {}, // those of its parts
	"s3:CompleteMultipartUpload":  {"s3:PutObject"},
	"s3:CopyObject":               {"s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"},
	"s3:CreateMultipartUpload":    {"s3:PutObject"},
	"s3:DeleteObjects":            {"s3:DeleteObject"},
	"s3:HeadBucket":               {"s3:ListBucket"},
	"s3:HeadObject":               {"s3:GetObject"},
	"s3:ListObjectsV2":            {"s3:ListBucket"},
	"s3:UploadPart":               {"s3:PutObject"},
	"s3:UploadPartCopy":           {"s3:GetObject", "s3:PutObject"},
}

// actionsOf are the permissions an operation needs.
func actionsOf(operation string) []string {
	if actions, ok := actionsByOperation[operation]; ok {
		return actions
	}
	if name, ok := strings.CutPrefix(operation, "sfn:"); ok {
		return []string{"states:" + name}
	}
	return []string{operation}
}

// A module is one module of an applied state.
type module struct {
	Resources []struct {
		Address, Type string
		Values        json.RawMessage
	}
	ChildModules []module `json:"child_modules"`
}

// functionPolicies is how the addresses of the functions' policies start.
const functionPolicies = "module.iam.aws_iam_role_policy.function["

// allowed gathers the actions that the functions' roles allow.
func allowed(statePath string) (map[string]bool, error) {
	raw, err := os.ReadFile(statePath)
	if err != nil {
		return nil, err
	}
	var state struct {
		Values struct {
			RootModule module `json:"root_module"`
		}
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, fmt.Errorf("state %s: %w", statePath, err)
	}
	actions := map[string]bool{}
	if err := state.Values.RootModule.gather(actions); err != nil {
		return nil, err
	}
	if len(actions) == 0 {
		return nil, fmt.Errorf("state %s has no %s…]", statePath, functionPolicies)
	}
	return actions, nil
}

func (m module) gather(actions map[string]bool) error {
	for _, r := range m.Resources {
		if !strings.HasPrefix(r.Address, functionPolicies) {
			continue
		}
		var v struct{ Policy string }
		if err := json.Unmarshal(r.Values, &v); err != nil {
			return fmt.Errorf("%s: %w", r.Address, err)
		}
		var policy struct {
			Statement []struct{ Action any }
		}
		if err := json.Unmarshal([]byte(v.Policy), &policy); err != nil {
			return fmt.Errorf("policy of %s: %w", r.Address, err)
		}
		for _, s := range policy.Statement {
			switch a := s.Action.(type) {
			case string:
				actions[a] = true
			case []any:
				for _, one := range a {
					actions[fmt.Sprint(one)] = true
				}
			}
		}
	}
	for _, child := range m.ChildModules {
		if err := child.gather(actions); err != nil {
			return err
		}
	}
	return nil
}
