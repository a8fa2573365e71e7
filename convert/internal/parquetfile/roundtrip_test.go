package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// A column is what a test writes: one leaf's entries, row by row.
type column struct {
	leaf     Leaf
	node     *Node // top-level node that holds the leaf
	rows     int
	rowStart []int // index of each row's first entry
	def, rep []byte
	values   [][]byte // PLAIN, of the entries at MaxDef
}

func (c *column) chunk(from, to int, nilWhereAllowed bool) *Chunk {
	first, last := c.entry(from), c.entry(to)
	k := &Chunk{Rows: to - from, Entries: last - first}
	v := 0
	for i := range last {
		if c.def[i] == c.leaf.MaxDef {
			if i >= first {
				k.Values = append(k.Values, c.values[v]...)
				k.NonNull++
			}
			v++
		}
	}
	if !nilWhereAllowed || k.NonNull < k.Entries {
		k.Def = bytes.Clone(c.def[first:last])
	}
	if c.leaf.MaxRep > 0 {
		k.Rep = bytes.Clone(c.rep[first:last])
	}
	return k
}

func (c *column) entry(row int) int {
	if row == c.rows {
		return len(c.def)
	}
	return c.rowStart[row]
}

// encode appends the rows in chunks and overwrites each chunk afterwards, as a caller that reuses
// it would.
func (c *column) encode(e *ColumnEncoder, cuts []int, nilWhereAllowed bool) *EncodedColumn {
	from := 0
	for _, to := range append(cuts, c.rows) {
		k := c.chunk(from, to, nilWhereAllowed)
		e.Append(k)
		for _, b := range [][]byte{k.Def, k.Rep, k.Values} {
			for i := range b {
				b[i] = 0xaa
			}
		}
		from = to
	}
	return e.Finish()
}

var physicalTypes = []PhysicalType{Boolean, Int32, Int64, Double, ByteArray, FixedLenByteArray}

// genNode draws a top-level node with one leaf below any mix of structs, lists and maps' values.
func genNode(t *rapid.T, name string) *Node {
	physical := rapid.SampledFrom(physicalTypes).Draw(t, "type")
	leaf := &Node{Name: name, Physical: physical, Repetition: Optional}
	switch physical {
	case ByteArray:
		leaf.Logical = LogicalType{Kind: StringUTF8}
	case FixedLenByteArray:
		leaf.TypeLength = rapid.IntRange(1, 16).Draw(t, "length")
		leaf.Logical = LogicalType{Kind: DecimalNumber, Precision: 2, Scale: 1}
	case Int32:
		leaf.Logical = LogicalType{Kind: DateDays}
	}
	if rapid.Bool().Draw(t, "required") {
		leaf.Repetition = Required
	}
	n := leaf
	for range rapid.IntRange(0, 3).Draw(t, "depth") {
		repetition := rapid.SampledFrom([]Repetition{Required, Optional}).Draw(t, "repetition")
		if rapid.Bool().Draw(t, "list") {
			n = ListOf(name, repetition, n)
		} else {
			n.Name = "field"
			n = &Node{Name: name, Repetition: repetition, Children: []*Node{n}}
		}
	}
	return n
}

// genColumn draws rows of the column below node.
func genColumn(t *rapid.T, node *Node, rows int) *column {
	c := &column{node: node, rows: rows}
	c.leaf = Leaves(&Node{Children: []*Node{c.node}})[0]
	value := genValue(t, &c.leaf)
	nullsOf := rapid.SampledFrom([]int{0, 1, 5, 9, 10}).Draw(t, "nulls of 10")
	isNull := rapid.IntRange(0, 9)
	var fill func(n *Node, def, rep, level byte)
	fill = func(n *Node, def, rep, level byte) {
		times := 1
		switch n.Repetition {
		case Optional:
			if isNull.Draw(t, "null") < nullsOf {
				times = 0
			}
			def += byte(times)
		case Repeated:
			level++
			times = rapid.IntRange(0, 3).Draw(t, "elements")
			if times > 0 {
				def++
			}
		}
		if times == 0 {
			c.def, c.rep = append(c.def, def), append(c.rep, rep)
			return
		}
		for i := range times {
			if i > 0 {
				rep = level
			}
			if len(n.Children) > 0 {
				fill(n.Children[0], def, rep, level)
				continue
			}
			c.def, c.rep = append(c.def, def), append(c.rep, rep)
			c.values = append(c.values, value())
		}
	}
	for range rows {
		c.rowStart = append(c.rowStart, len(c.def))
		fill(c.node, 0, 0, 0)
	}
	return c
}

