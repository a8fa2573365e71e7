package buildinfo

import (
	"runtime/debug"
	"testing"
)

func TestTaggedVersion(t *testing.T) {
	for module, want := range map[string]string{
		"v1.2.3":                               "1.2.3",
		"v10.20.30":                            "10.20.30",
		"":                                     "0.0.0-dev",
		"(devel)":                              "0.0.0-dev",
		"v1.2.3+dirty":                         "0.0.0-dev",
		"v1.2.4-0.20250117143100-0123456789ab": "0.0.0-dev",
		"v0.0.0-20250117143100-0123456789ab+dirty": "0.0.0-dev",
	} {
		if got := taggedVersion(module); got != want {
			t.Errorf("taggedVersion(%q) = %q, want %q", module, got, want)
		}
	}
}

func TestCommitOf(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, test := range []struct {
		settings []debug.BuildSetting
		want     string
	}{
		{nil, "unknown"},
		{[]debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: "false"}},
			"0123456789ab"},
		{[]debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: commit}},
			"0123456789ab-dirty"},
	} {
		if got := commitOf(test.settings); got != test.want {
			t.Errorf("commitOf(%v) = %q, want %q", test.settings, got, test.want)
		}
	}
}

func TestModuleVersion(t *testing.T) {
	this := debug.Module{Path: "ndjson-parquet", Version: "v1.2.3"}
	other := debug.Module{Path: "example.com/other", Version: "v4.5.6"}
	for name, test := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"main module":   {debug.BuildInfo{Main: this, Deps: []*debug.Module{&other}}, "v1.2.3"},
		"dependency":    {debug.BuildInfo{Main: other, Deps: []*debug.Module{&this}}, "v1.2.3"},
		"nothing known": {debug.BuildInfo{Main: other}, ""},
	} {
		if got := moduleVersion(&test.info); got != test.want {
			t.Errorf("%s: moduleVersion = %q, want %q", name, got, test.want)
		}
	}
}
