package home

import (
	"path/filepath"
	"strings"
)

// Places are the addresses of a pipeline's parts: absolute paths or s3:// URLs without a final
// slash.
type Places struct {
	Root                                 string // a directory, or aws:ENV
	Input, Manifests, Output, Quarantine string
	Ledger                               string // a path, or the name of a table
	// OwnsInput reports that the input belongs to the root, so that invalid files may be moved out
	// of it.
	OwnsInput bool
}

// Part returns the address of input, manifests, output, quarantine or ledger. It panics for another
// name.
func (p *Places) Part(name string) *string {
	switch name {
	case "input":
		return &p.Input
	case "manifests":
		return &p.Manifests
	case "output":
		return &p.Output
	case "quarantine":
		return &p.Quarantine
	case "ledger":
		return &p.Ledger
	}
	panic("a pipeline has no place " + name)
}

// IsRemote reports whether a place is in an object store.
func IsRemote(place string) bool { return strings.HasPrefix(place, "s3://") }

// Join joins elements to a place.
func Join(place string, elements ...string) string {
	if IsRemote(place) {
		return strings.Join(append([]string{place}, elements...), "/")
	}
	return filepath.Join(append([]string{place}, elements...)...)
}
