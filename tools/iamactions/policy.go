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

// permissions are what an operation needs.
func (o operation) permissions() []permission {
	actions, ok := actionsByOperation[o.name]
	if !ok {
		actions = []string{strings.Replace(o.name, "sfn:", "states:", 1)}
	}
	var needed []permission
	for _, action := range actions {
		p := permission{action: action}
		if strings.HasPrefix(action, "dynamodb:") {
			p.table = "metrics"
			if strings.Contains(o.caller, "/ledger/") {
				p.table = "ledger"
			}
		}
		needed = append(needed, p)
	}
	return needed
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

// A permission is an action; of DynamoDB's, which name the same actions for every table, also the
// table.
type permission struct{ action, table string }

func (p permission) String() string {
	if p.table == "" {
		return p.action
	}
	return p.action + " on the " + p.table + " table"
}

// allowed gathers what the functions' roles allow.
func allowed(statePath string) (map[permission]bool, error) {
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
	permissions := map[permission]bool{}
	if err := state.Values.RootModule.gather(permissions); err != nil {
		return nil, err
	}
	if len(permissions) == 0 {
		return nil, fmt.Errorf("state %s has no %s…]", statePath, functionPolicies)
	}
	return permissions, nil
}

func (m module) gather(permissions map[permission]bool) error {
	for _, r := range m.Resources {
		if !strings.HasPrefix(r.Address, functionPolicies) {
			continue
		}
		var v struct{ Policy string }
		if err := json.Unmarshal(r.Values, &v); err != nil {
			return fmt.Errorf("%s: %w", r.Address, err)
		}
		var policy struct {
			Statement []struct{ Action, Resource oneOrMany }
		}
		if err := json.Unmarshal([]byte(v.Policy), &policy); err != nil {
			return fmt.Errorf("policy of %s: %w", r.Address, err)
		}
		for _, s := range policy.Statement {
			for _, resource := range s.Resource {
				if resource == "*" {
					return fmt.Errorf("%s allows %s on every resource", r.Address, strings.Join(s.Action, ", "))
				}
				for _, action := range s.Action {
					permissions[permission{action, tableOf(action, resource)}] = true
				}
			}
		}
	}
	for _, child := range m.ChildModules {
		if err := child.gather(permissions); err != nil {
			return err
		}
	}
	return nil
}

// tableOf tells the ledger's table, and its indexes, from that of the metrics.
func tableOf(action, resource string) string {
	switch {
	case !strings.HasPrefix(action, "dynamodb:"):
		return ""
	case strings.Contains(resource, "-metrics-"):
		return "metrics"
	}
	return "ledger"
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
