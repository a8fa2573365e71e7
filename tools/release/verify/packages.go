package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	rpm "github.com/sassoftware/go-rpmutils"
)

// installed are some of the files that every Linux package installs.
var installed = []string{
	"/usr/bin/ndjson-parquet",
	"/usr/share/man/man1/ndjson-parquet-serve.1.gz",
	"/usr/share/zsh/site-functions/_ndjson-parquet",
	"/usr/share/doc/ndjson-parquet/THIRD_PARTY_NOTICES",
}

// verifyRPM checks the headers and files of a package for Red Hat and its relatives, and its
// checksums.
func verifyRPM(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, _, err := rpm.Verify(f, nil); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	p, err := rpm.ReadRpm(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	nevra, err := p.Header.GetNEVRA()
	if err != nil {
		return err
	}
	host, err := p.Header.GetString(rpm.BUILDHOST)
	if err != nil {
		return err
	}
	right := nevra.Name == "ndjson-parquet" && nevra.Version != "" && strings.Contains(name, nevra.Arch)
	if !right || host != "localhost" {
		return fmt.Errorf("%s is %s, built on %s", name, nevra, host)
	}
	files, err := p.Header.GetFiles()
	if err != nil {
		return err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return verifyInstalled(name, names)
}

// verifyAPK checks the description and files of a package for Alpine: gzipped tar streams, one
// after the other.
func verifyAPK(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var names []string
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return verifyInstalled(name, names)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if header.Name == ".PKGINFO" {
			description, err := io.ReadAll(reader)
			if err != nil {
				return err
			}
			if !bytes.Contains(description, []byte("pkgname = ndjson-parquet\n")) {
				return fmt.Errorf("%s describes itself as %s", name, description)
			}
		}
		names = append(names, "/"+header.Name)
	}
}

func verifyInstalled(name string, files []string) error {
	for _, want := range installed {
		if !slices.Contains(files, want) {
			return fmt.Errorf("%s does not install %s", name, want)
		}
	}
	return nil
}
