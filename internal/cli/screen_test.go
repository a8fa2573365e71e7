package cli

import (
	"strings"
	"testing"
)

func TestFrameFitsTheTerminal(t *testing.T) {
	got := frame("\x1b[32mgreen text\x1b[0m\nsecond\nthird\n", 5, 2)
	if strings.Contains(got, "text") || strings.Contains(got, "third") || !strings.Contains(got, "\x1b[32mgreen") {
		t.Errorf("not cut to 5 columns and 2 lines: %q", got)
	}
	if !strings.HasPrefix(got, toStart) || !strings.HasSuffix(got, clearRest) || strings.Count(got, "\r\n") != 1 {
		t.Errorf("not drawn in place: %q", got)
	}
}
