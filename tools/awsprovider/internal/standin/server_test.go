package standin

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"ndjson-parquet/tools/awsprovider/internal/schema"
)

func TestPlanLeavesUnknownWhatApplyMakesUp(t *testing.T) {
	s, err := New(&schema.Schema{Resources: map[string]schema.Entry{"aws_sqs_queue": {Block: schema.Block{
		Attributes: map[string]schema.Attribute{
			"name": {Type: json.RawMessage(`"string"`), Optional: true},
			"arn":  {Type: json.RawMessage(`"string"`), Computed: true},
			"id":   {Type: json.RawMessage(`"string"`), Optional: true},
		},
		BlockTypes: map[string]schema.NestedBlock{"rule": {Nesting: "list", Block: schema.Block{
			Attributes: map[string]schema.Attribute{"count": {Type: json.RawMessage(`"number"`), Computed: true}},
		}}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	typ := s.resources["aws_sqs_queue"].ValueType()
	rule := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"count": tftypes.Number}}
	proposed := dynamic(t, typ, tftypes.NewValue(typ, map[string]tftypes.Value{
		"name": tftypes.NewValue(tftypes.String, "q"), "arn": tftypes.NewValue(tftypes.String, nil),
		"id": tftypes.NewValue(tftypes.String, nil),
		"rule": tftypes.NewValue(tftypes.List{ElementType: rule}, []tftypes.Value{
			tftypes.NewValue(rule, map[string]tftypes.Value{"count": tftypes.NewValue(tftypes.Number, nil)}),
		}),
	}))

	plan, err := s.PlanResourceChange(t.Context(),
		&tfprotov5.PlanResourceChangeRequest{TypeName: "aws_sqs_queue", ProposedNewState: proposed})
	if err != nil {
		t.Fatal(err)
	}
	planned := attributes(t, typ, plan.PlannedState)
	if planned["arn"].IsKnown() || planned["id"].IsKnown() || !planned["name"].IsKnown() ||
		planned["rule"].IsFullyKnown() {
		t.Errorf("planned: %v", planned)
	}

	applied, err := s.ApplyResourceChange(t.Context(),
		&tfprotov5.ApplyResourceChangeRequest{TypeName: "aws_sqs_queue", PlannedState: plan.PlannedState})
	if err != nil {
		t.Fatal(err)
	}
	state := attributes(t, typ, applied.NewState)
	if got := fields(state).text("arn"); got != "arn:aws:sqs:us-east-1:123456789012:q" {
		t.Errorf("arn %q", got)
	}
	if !state["rule"].IsFullyKnown() {
		t.Errorf("applied: %v", state)
	}
}

func dynamic(t *testing.T, typ tftypes.Type, v tftypes.Value) *tfprotov5.DynamicValue {
	t.Helper()
	d, err := tfprotov5.NewDynamicValue(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func attributes(t *testing.T, typ tftypes.Type, d *tfprotov5.DynamicValue) map[string]tftypes.Value {
	t.Helper()
	v, err := d.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]tftypes.Value
	if err := v.As(&m); err != nil {
		t.Fatal(err)
	}
	return m
}
