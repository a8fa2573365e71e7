package dirstore

import (
	"errors"
	"testing"

	"ndjson-parquet/internal/objectstore"
)

// The rules for Windows are compiled on every system, so that they can be tested on every system.
func TestC8_WindowsNames(t *testing.T) {
	for _, bad := range []string{
		"NUL", "nul.ndjson", "a/COM1", "com1.tar.gz", "LPT9", "COM¹.x", "aux", "CONIN$", "prn ", "con .txt",
		"a:stream", `a\b`, `..\..\x`, "C:/x", "what?", "star*", `quo"te`, "<", "pipe|", "dot.", "space ", "folder./x",
	} {
		if err := checkWindowsKey(bad); !errors.Is(err, objectstore.ErrBadKey) {
			t.Errorf("%q passes: %v", bad, err)
		}
	}
	for _, good := range []string{"a.ndjson", "console.ndjson", "COM.x", "COM10", "nulls/x",
		"2025-01-17/a b+c%20.ndjson", "com/x", "ümläut"} {
		if err := checkWindowsKey(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}
