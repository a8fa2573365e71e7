package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/apk"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
	"golang.org/x/mod/semver"
)

const summary = "Converts arriving NDJSON files to Parquet, each record exactly once"

// writeLinuxPackages writes the packages for Debian (deb), Red Hat (rpm) and Alpine (apk) and their
// relatives.
func (p product) writeLinuxPackages(output string) error {
	for _, kind := range []struct {
		name     string
		packager nfpm.Packager
	}{{"deb", deb.Default}, {"rpm", rpm.DefaultRPM}, {"apk", apk.Default}} {
		if err := p.writeLinuxPackage(kind.name, kind.packager, output); err != nil {
			return err
		}
	}
	return nil
}

func (p product) writeLinuxPackage(kind string, packager nfpm.Packager, output string) error {
	staging, err := os.MkdirTemp("", "ndjson-parquet-"+kind+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	contents, err := p.packageContents(kind, staging)
	if err != nil {
		return err
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "ndjson-parquet", Arch: p.arch, Platform: p.os, Version: p.version, Release: "1",
		Section: "utils", Priority: "optional", Maintainer: "The ndjson-parquet maintainers <ndjson-parquet@localhost>",
		Description: summary, License: "Internal use only", MTime: p.time, DisableGlobbing: true,
		Overridables: nfpm.Overridables{
			Contents: contents, Umask: 0o022,
			// Without it the name of this machine would be recorded.
			RPM: nfpm.RPM{BuildHost: "localhost", Summary: summary, Group: "Applications/Databases"},
		},
	})
	if kind == "apk" {
		info.Prerelease = apkPrerelease(info.Prerelease)
	}
	if err := nfpm.PrepareForPackager(info, kind); err != nil {
		return err
	}
	name := filepath.Join(output, packager.ConventionalFileName(info))
	return createFile(name, func(w io.Writer) error { return packager.Package(info, w) })
}

// apkPrerelease returns the form of a pre-release in which Alpine orders it before the release:
// "rc1" of "rc.1".
func apkPrerelease(prerelease string) string {
	if prerelease == semver.Prerelease("v" + snapshot)[1:] {
		return "pre0"
	}
	return strings.ReplaceAll(prerelease, ".", "")
}

// packageContents stages the product's files below a folder and returns the places where the
// package installs them.
func (p product) packageContents(kind, staging string) (files.Contents, error) {
	const share, documents = "/usr/share/", "/usr/share/doc/ndjson-parquet/"
	zsh := share + "zsh/site-functions/"
	if kind == "deb" {
		zsh = share + "zsh/vendor-completions/"
	}
	completions := map[string]string{
		"ndjson-parquet.bash": share + "bash-completion/completions/ndjson-parquet",
		"_ndjson-parquet":     zsh + "_ndjson-parquet",
		"ndjson-parquet.fish": share + "fish/vendor_completions.d/ndjson-parquet.fish",
	}
	all := []file{
		{name: "/usr/bin/ndjson-parquet", mode: 0o755, content: p.program},
		{name: documents + "sbom.cdx.json", mode: 0o644, content: p.sbom},
	}
	for _, f := range p.papers {
		f.name = documents + f.name
		if kind == "deb" && strings.HasSuffix(f.name, "/LICENSE") {
			f.name = documents + "copyright" // Debian's name for it
		}
		all = append(all, f)
	}
	for _, f := range p.manual {
		folder, name := filepath.Split(f.name)
		if folder == "completions/" {
			f.name = completions[name]
		} else {
			compressed, err := gzipped(f.content)
			if err != nil {
				return nil, err
			}
			f.name, f.content = share+"man/man1/"+name+".gz", compressed
		}
		if f.name != "" { // Linux's packages have no PowerShell
			all = append(all, f)
		}
	}
	var contents files.Contents
	for _, f := range all {
		source := filepath.Join(staging, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(source), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(source, f.content, f.mode); err != nil {
			return nil, err
		}
		contents = append(contents, &files.Content{
			Source: source, Destination: f.name,
			FileInfo: &files.ContentFileInfo{Mode: f.mode, MTime: p.time, Owner: "root", Group: "root"},
		})
	}
	return contents, nil
}

func gzipped(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
