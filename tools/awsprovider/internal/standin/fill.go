package standin

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// fields are the attributes and blocks of one object, by name.
type fields map[string]tftypes.Value

// text is the known string in a field, or "".
func (f fields) text(name string) string {
	var s string
	if v, ok := f[name]; ok && v.IsKnown() && !v.IsNull() && v.Type().Is(tftypes.String) {
		if err := v.As(&s); err != nil {
			return ""
		}
	}
	return s
}

// A filler gives the value of a computed attribute that has none yet, seeing the fields beside it.
type filler func(beside fields, t tftypes.Type, name string) tftypes.Value

// fill gives a value to every computed attribute of v that has none. An object to be destroyed
// stays null.
func (s *Server) fill(sch *tfprotov5.Schema, v *tfprotov5.DynamicValue, f filler) (*tfprotov5.DynamicValue, error) {
	t := sch.ValueType()
	value, err := v.Unmarshal(t)
	if err != nil {
		return nil, fmt.Errorf("decode an object: %w", err)
	}
	if value, err = fillBlock(sch.Block, value, f); err != nil {
		return nil, err
	}
	out, err := tfprotov5.NewDynamicValue(t, value)
	return &out, err
}

func fillBlock(b *tfprotov5.SchemaBlock, v tftypes.Value, f filler) (tftypes.Value, error) {
	if v.IsNull() || !v.IsKnown() {
		return v, nil
	}
	set := fields{}
	if err := v.As((*map[string]tftypes.Value)(&set)); err != nil {
		return v, fmt.Errorf("decode a block: %w", err)
	}
	for _, a := range b.Attributes {
		if old := set[a.Name]; a.Computed && (old.IsNull() || !old.IsKnown()) {
			set[a.Name] = f(set, a.Type, a.Name)
		}
	}
	for _, n := range b.BlockTypes {
		filled, err := fillNested(n, set[n.TypeName], f)
		if err != nil {
			return v, err
		}
		set[n.TypeName] = filled
	}
	return tftypes.NewValue(v.Type(), map[string]tftypes.Value(set)), nil
}

func fillNested(n *tfprotov5.SchemaNestedBlock, v tftypes.Value, f filler) (tftypes.Value, error) {
	if n.Nesting == tfprotov5.SchemaNestedBlockNestingModeSingle {
		return fillBlock(n.Block, v, f)
	}
	if v.IsNull() || !v.IsKnown() {
		return v, nil
	}
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return v, fmt.Errorf("decode blocks %s: %w", n.TypeName, err)
	}
	for i := range elements {
		var err error
		if elements[i], err = fillBlock(n.Block, elements[i], f); err != nil {
			return v, err
		}
	}
	return tftypes.NewValue(v.Type(), elements), nil
}
