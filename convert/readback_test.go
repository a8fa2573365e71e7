package convert

import (
	"bytes"
	"fmt"
	"io"
	"math/big"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/convert/schema"
)

// readBack reads a Parquet file into a map for each row, without the nulls. It assembles records
// from the levels by the schema that the conversion reported.
func readBack(t testingT, file []byte, s *schema.Schema) []map[string]any {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("opening the file: %v", err)
	}
	var columns []schema.Field
	for _, field := range f.Schema().Fields() {
		columns = append(columns, schema.Field{Name: field.Name(), Type: fileType(t, s, field)})
	}
	var rows []map[string]any
	for _, group := range f.RowGroups() {
		reader := group.Rows()
		for {
			buffer := make([]parquet.Row, 1)
			n, err := reader.ReadRows(buffer)
			if n == 1 {
				a := assembler{values: map[int][]parquet.Value{}}
				for _, v := range buffer[0] {
					a.values[v.Column()] = append(a.values[v.Column()], v.Clone())
				}
				row := map[string]any{}
				for i := range columns {
					if v := a.value(&columns[i].Type, 0, 0); v != nil {
						row[columns[i].Name] = v
					}
				}
				rows = append(rows, row)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("reading rows: %v", err)
			}
		}
		reader.Close()
	}
	if int64(len(rows)) != f.NumRows() {
		t.Fatalf("the footer says %d rows, %d were read", f.NumRows(), len(rows))
	}
	return rows
}

// fileType is the type of a column of the file.
func fileType(t testingT, s *schema.Schema, field parquet.Field) schema.Type {
	switch field.Name() {
	case schema.ColumnProcessingTimestamp:
		return schema.Type{Kind: schema.Timestamp}
	case schema.ColumnSourceFile, schema.ColumnRescuedData:
		return schema.Type{Kind: schema.String}
	}
	typ := s.Column(field.Name())
	if typ == nil {
		t.Fatalf("the file has a column %q that the schema does not have", field.Name())
	}
	return *typ
}

// An assembler assembles a row. It consumes the values of each leaf in order.
type assembler struct {
	values map[int][]parquet.Value
	leaf   int // the next leaf
}

// value assembles a value of type typ around which the levels are def and rep.
func (a *assembler) value(typ *schema.Type, def, rep int) any {
	first := a.leaf
	leaves := typ.Leaves()
	if a.values[first][0].DefinitionLevel() <= def {
		for i := first; i < first+leaves; i++ {
			a.values[i] = a.values[i][1:]
		}
		a.leaf = first + leaves
		return nil
	}
	switch typ.Kind {
	case schema.Struct:
		fields := map[string]any{}
		for i := range typ.Fields {
			if v := a.value(&typ.Fields[i].Type, def+1, rep); v != nil {
				fields[typ.Fields[i].Name] = v
			}
		}
		return fields
	case schema.List:
		elements := []any{}
		a.repeated(leaves, def, rep, func() { elements = append(elements, a.value(typ.Elem, def+2, rep+1)) })
		return elements
	case schema.Map:
		entries := map[string]any{}
		a.repeated(leaves, def, rep, func() {
			key := a.values[a.leaf][0].String()
			a.values[a.leaf] = a.values[a.leaf][1:]
			a.leaf++
			entries[key] = a.value(typ.Elem, def+2, rep+1)
		})
		return entries
	}
	v := a.values[first][0]
	a.values[first] = a.values[first][1:]
	a.leaf++
	return scalarOf(typ, v)
}

// repeated assembles the elements of a list or map.
func (a *assembler) repeated(leaves, def, rep int, element func()) {
	first := a.leaf
	if a.values[first][0].DefinitionLevel() == def+1 { // empty
		for i := first; i < first+leaves; i++ {
			a.values[i] = a.values[i][1:]
		}
		a.leaf = first + leaves
		return
	}
	for again := true; again; {
		a.leaf = first
		element()
		rest := a.values[first]
		again = len(rest) > 0 && rest[0].RepetitionLevel() == rep+1
	}
	a.leaf = first + leaves
}

func scalarOf(typ *schema.Type, v parquet.Value) any {
	switch typ.Kind {
	case schema.Bool:
		return v.Boolean()
	case schema.Int64, schema.Timestamp:
		return v.Int64()
	case schema.Double:
		return v.Double()
	case schema.String:
		return string(v.ByteArray())
	case schema.Date:
		return v.Int32()
	case schema.Decimal:
		unscaled := new(big.Int)
		switch {
		case typ.Precision <= 9:
			unscaled.SetInt64(int64(v.Int32()))
		case typ.Precision <= 18:
			unscaled.SetInt64(v.Int64())
		default:
			b := v.ByteArray()
			unscaled.SetBytes(b)
			if b[0] >= 0x80 {
				unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
		}
		return fmt.Sprintf("%se-%d", unscaled, typ.Scale)
	}
	panic(fmt.Sprintf("no scalar: %v", typ.Kind))
}
