package main

import (
	"os"
	"path/filepath"
	"strings"
)

// A product is the program of one platform and the files that accompany it in every form of
// distribution.
type product struct {
	source
	platform
	program []byte
	manual  []file // man/man1/… and completions/…
	papers  []file // licences, readme, changelog
	sbom    []byte // CycloneDX, JSON
}

// newProduct builds the program of a platform and gathers what accompanies it.
func newProduct(s source, p platform, manual []file, work string) (product, error) {
	product := product{source: s, platform: p, manual: manual}
	path := filepath.Join(work, p.os+"_"+p.arch, p.programName())
	if err := s.buildProgram(p, path); err != nil {
		return product, err
	}
	var err error
	if product.program, err = os.ReadFile(path); err != nil {
		return product, err
	}
	modules, err := s.linkedModules(p, path)
	if err != nil {
		return product, err
	}
	notices := file{name: "THIRD_PARTY_NOTICES", mode: 0o644, content: formatNotices(modules)}
	if product.sbom, err = s.describe(path, modules); err != nil {
		return product, err
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(filepath.Join(s.root, name))
		if err != nil {
			return product, err
		}
		product.papers = append(product.papers, file{name: name, mode: 0o644, content: content})
	}
	product.papers = append(product.papers, notices)
	return product, nil
}

// write makes the files of the release that are for this platform alone.
func (p product) write(output string) error {
	if err := p.writeArchive(output); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(output, p.baseName()+".cdx.json"), p.sbom, 0o644); err != nil {
		return err
	}
	if err := p.writeWheel(output); err != nil {
		return err
	}
	if p.os == "linux" {
		return p.writeLinuxPackages(output)
	}
	return nil
}

// baseName begins the names of the platform's files.
func (p product) baseName() string {
	return strings.Join([]string{"ndjson-parquet", p.version, p.os, p.arch}, "_")
}
