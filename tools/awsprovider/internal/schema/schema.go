// Package schema holds the machine-readable schema of the Terraform AWS provider, in the form in
// which `tofu providers schema -json` prints one, and extracts it from @cdktf/provider-aws, the npm
// package that is generated from it.
package schema

import (
	"encoding/json"
	"fmt"
	"os"
)

// A Schema is what a provider publishes about itself.
type Schema struct {
	Version     string           `json:"provider_version"`
	Provider    Entry            `json:"provider"`
	Resources   map[string]Entry `json:"resource_schemas"`
	DataSources map[string]Entry `json:"data_source_schemas"`
}

// An Entry is the schema of one resource, data source or provider configuration.
type Entry struct {
	Block Block `json:"block"`
}

// A Block holds attributes and nested blocks by their Terraform names.
type Block struct {
	Attributes map[string]Attribute   `json:"attributes,omitempty"`
	BlockTypes map[string]NestedBlock `json:"block_types,omitempty"`
}

// An Attribute has a type in cty's JSON form.
type Attribute struct {
	Type     json.RawMessage `json:"type"`
	Required bool            `json:"required,omitempty"`
	Optional bool            `json:"optional,omitempty"`
	Computed bool            `json:"computed,omitempty"`
}

// A NestedBlock may occur MinItems to MaxItems times (0: without limit).
type NestedBlock struct {
	Nesting  string `json:"nesting_mode"` // single, list or set
	Block    Block  `json:"block"`
	MinItems int    `json:"min_items,omitempty"`
	MaxItems int    `json:"max_items,omitempty"`
}

// Load reads a schema that Save has written.
func Load(path string) (*Schema, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the provider's schema: %w", err)
	}
	var s Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("provider schema %s: %w", path, err)
	}
	return &s, nil
}

// Save writes s to a file.
func (s *Schema) Save(path string) error {
	raw, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}
