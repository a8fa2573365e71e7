package standin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"ndjson-parquet/tools/awsprovider/internal/schema"
)

// alsoComputed are the settable attributes that the provider fills in where they are not set. The
// npm package does not tell them from the others.
var alsoComputed = map[string]bool{"id": true, "arn": true, "region": true, "tags_all": true}

func protocolSchema(e schema.Entry) (*tfprotov5.Schema, error) {
	block, err := protocolBlock(e.Block)
	if err != nil {
		return nil, err
	}
	for _, a := range block.Attributes {
		if alsoComputed[a.Name] && !a.Required {
			a.Computed = true
		}
	}
	return &tfprotov5.Schema{Block: block}, nil
}

func protocolBlock(b schema.Block) (*tfprotov5.SchemaBlock, error) {
	out := &tfprotov5.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
		a := b.Attributes[name]
		t, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // the schema is JSON, and this reads it
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: t, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(b.BlockTypes)) {
		n := b.BlockTypes[name]
		inner, err := protocolBlock(n.Block)
		if err != nil {
			return nil, fmt.Errorf("%s.%w", name, err)
		}
		nesting := map[string]tfprotov5.SchemaNestedBlockNestingMode{
			"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
			"list":   tfprotov5.SchemaNestedBlockNestingModeList,
			"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
		}[n.Nesting]
		out.BlockTypes = append(out.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nesting, MinItems: int64(n.MinItems), MaxItems: int64(n.MaxItems),
		})
	}
	return out, nil
}