// genValue returns a function that draws PLAIN values, from few distinct ones or from many.
func genValue(t *rapid.T, leaf *Leaf) func() []byte {
	distinct := rapid.SampledFrom([]uint64{1, 2, 9, 300, math.MaxUint64}).Draw(t, "distinct")
	number := rapid.Uint64Range(0, distinct-1)
	return func() []byte {
		v := number.Draw(t, "value")
		switch leaf.Physical {
		case Boolean:
			return []byte{byte(v & 1)}
		case Int32:
			return binary.LittleEndian.AppendUint32(nil, uint32(v*0x9e3779b9))
		case Int64:
			return binary.LittleEndian.AppendUint64(nil, v*0x9e3779b97f4a7c15)
		case Double:
			if v == 1 {
				return binary.LittleEndian.AppendUint64(nil, 1<<63) // -0
			}
			return binary.LittleEndian.AppendUint64(nil, math.Float64bits(float64(int64(v))/8))
		case FixedLenByteArray:
			b := make([]byte, 8+leaf.TypeLength)
			binary.BigEndian.PutUint64(b, v*0x9e3779b97f4a7c15)
			return b[:leaf.TypeLength]
		}
		text := fmt.Sprintf("%x", v*0x9e3779b97f4a7c15)
		text = text[:v%uint64(len(text)+1)]
		if v%31 == 7 {
			text = string(bytes.Repeat([]byte("é"), 40)) + text
		}
		return plainText(text)
	}
}

func plainText(s string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(s))), s...)
}

func genCuts(t *rapid.T, rows int) []int {
	var cuts []int
	for at := 0; at < rows; {
		at += rapid.IntRange(0, max(1, rows/2)).Draw(t, "cut")
		if at < rows {
			cuts = append(cuts, at)
		}
	}
	return cuts
}

func genOptions(t *rapid.T) EncoderOptions {
	return EncoderOptions{
		Codec:           rapid.SampledFrom([]Codec{Uncompressed, Snappy, Gzip, Zstd}).Draw(t, "codec"),
		PageRows:        rapid.SampledFrom([]int{1, 7, 50, 1000}).Draw(t, "page rows"),
		PageBytes:       rapid.SampledFrom([]int{1, 100, 1000, 1 << 20}).Draw(t, "page bytes"),
		DictionaryBytes: rapid.SampledFrom([]int{0, 64, 500}).Draw(t, "dictionary bytes"),
	}
}

// TestRoundTrip writes random columns over several row groups, some of which lack some columns, and
// reads the levels and values back with parquet-go.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := genOptions(t)
		var out bytes.Buffer
		w := NewWriter(&out, WriterOptions{Codec: opts.Codec, CreatedBy: "ndjson-parquet version test",
			KeyValueMetadata: []KeyValue{{"k", "v"}}})
		columns := rapid.IntRange(1, 3).Draw(t, "columns")
		root := &Node{Name: "schema"}
		protos := make([]*column, columns)
		for i := range protos {
			protos[i] = genColumn(t, genNode(t, fmt.Sprintf("c%d", i)), 0)
			root.Children = append(root.Children, protos[i].node)
		}
		var want [][]*column // by row group and column; nil if missing
		for range rapid.IntRange(0, 3).Draw(t, "row groups") {
			rows := rapid.IntRange(1, 120).Draw(t, "rows")
			group := make([]*column, columns)
			var encoded []*EncodedColumn
			for i := range group {
				if protos[i].leaf.MaxDef > 0 && rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
					continue
				}
				group[i] = genColumn(t, protos[i].node, rows)
				e := NewColumnEncoder(group[i].leaf, opts)
				encoded = append(encoded, group[i].encode(e, genCuts(t, rows), rapid.Bool().Draw(t, "nil levels")))
			}
			if err := w.WriteRowGroup(encoded, rows); err != nil {
				t.Fatal(err)
			}
			for i, c := range group {
				if c == nil {
					group[i] = &column{leaf: protos[i].leaf, rows: rows, def: make([]byte, rows),
						rep: make([]byte, rows)}
				}
			}
			want = append(want, group)
		}
		if err := w.Close(root); err != nil {
			t.Fatal(err)
		}
		compareFile(t, out.Bytes(), want)
	})
}

