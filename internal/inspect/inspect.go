// Package inspect describes a Parquet file by its footer and reads its first rows.
package inspect

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// A Description is the content of a Parquet file's footer.
type Description struct {
	Rows      int64             `json:"rows"`
	Size      int64             `json:"size_bytes"`
	RowGroups int               `json:"row_groups"`
	CreatedBy string            `json:"created_by"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Columns   []Column          `json:"columns"` // leaves, in the order of the file
}

// A Column is a leaf column over all row groups.
type Column struct {
	Path         string   `json:"path"` // with dots, as in the file: lists have list.element
	Type         string   `json:"type"` // physical, and logical where there is one
	Optional     bool     `json:"optional"`
	Codec        string   `json:"codec"`
	Encodings    []string `json:"encodings"`
	Values       int64    `json:"values"` // nulls included
	Nulls        int64    `json:"nulls"`
	Compressed   int64    `json:"compressed_bytes"`
	Uncompressed int64    `json:"uncompressed_bytes"`
	Min          string   `json:"min,omitempty"` // by the statistics, empty without any
	Max          string   `json:"max,omitempty"`
}

// Describe reads the footer of a Parquet file of size bytes.
func Describe(r io.ReaderAt, size int64) (Description, error) {
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return Description{}, fmt.Errorf("read the Parquet footer: %w", err)
	}
	meta := f.Metadata()
	d := Description{Rows: meta.NumRows, Size: size, RowGroups: len(meta.RowGroups), CreatedBy: meta.CreatedBy,
		Metadata: map[string]string{}}
	for _, kv := range meta.KeyValueMetadata {
		d.Metadata[kv.Key] = kv.Value
	}
	for i, path := range f.Schema().Columns() {
		leaf, _ := f.Schema().Lookup(path...)
		d.Columns = append(d.Columns, describeColumn(f, i, strings.Join(path, "."), leaf.Node))
	}
	return d, nil
}

func describeColumn(f *parquet.File, i int, path string, node parquet.Node) Column {
	c := Column{Path: path, Type: node.Type().String(), Optional: node.Optional()}
	var least, most parquet.Value
	bounded := false
	for g, group := range f.Metadata().RowGroups {
		meta := group.Columns[i].MetaData
		c.Codec = meta.Codec.String()
		c.Values += meta.NumValues
		c.Nulls += meta.Statistics.NullCount
		c.Compressed += meta.TotalCompressedSize
		c.Uncompressed += meta.TotalUncompressedSize
		for _, e := range meta.Encoding {
			if !slices.Contains(c.Encodings, e.String()) {
				c.Encodings = append(c.Encodings, e.String())
			}
		}
		chunk, ok := f.RowGroups()[g].ColumnChunks()[i].(*parquet.FileColumnChunk)
		if !ok {
			continue
		}
		low, high, ok := chunk.Bounds()
		if !ok {
			continue
		}
		if !bounded || node.Type().Compare(low, least) < 0 {
			least = low.Clone()
		}
		if !bounded || node.Type().Compare(high, most) > 0 {
			most = high.Clone()
		}
		bounded = true
	}
	if bounded {
		c.Min, c.Max = shorten(bound(node, least)), shorten(bound(node, most))
	}
	return c
}

// shownBound is the length in bytes up to which a bound is shown completely.
const shownBound = 40

func shorten(s string) string {
	if len(s) <= shownBound {
		return s
	}
	return strings.ToValidUTF8(s[:shownBound], "") + "…"
}

// bound returns a statistic in readable form.
func bound(node parquet.Node, v parquet.Value) string {
	switch v.Kind() {
	case parquet.Int64:
		return fmt.Sprint(readable(node, v.Int64()))
	case parquet.Int32:
		return fmt.Sprint(readable(node, v.Int32()))
	}
	return v.String()
}
