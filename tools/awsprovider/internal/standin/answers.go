package standin

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const (
	account = "123456789012"
	region  = "us-east-1"
)

// arnForms are the ARNs of resources by type; %s is the resource's name.
var arnForms = map[string]string{
	"aws_cloudwatch_event_rule":   "arn:aws:events:us-east-1:123456789012:rule/%s",
	"aws_cloudwatch_log_group":    "arn:aws:logs:us-east-1:123456789012:log-group:%s",
	"aws_cloudwatch_metric_alarm": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:%s",
	"aws_dynamodb_table":          "arn:aws:dynamodb:us-east-1:123456789012:table/%s",
	"aws_glue_job":                "arn:aws:glue:us-east-1:123456789012:job/%s",
	"aws_glue_catalog_database":   "arn:aws:glue:us-east-1:123456789012:database/%s",
	"aws_iam_role":                "arn:aws:iam::123456789012:role/%s",
	"aws_iam_policy":              "arn:aws:iam::123456789012:policy/%s",
	"aws_kms_key":                 "arn:aws:kms:us-east-1:123456789012:key/%s",
	"aws_lambda_function":         "arn:aws:lambda:us-east-1:123456789012:function:%s",
	"aws_s3_bucket":               "arn:aws:s3:::%s",
	"aws_scheduler_schedule":      "arn:aws:scheduler:us-east-1:123456789012:schedule/default/%s",
	"aws_sfn_state_machine":       "arn:aws:states:us-east-1:123456789012:stateMachine:%s",
	"aws_sns_topic":               "arn:aws:sns:us-east-1:123456789012:%s",
	"aws_sqs_queue":               "arn:aws:sqs:us-east-1:123456789012:%s",
}

// facts are what data sources and some computed attributes answer.
var facts = map[string]string{
	"aws_caller_identity.account_id": account,
	"aws_caller_identity.arn":        "arn:aws:iam::123456789012:user/stand-in",
	"aws_partition.partition":        "aws",
	"aws_partition.dns_suffix":       "amazonaws.com",
}

// answer makes up the value that AWS would have given to a computed attribute.
func answer(typeName string, set fields, t tftypes.Type, name string) tftypes.Value {
	if t.Is(tftypes.String) {
		return tftypes.NewValue(t, text(typeName, set, name))
	}
	switch {
	case name == "tags_all" && !set["tags"].IsNull() && set["tags"].IsKnown():
		return set["tags"]
	case t.Is(tftypes.Number):
		return tftypes.NewValue(t, 1)
	case t.Is(tftypes.Bool):
		return tftypes.NewValue(t, false)
	case t.Is(tftypes.List{}), t.Is(tftypes.Set{}):
		return tftypes.NewValue(t, []tftypes.Value{})
	case t.Is(tftypes.Map{}):
		return tftypes.NewValue(t, map[string]tftypes.Value{})
	}
	return tftypes.NewValue(t, nil)
}

func text(typeName string, set fields, name string) string {
	if fact, ok := facts[typeName+"."+name]; ok {
		return fact
	}
	own := ownName(typeName, set)
	switch name {
	case "region":
		return region
	case "arn":
		if form, ok := arnForms[typeName]; ok {
			return fmt.Sprintf(form, own)
		}
	case "qualified_arn":
		return fmt.Sprintf(arnForms[typeName], own) + ":1"
	case "id":
		switch typeName {
		case "aws_sqs_queue":
			return fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", region, account, own)
		case "aws_sns_topic", "aws_sfn_state_machine":
			return fmt.Sprintf(arnForms[typeName], own)
		}
		return own
	case "url":
		return fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", region, account, own)
	}
	return typeName + "." + name
}

// ownName is what a resource is called.
func ownName(typeName string, set fields) string {
	for _, field := range []string{"name", "bucket", "function_name", "alarm_name", "dashboard_name"} {
		if s := set.text(field); s != "" {
			return s
		}
	}
	return typeName
}