func compareFile(t *rapid.T, file []byte, want [][]*column) {
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	if got := f.Metadata().CreatedBy; got != "ndjson-parquet version test" {
		t.Fatalf("created_by is %q", got)
	}
	groups := f.RowGroups()
	if len(groups) != len(want) {
		t.Fatalf("%d row groups, want %d", len(groups), len(want))
	}
	for g, group := range groups {
		for i, chunk := range group.ColumnChunks() {
			compareChunk(t, chunk, want[g][i])
		}
	}
}

func compareChunk(t *rapid.T, chunk parquet.ColumnChunk, want *column) {
	pages := chunk.Pages()
	defer pages.Close()
	entry, value, row := 0, 0, 0
	offsets, err := chunk.OffsetIndex()
	if err != nil {
		t.Fatalf("%s: offset index: %v", want.leaf.String(), err)
	}
	columnIndex, err := chunk.ColumnIndex()
	if err != nil {
		t.Fatalf("%s: column index: %v", want.leaf.String(), err)
	}
	for n := 0; ; n++ {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: page %d: %v", want.leaf.String(), n, err)
		}
		if got := offsets.FirstRowIndex(n); got != int64(row) {
			t.Fatalf("%s: page %d begins at row %d, its index says %d", want.leaf.String(), n, row, got)
		}
		row += int(page.NumRows())
		if columnIndex.NullCount(n) != page.NumNulls() {
			t.Fatalf("%s: page %d has %d nulls, its index says %d", want.leaf.String(), n, page.NumNulls(),
				columnIndex.NullCount(n))
		}
		values := make([]parquet.Value, page.NumValues())
		if got, err := page.Values().ReadValues(values); got != len(values) || err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%s: page %d: %d of %d values: %v", want.leaf.String(), n, got, len(values), err)
		}
		for _, v := range values {
			if entry >= len(want.def) {
				t.Fatalf("%s: more than %d entries", want.leaf.String(), len(want.def))
			}
			if v.DefinitionLevel() != int(want.def[entry]) || v.RepetitionLevel() != int(want.rep[entry]) {
				t.Fatalf("%s: entry %d has levels D%d R%d, want D%d R%d", want.leaf.String(), entry,
					v.DefinitionLevel(), v.RepetitionLevel(), want.def[entry], want.rep[entry])
			}
			if want.def[entry] == want.leaf.MaxDef {
				expected := want.values[value]
				if got := plainOf(&want.leaf, v); !bytes.Equal(got, expected) {
					t.Fatalf("%s: value %d is %x, want %x", want.leaf.String(), value, got, expected)
				}
				raw := expected
				if want.leaf.Physical == ByteArray {
					raw = raw[4:]
				}
				lo, hi := columnIndex.MinValue(n), columnIndex.MaxValue(n)
				if compareValues(&want.leaf, rawOf(&want.leaf, lo), raw) > 0 ||
					compareValues(&want.leaf, rawOf(&want.leaf, hi), raw) < 0 {
					t.Fatalf("%s: page %d: %x is not within %v and %v", want.leaf.String(), n, raw, lo, hi)
				}
				value++
			}
			entry++
		}
		parquet.Release(page)
	}
	if entry != len(want.def) || value != len(want.values) {
		t.Fatalf("%s: %d entries and %d values, want %d and %d", want.leaf.String(), entry, value, len(want.def),
			len(want.values))
	}
}

func rawOf(leaf *Leaf, v parquet.Value) []byte {
	b := plainOf(leaf, v)
	if leaf.Physical == ByteArray {
		return b[4:]
	}
	return b
}

func plainOf(leaf *Leaf, v parquet.Value) []byte {
	switch leaf.Physical {
	case Boolean:
		if v.Boolean() {
			return []byte{1}
		}
		return []byte{0}
	case Int32:
		return binary.LittleEndian.AppendUint32(nil, uint32(v.Int32()))
	case Int64:
		return binary.LittleEndian.AppendUint64(nil, uint64(v.Int64()))
	case Double:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v.Double()))
	case FixedLenByteArray:
		return bytes.Clone(v.ByteArray())
	}
	return plainText(string(v.ByteArray()))
}
