package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"golang.org/x/mod/modfile"
)

// notLinked are direct requirements of go.mod that the command does not contain: only tests and the
// functions use them.
var notLinked = map[string]bool{
	"github.com/aws/aws-lambda-go":              true,
	"github.com/aws/aws-sdk-go-v2/service/glue": true,
	"github.com/google/go-cmp":                  true,
	"pgregory.net/rapid":                        true,
}

// verifyBOM checks that a bill of materials lists the direct requirements of go.mod in their
// versions, each component with a licence.
func verifyBOM(repository, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if bom.SerialNumber == "" || bom.Metadata == nil || bom.Metadata.Timestamp == "" || bom.Components == nil {
		return fmt.Errorf("%s has no serial number, time or components", name)
	}
	versions := map[string]string{}
	var problems []error
	for _, c := range *bom.Components {
		versions[c.Name] = c.Version
		if c.Licenses == nil || len(*c.Licenses) == 0 {
			problems = append(problems, fmt.Errorf("%s: %s has no licence", name, c.Name))
		}
	}
	path := filepath.Join(repository, "go.mod")
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	requirements, err := modfile.Parse(path, content, nil)
	if err != nil {
		return err
	}
	for _, r := range requirements.Require {
		got, listed := versions[r.Mod.Path]
		if !listed && !r.Indirect && !notLinked[r.Mod.Path] || listed && got != r.Mod.Version {
			problems = append(problems, fmt.Errorf("%s: %s is %q, want %q", name, r.Mod.Path, got, r.Mod.Version))
		}
	}
	if versions["std"] == "" {
		problems = append(problems, fmt.Errorf("%s: the standard library is not listed", name))
	}
	return errors.Join(problems...)
}
