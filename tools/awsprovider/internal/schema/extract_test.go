package schema

import (
	"encoding/json"
	"testing"
)

// testdata holds a resource in the form of the npm package, with one of each kind of thing the
// package distinguishes.
func TestExtractReadsEveryKindOfField(t *testing.T) {
	s, err := Extract("testdata", []string{"aws_widget"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Version != "1.2.3" {
		t.Errorf("version %q", s.Version)
	}
	got, err := json.Marshal(s.Resources["aws_widget"])
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"block":{"attributes":{` +
		`"items":{"type":["set",["object",{"is_old":"bool","max_age":"number"}]],"optional":true},` +
		`"names":{"type":["set","string"],"required":true},` +
		`"tags":{"type":["map","string"],"optional":true},` +
		`"widget_arn":{"type":"string","computed":true}},` +
		`"block_types":{"rule":{"nesting_mode":"list","block":{"attributes":{` +
		`"is_old":{"type":"bool","computed":true},"max_age":{"type":"number","required":true}}},"min_items":1,"max_items":1}}}}`
	if string(got) != want {
		t.Errorf("schema of the widget:\n%s\nwant\n%s", got, want)
	}
}

func TestExtractRefusesWhatTheProviderLacks(t *testing.T) {
	if _, err := Extract("testdata", []string{"aws_gadget"}, nil); err == nil {
		t.Error("aws_gadget was found")
	}
	if _, err := Extract("testdata", nil, []string{"aws_widget"}); err == nil {
		t.Error("a resource was found as a data source")
	}
}
