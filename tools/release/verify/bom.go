package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// verifyBOM checks that a bill of materials lists the modules that the command is linked with on
// the platform in its name, in their versions, each component with a licence.
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
	linked, err := linkedModules(repository, name)
	if err != nil {
		return err
	}
	for module, want := range linked {
		if got := versions[module]; got != want {
			problems = append(problems, fmt.Errorf("%s: %s is %q, want %q", name, module, got, want))
		}
	}
	if versions["std"] == "" {
		problems = append(problems, fmt.Errorf("%s: the standard library is not listed", name))
	}
	return errors.Join(problems...)
}

// linkedModules returns the versions of the modules that the Go command links into the program, by
// path. The name of the bill ends in _GOOS_GOARCH.cdx.json.
func linkedModules(repository, name string) (map[string]string, error) {
	parts := strings.Split(strings.TrimSuffix(filepath.Base(name), ".cdx.json"), "_")
	if len(parts) < 3 {
		return nil, fmt.Errorf("%s does not name its platform", name)
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}",
		"./cmd/ndjson-parquet")
	cmd.Dir = repository
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=",
		"GOOS="+parts[len(parts)-2], "GOARCH="+parts[len(parts)-1])
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules of the command: %w", err)
	}
	modules := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			modules[path] = version
		}
	}
	if len(modules) < 10 {
		return nil, fmt.Errorf("the command has only %d modules", len(modules))
	}
	return modules, nil
}
