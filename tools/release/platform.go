package main

import (
	"fmt"
	"strings"
)

// A platform is a system and processor, in Go's names.
type platform struct{ os, arch string }

// platforms are those of a release.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// wheelTags are the platforms' names in Python wheels. The program for Linux is static and needs no
// C library, so one wheel serves glibc and musl. Go's programs need macOS 12.
var wheelTags = map[platform]string{
	{"linux", "amd64"}:   "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
	{"linux", "arm64"}:   "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
	{"darwin", "amd64"}:  "macosx_12_0_x86_64",
	{"darwin", "arm64"}:  "macosx_12_0_arm64",
	{"windows", "amd64"}: "win_amd64",
	{"windows", "arm64"}: "win_arm64",
}

func (p platform) String() string { return p.os + "/" + p.arch }

// programName is the file name of the command.
func (p platform) programName() string {
	if p.os == "windows" {
		return "ndjson-parquet.exe"
	}
	return "ndjson-parquet"
}

// parsePlatforms reads a list such as "linux/amd64,darwin/arm64". An empty list is all platforms.
func parsePlatforms(list string) ([]platform, error) {
	if list == "" {
		return platforms, nil
	}
	var found []platform
	for name := range strings.SplitSeq(list, ",") {
		system, arch, _ := strings.Cut(name, "/")
		p := platform{system, arch}
		if _, ok := wheelTags[p]; !ok {
			return nil, fmt.Errorf("%q is not a platform of a release: expected of %v", name, platforms)
		}
		found = append(found, p)
	}
	return found, nil
}
