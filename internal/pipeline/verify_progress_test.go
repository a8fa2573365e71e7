package pipeline_test

import (
	"fmt"
	"testing"
)

func TestVerifyShowsItsProgress(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-11-a.ndjson", `{"x":1}`)
	h.arrive("2026-01-12-b.ndjson", `{"x":2}`)
	h.execute()
	var shown []string
	_, err := h.VerifyShowing(t.Context(), "", func(done,
		all int64) {
		shown = append(shown, fmt.Sprint(done, "/", all))
	})
	if err != nil || fmt.Sprint(shown) != fmt.Sprint([]string{"1/2", "2/2"}) {
		t.Errorf("shown %v, %v", shown, err)
	}
}
