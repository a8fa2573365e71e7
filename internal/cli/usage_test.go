package cli

import "testing"

func TestAbbreviatedFlagsAreRecognised(t *testing.T) {
	for short, want := range map[string]bool{
		"max-file-per": true, "max-files": true, "max-f-p-m": true, "max-per": false, "max--per": false, "": false,
		"max-files-per-manifest-x": false,
	} {
		if got := abbreviates(short, "max-files-per-manifest"); got != want {
			t.Errorf("%q: %v, want %v", short, got, want)
		}
	}
}
