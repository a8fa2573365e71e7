package docs

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	architecture = "docs/ARCHITECTURE.md"
	module       = "ndjson-parquet/"
)

// notDrawn are the folders whose packages are not part of the product: tests and tools.
var notDrawn = []string{
	"bench", "docs", "e2e", "examples", "tools", "internal/testenv", "internal/simulation",
	"internal/ledger/ledgertest", "internal/objectstore/objectstoretest", "convert/internal/benchdata",
}

// A diagram is the package diagram of ARCHITECTURE.md.
type diagram struct {
	packages map[string][]string // packages by node
	arrows   map[[2]string]bool  // imports between nodes
}

// packageDiagram reads the diagram below the heading "Packages". A node's label has the paths of
// its packages, each on a line of its own; "convert/..." means all packages below convert.
func packageDiagram(t *testing.T) diagram {
	t.Helper()
	_, section, found := strings.Cut(read(t, architecture), "\n## Packages\n")
	if !found {
		t.Fatalf("%s has no section Packages", architecture)
	}
	_, section, _ = strings.Cut(section, "```mermaid\n")
	section, _, _ = strings.Cut(section, "```")

	d := diagram{map[string][]string{}, map[[2]string]bool{}}
	node := regexp.MustCompile(`^(\w+)\["(.*)"\]$`)
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if m := node.FindStringSubmatch(line); m != nil {
			d.packages[m[1]] = strings.Split(m[2], "<br>")
			continue
		}
		from, to, isArrow := strings.Cut(line, " --> ")
		if !isArrow {
			continue
		}
		for _, f := range strings.Split(from, " & ") {
			for _, t := range strings.Split(to, " & ") {
				d.arrows[[2]string{f, t}] = true
			}
		}
	}
	if len(d.packages) == 0 || len(d.arrows) == 0 {
		t.Fatalf("%s: the diagram below Packages has no nodes or no arrows", architecture)
	}
	return d
}

// node returns the node of a package.
func (d diagram) node(pkg string) string {
	for node, packages := range d.packages {
		for _, p := range packages {
			if p == pkg || strings.HasSuffix(p, "/...") && strings.HasPrefix(pkg, strings.TrimSuffix(p, "...")) {
				return node
			}
		}
	}
	return ""
}

// reaches reports whether the arrows, without the one from "from" to "to" itself, lead there.
func (d diagram) reaches(from, to string) bool {
	seen := map[string]bool{}
	var walk func(node string) bool
	walk = func(node string) bool {
		for arrow := range d.arrows {
			if arrow[0] != node || arrow == [2]string{from, to} || seen[arrow[1]] {
				continue
			}
			if arrow[1] == to {
				return true
			}
			seen[arrow[1]] = true
			if walk(arrow[1]) {
				return true
			}
		}
		return false
	}
	return walk(from)
}

// productImports returns, for each package of the product, the packages of this module that it
// imports on any platform.
func productImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	for _, file := range sourceFiles(t, ".go") {
		pkg := path.Dir(file)
		if strings.HasSuffix(file, "_test.go") || slices.ContainsFunc(notDrawn, func(folder string) bool {
			return pkg == folder || strings.HasPrefix(pkg, folder+"/")
		}) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, filepath.FromSlash(file)), nil,
			parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		imported := imports[pkg]
		for _, spec := range parsed.Imports {
			if inModule, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module); ok &&
				!slices.Contains(imported, inModule) {
				imported = append(imported, inModule)
			}
		}
		imports[pkg] = imported
	}
	return imports
}

// TestPackageDiagramEqualsTheImports checks that every package of the product is in the diagram,
// that every arrow is an import, and that every import is an arrow or follows from arrows.
func TestPackageDiagramEqualsTheImports(t *testing.T) {
	d := packageDiagram(t)
	imports := productImports(t)

	example := map[[2]string]string{} // an example of an import, by its nodes
	for pkg, imported := range imports {
		from := d.node(pkg)
		if from == "" {
			t.Errorf("%s does not show the package %s", architecture, pkg)
			continue
		}
		for _, other := range imported {
			if to := d.node(other); to != "" && to != from {
				example[[2]string{from, to}] = pkg + " imports " + other
			}
		}
	}
	for node, packages := range d.packages {
		for _, p := range packages {
			prefix, below := strings.CutSuffix(p, "...")
			exists := imports[p] != nil
			for pkg := range imports {
				exists = exists || below && strings.HasPrefix(pkg, prefix) || pkg == p
			}
			if !exists {
				t.Errorf("%s: the package %s of node %s does not exist", architecture, p, node)
			}
		}
	}
	for arrow := range d.arrows {
		switch {
		case d.packages[arrow[0]] == nil || d.packages[arrow[1]] == nil:
			t.Errorf("%s: an end of the arrow %s --> %s has no label", architecture, arrow[0], arrow[1])
		case example[arrow] == "":
			t.Errorf("%s: nothing imports along the arrow %s --> %s", architecture, arrow[0], arrow[1])
		case d.reaches(arrow[0], arrow[1]):
			t.Errorf("%s: the arrow %s --> %s follows from others; leave it out", architecture, arrow[0], arrow[1])
		}
	}
	for arrow, of := range example {
		if !d.arrows[arrow] && !d.reaches(arrow[0], arrow[1]) {
			t.Errorf("%s: %s, so there must be an arrow %s --> %s", architecture, of, arrow[0], arrow[1])
		}
	}
}
