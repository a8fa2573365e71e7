package pipeline

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Objects that were published by earlier versions have other names for the counts.
func TestOutcomeIsReadInBothForms(t *testing.T) {
	want := outcome{Batch: "2025-01-17-0001-20250117-143100", Sources: []sourceOutcome{
		{Lines: 100, Rows: 97, Rejected: 2, Blank: 1, Rescued: 5}, {Reason: ReasonMissing, Detail: "it is gone"},
	}}
	written, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const earlier = `{"batch":"2025-01-17-0001-20250117-143100","sources":[{"l":100,"n":97,"x":2,"b":1,"r":5},` +
		`{"reason":"missing","detail":"it is gone"}],"schema":null}`
	const current = `{"batch":"2025-01-17-0001-20250117-143100","sources":[` +
		`{"lines":100,"rows":97,"rejected":2,"blank":1,"rescued":5},` +
		`{"reason":"missing","detail":"it is gone"}],"schema":null}`
	if diff := cmp.Diff(current, string(written)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	for _, text := range []string{current, earlier} {
		var got outcome
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read from %s (-want +got):\n%s", text, diff)
		}
	}
}
