package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed wheel/__init__.py
var wheelPackage []byte

//go:embed wheel/__main__.py
var wheelMain []byte

// writeWheel writes the Python wheel, which installs the command and the package ndjson_parquet,
// which knows its path. The program is inside the package, so that it is found wherever the package
// is.
func (p product) writeWheel(output string) error {
	version, err := pythonVersion(p.version)
	if err != nil {
		return err
	}
	base, tags := "ndjson_parquet-"+version, wheelTags[p.platform]
	info := base + ".dist-info/"
	code := bytes.ReplaceAll(wheelPackage, []byte("0.0.dev0"), []byte(version))
	command := []byte("[console_scripts]\nndjson-parquet = ndjson_parquet:main\n")
	files := []file{
		{name: "ndjson_parquet/__init__.py", mode: 0o644, content: code},
		{name: "ndjson_parquet/__main__.py", mode: 0o644, content: wheelMain},
		{name: "ndjson_parquet/py.typed", mode: 0o644},
		{name: "ndjson_parquet/bin/" + p.programName(), mode: 0o755, content: p.program},
		{name: info + "METADATA", mode: 0o644, content: p.wheelMetadata(version)},
		{name: info + "WHEEL", mode: 0o644, content: wheelDescription(tags)},
		{name: info + "entry_points.txt", mode: 0o644, content: command},
		{name: info + "sboms/ndjson-parquet.cdx.json", mode: 0o644, content: p.sbom},
	}
	for _, f := range p.papers {
		if f.name == "LICENSE" || f.name == "THIRD_PARTY_NOTICES" {
			f.name = info + "licenses/" + f.name
			files = append(files, f)
		}
	}
	files = append(files, file{name: info + "RECORD", mode: 0o644, content: wheelRecord(files, info+"RECORD")})
	name := filepath.Join(output, base+"-py3-none-"+tags+".whl")
	return createFile(name, func(w io.Writer) error { return writeZip(w, files, p.time) })
}

// wheelMetadata is the package's description in the form of Python's core metadata.
func (p product) wheelMetadata(version string) []byte {
	var b bytes.Buffer
	for _, line := range []string{
		"Metadata-Version: 2.1",
		"Name: ndjson-parquet",
		"Version: " + version,
		"Summary: " + summary,
		"License: Internal use only",
		"License-File: LICENSE",
		"License-File: THIRD_PARTY_NOTICES",
		"Requires-Python: >=3.9",
		"Description-Content-Type: text/markdown",
	} {
		b.WriteString(line + "\n")
	}
	for _, f := range p.papers {
		if f.name == "README.md" {
			b.WriteString("\n")
			b.Write(f.content)
		}
	}
	return b.Bytes()
}

// wheelDescription says how to install the wheel. A compressed set of tags is listed tag by tag.
func wheelDescription(tags string) []byte {
	var b bytes.Buffer
	b.WriteString("Wheel-Version: 1.0\nGenerator: ndjson-parquet release\nRoot-Is-Purelib: false\n")
	for tag := range strings.SplitSeq(tags, ".") {
		fmt.Fprintf(&b, "Tag: py3-none-%s\n", tag)
	}
	return b.Bytes()
}

// wheelRecord lists the files with their hashes; the list itself comes without.
func wheelRecord(files []file, self string) []byte {
	var b bytes.Buffer
	for _, f := range files {
		sum := sha256.Sum256(f.content)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.content))
	}
	fmt.Fprintf(&b, "%s,,\n", self)
	return b.Bytes()
}

var prerelease = regexp.MustCompile(`^(alpha|beta|rc)\.(\d+)$`)

// pythonVersion returns a semantic version in Python's form: 1.2.3rc1 of 1.2.3-rc.1.
func pythonVersion(version string) (string, error) {
	if version == snapshot {
		return "0.0.0.dev0", nil
	}
	release, suffix, found := strings.Cut(version, "-")
	if !found {
		return release, nil
	}
	m := prerelease.FindStringSubmatch(suffix)
	if m == nil {
		return "", fmt.Errorf("pre-release %q of version %s: expected alpha.N, beta.N or rc.N", suffix, version)
	}
	return release + map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[m[1]] + m[2], nil
}
