package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Extract reads the schema of the provider's configuration and of the named resources and data
// sources from an unpacked @cdktf/provider-aws. A name the provider does not know is an error.
func Extract(pkg string, resources, dataSources []string) (*Schema, error) {
	s := &Schema{Resources: map[string]Entry{}, DataSources: map[string]Entry{}}
	var err error
	if s.Provider, s.Version, err = extractModule(filepath.Join(pkg, "lib", "provider")); err != nil {
		return nil, err
	}
	for _, name := range resources {
		if s.Resources[name], _, err = extractModule(modulePath(pkg, "", name)); err != nil {
			return nil, fmt.Errorf("resource %s: %w", name, err)
		}
	}
	for _, name := range dataSources {
		if s.DataSources[name], _, err = extractModule(modulePath(pkg, "data-aws-", name)); err != nil {
			return nil, fmt.Errorf("data source %s: %w", name, err)
		}
	}
	return s, nil
}

// modulePath is where the package keeps a resource: aws_sqs_queue in lib/sqs-queue, data aws_region
// in lib/data-aws-region.
func modulePath(pkg, prefix, name string) string {
	return filepath.Join(pkg, "lib", prefix+strings.ReplaceAll(strings.TrimPrefix(name, "aws_"), "_", "-"))
}

var providerVersion = regexp.MustCompile(`providerVersion: '([\d.]+)'|hashicorp/aws/([\d.]+)/docs`)

func extractModule(dir string) (Entry, string, error) {
	ts, err := os.ReadFile(filepath.Join(dir, "index.d.ts"))
	if errors.Is(err, os.ErrNotExist) {
		return Entry{}, "", errors.New("the AWS provider has nothing of this name")
	}
	if err != nil {
		return Entry{}, "", err
	}
	js, err := os.ReadFile(filepath.Join(dir, "index.js"))
	if err != nil {
		return Entry{}, "", err
	}
	m := &module{parseDeclarations(string(ts)), parseMappings(string(js))}
	if m.main == "" {
		return Entry{}, "", fmt.Errorf("%s declares no resource, data source or provider", dir)
	}
	block, err := m.block(m.main+"Config", m.main, m.main)
	if err != nil {
		return Entry{}, "", fmt.Errorf("%s: %w", dir, err)
	}
	version := ""
	if v := providerVersion.FindStringSubmatch(string(js) + string(ts)); v != nil {
		version = v[1] + v[2]
	}
	return Entry{Block: block}, version, nil
}

// A module is one resource of the package.
type module struct {
	*declarations
	*mappings
}

// block builds the schema of one level: what its struct lets be set, and what its class only lets
// be read.
func (m *module) block(structName, className, kindsOf string) (Block, error) {
	b := Block{Attributes: map[string]Attribute{}, BlockTypes: map[string]NestedBlock{}}
	for _, p := range m.structs[structName] {
		if p.name == "" {
			return b, fmt.Errorf("%s has a property without a Terraform name", structName)
		}
		kind := m.kinds[kindsOf][p.name]
		if p.block {
			nested, err := m.nested(p, kind)
			if err != nil {
				return b, fmt.Errorf("%s.%s: %w", structName, p.name, err)
			}
			b.BlockTypes[p.name] = nested
			continue
		}
		t, err := m.attributeType(p.typ, kind)
		if err != nil {
			return b, fmt.Errorf("%s.%s: %w", structName, p.name, err)
		}
		b.Attributes[p.name] = Attribute{Type: t, Required: p.required, Optional: !p.required}
	}
	c, ok := m.classes[className]
	if !ok {
		return b, nil
	}
	for getter, typ := range c.computed() {
		reads, ok := m.names[className][getter]
		if !ok {
			continue
		}
		if _, isBlock := b.BlockTypes[reads.name]; isBlock {
			continue
		}
		if _, isSet := b.Attributes[reads.name]; isSet {
			continue
		}
		kind := "list"
		if reads.set {
			kind = "set"
		}
		t, err := m.attributeType(typ, kind)
		if err != nil {
			return b, fmt.Errorf("%s.%s: %w", className, getter, err)
		}
		b.Attributes[reads.name] = Attribute{Type: t, Computed: true}
	}
	return b, nil
}

// nested builds a nested block. The package declares a struct, not a list of them, where at most
// one may be given.
func (m *module) nested(p property, kind string) (NestedBlock, error) {
	name, many := strings.CutSuffix(p.typ, "[]")
	inner, err := m.block(name, name+"OutputReference", lowerFirst(name))
	if err != nil {
		return NestedBlock{}, err
	}
	n := NestedBlock{Nesting: kind, Block: inner}
	switch kind {
	case "struct":
		n.Nesting = "single"
		return n, nil
	case "list", "set":
	default:
		return n, fmt.Errorf("a block that is a %q", kind)
	}
	if !many {
		n.MaxItems = 1
	}
	if p.required {
		n.MinItems = 1
	}
	return n, nil
}

// attributeType turns a TypeScript type into cty's JSON form; kind tells list from set.
func (m *module) attributeType(typ, kind string) (json.RawMessage, error) {
	t, err := m.ctyType(typ, kind)
	if err != nil {
		return nil, err
	}
	return json.Marshal(t)
}

func (m *module) ctyType(typ, kind string) (any, error) {
	collection := "list"
	if kind == "set" {
		collection = "set"
	}
	if element, ok := strings.CutSuffix(typ, "[]"); ok {
		t, err := m.ctyType(element, "list")
		return []any{collection, t}, err
	}
	switch {
	case typ == "string" || typ == "number":
		return typ, nil
	case typ == "boolean", typ == "cdktf.IResolvable": // the latter where it can only be read
		return "bool", nil
	case typ == "any":
		return "dynamic", nil
	case typ == "cdktf.StringMap", strings.HasPrefix(typ, "{ [key: string]: string;"):
		return []any{"map", "string"}, nil
	case typ == "cdktf.BooleanMap", strings.HasPrefix(typ, "{ [key: string]: (boolean"):
		return []any{"map", "bool"}, nil
	case typ == "cdktf.NumberMap", strings.HasPrefix(typ, "{ [key: string]: number;"):
		return []any{"map", "number"}, nil
	}
	// A list of objects that the provider alone computes, or an attribute whose type is one.
	name, isList := strings.CutSuffix(typ, "List")
	if _, ok := m.structs[name]; !ok {
		name, isList = typ, true
	}
	inner, err := m.block(name, name+"OutputReference", lowerFirst(name))
	if err != nil {
		return nil, err
	}
	if len(inner.Attributes) == 0 {
		return nil, fmt.Errorf("unknown type %q", typ)
	}
	fields := map[string]any{}
	for field, a := range inner.Attributes {
		fields[field] = a.Type
	}
	if !isList {
		return []any{"object", fields}, nil
	}
	return []any{collection, []any{"object", fields}}, nil
}

func lowerFirst(s string) string {
	r := []rune(s)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}
