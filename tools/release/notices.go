package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// A linkedModule is a module whose code is in the program, with the texts that its licence asks to
// distribute.
type linkedModule struct {
	path, version string
	licences      []string // SPDX identifiers
	texts         []file
}

// allowed are the licences under which the program may contain code. Each asks for no more than its
// text.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense", "Zlib"}

// legalFile matches the names of files that state a licence or what must accompany it.
var legalFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([._-].*)?$`)

// thirdPartyFile matches the names of files in which a module lists the licences of other software.
// Some of it is only in the module's tests; what is linked is a module of its own here.
var thirdPartyFile = regexp.MustCompile(`(?i)(3rd|third)[._-]?party`)

// linkedModules returns the modules in a program, the standard library first, and their licences.
// It reads the module cache alone. A module without a known, allowed licence is an error.
func (s source) linkedModules(p platform, program string) ([]linkedModule, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	folders, err := s.packageFolders(p)
	if err != nil {
		return nil, err
	}
	goroot, err := output(exec.Command("go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	modules := []linkedModule{{path: "std", version: info.GoVersion}}
	roots := []string{goroot}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		modules = append(modules, linkedModule{path: m.Path, version: m.Version})
		roots = append(roots, folders[m.Path].root)
	}
	for i := range modules {
		m := &modules[i]
		if err := m.readTexts(roots[i], folders[m.path].packages); err != nil {
			return nil, fmt.Errorf("licence of %s: %w", m.path, err)
		}
		if err := m.classify(); err != nil {
			return nil, fmt.Errorf("licence of %s: %w", m.path, err)
		}
	}
	return modules, nil
}

// moduleFolders are where a module and its linked packages are.
type moduleFolders struct {
	root     string
	packages []string
}

// packageFolders returns the folders of the packages that the program of a platform links, by the
// path of their module.
func (s source) packageFolders(p platform) (map[string]moduleFolders, error) {
	list, err := output(s.goCommand(p, "list", "-mod=readonly", "-deps", "-json=Dir,Module", "./cmd/ndjson-parquet"))
	if err != nil {
		return nil, err
	}
	folders := map[string]moduleFolders{}
	for decoder := json.NewDecoder(strings.NewReader(list)); ; {
		var p struct {
			Dir    string
			Module *struct{ Path, Dir string }
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, err
		}
		if p.Module != nil {
			f := folders[p.Module.Path]
			f.root, f.packages = p.Module.Dir, append(f.packages, p.Dir)
			folders[p.Module.Path] = f
		}
	}
}

// readTexts reads the legal files of the module's root and of the folders between it and each
// linked package, which may have a licence of their own.
func (m *linkedModule) readTexts(root string, packages []string) error {
	folders := map[string]bool{root: true}
	for _, folder := range packages {
		for ; folder != root && strings.HasPrefix(folder, root); folder = filepath.Dir(folder) {
			folders[folder] = true
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.IsDir() || !legalFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
				continue
			}
			path := filepath.Join(folder, entry.Name())
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			m.texts = append(m.texts, file{name: filepath.ToSlash(name), content: content})
		}
	}
	return nil
}

// classify names the licences that the texts state.
func (m *linkedModule) classify() error {
	for _, text := range m.texts {
		if thirdPartyFile.MatchString(text.name) {
			continue
		}
		for _, match := range licensecheck.Scan(text.content).Match {
			switch {
			case slices.Contains(m.licences, match.ID):
			case slices.Contains(allowed, match.ID):
				m.licences = append(m.licences, match.ID)
			case match.ID != "GooglePatentsFile" && match.ID != "GooglePatentClause":
				return fmt.Errorf("%s states %s, which is not one of %v", text.name, match.ID, allowed)
			}
		}
	}
	if len(m.licences) == 0 {
		return errors.New("none found")
	}
	return nil
}

// formatNotices writes the licence texts of all modules into one document.
func formatNotices(modules []linkedModule) []byte {
	var b bytes.Buffer
	b.WriteString("ndjson-parquet contains the following software.\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n", strings.Repeat("=", 100), m.path, m.version,
			strings.Join(m.licences, ", "))
		for _, text := range m.texts {
			fmt.Fprintf(&b, "\n--- %s\n\n%s\n", text.name, bytes.TrimSpace(text.content))
		}
	}
	return b.Bytes()
}
