package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// newTestProduct is a product without a build.
func newTestProduct(p platform) product {
	return product{
		source: source{version: "1.2.3", revision: "0123456789ab",
			time: time.Date(2025, 1, 17, 14, 31, 0, 0, time.UTC)},
		platform: p,
		program:  []byte("program"), sbom: []byte("{}"),
		manual: []file{{name: "man/man1/ndjson-parquet.1", mode: 0o644, content: []byte(".TH")}},
		papers: []file{
			{name: "LICENSE", mode: 0o644, content: []byte("licence")},
			{name: "README.md", mode: 0o644, content: []byte("# ndjson-parquet\n")},
			{name: "THIRD_PARTY_NOTICES", mode: 0o644, content: []byte("notices")},
		},
	}
}

// entries returns the names and modes in a zip file.
func entries(t *testing.T, name string) map[string]os.FileMode {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	found := map[string]os.FileMode{}
	for _, f := range archive.File {
		found[f.Name] = f.Mode().Perm()
		if r, err := f.Open(); err != nil {
			t.Error(err)
		} else if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	return found
}

func TestEveryPlatformHasArchiveAndWheel(t *testing.T) {
	for _, p := range platforms {
		folder := t.TempDir()
		product := newTestProduct(p)
		if err := product.writeArchive(folder); err != nil {
			t.Fatal(err)
		}
		if err := product.writeWheel(folder); err != nil {
			t.Fatal(err)
		}
		wheel := entries(t, filepath.Join(folder, "ndjson_parquet-1.2.3-py3-none-"+wheelTags[p]+".whl"))
		if mode := wheel["ndjson_parquet/bin/"+p.programName()]; mode != 0o755 {
			t.Errorf("%v: the program in the wheel has mode %o; the wheel has %v", p, mode, wheel)
		}
		if p.os != "windows" {
			continue // check unpacks one of the others
		}
		archive := entries(t, filepath.Join(folder, product.baseName()+".zip"))
		for _, name := range []string{"ndjson-parquet.exe", "THIRD_PARTY_NOTICES", "sbom.cdx.json"} {
			if _, ok := archive[product.baseName()+"/"+name]; !ok {
				t.Errorf("%v: the archive has no %s: %v", p, name, archive)
			}
		}
	}
}

func TestPackagesAreReproducible(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, folder := range []string{first, second} {
		if err := newTestProduct(platforms[0]).write(folder); err != nil {
			t.Fatal(err)
		}
		if err := writeChecksums(folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond) // formats have times in seconds
	}
	var sums [][]byte
	for _, folder := range []string{first, second} {
		content, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, content)
	}
	if !bytes.Equal(sums[0], sums[1]) || bytes.Count(sums[0], []byte("\n")) != 6 {
		t.Errorf("two releases of one program:\n%s\n%s", sums[0], sums[1])
	}
}

func TestPythonVersion(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "1.2.3-alpha.1": "1.2.3a1", "1.2.3-beta.20": "1.2.3b20", "1.2.3-rc.1": "1.2.3rc1",
		snapshot: "0.0.0.dev0",
	} {
		if got, err := pythonVersion(version); err != nil || got != want {
			t.Errorf("pythonVersion(%q) = %q, %v; want %q", version, got, err, want)
		}
	}
}

func TestClassify(t *testing.T) {
	const isc = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee
is hereby granted, provided that the above copyright notice and this permission notice appear in all
copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE
OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS
SOFTWARE.`
	const gpl = `This program is free software: you can redistribute it and/or modify it under the terms of the GNU
General Public License as published by the Free Software Foundation, either version 3 of the
License, or (at your option) any later version.`
	text := func(name, content string) file { return file{name: name, content: []byte(content)} }
	for _, test := range []struct {
		name  string
		texts []file
		want  []string
		err   string
	}{
		{"allowed", []file{text("LICENSE", isc)}, []string{"ISC"}, ""},
		{"not allowed", []file{text("LICENSE", isc), text("x/COPYING", gpl)}, nil, "x/COPYING states GPL-3.0"},
		{"of others", []file{text("LICENSE", isc), text("LICENSE-3RD-PARTY.md", gpl)}, []string{"ISC"}, ""},
		{"unknown", []file{text("LICENSE", "All rights reserved.")}, nil, "none found"},
		{"no text", nil, nil, "none found"},
	} {
		m := linkedModule{texts: test.texts}
		err := m.classify()
		if test.err == "" && (err != nil || !slices.Equal(m.licences, test.want)) {
			t.Errorf("%s: %v, %v; want %v", test.name, m.licences, err, test.want)
		}
		if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %v, want an error with %q", test.name, err, test.err)
		}
	}
}
