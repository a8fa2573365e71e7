// Package parquetschema says how the types of a schema are stored in Parquet.
package parquetschema

import (
	"math/big"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// The leaves of the system columns.
var (
	ProcessingTimestamp = parquetfile.Leaf{Path: []string{schema.ColumnProcessingTimestamp},
		Physical: parquetfile.Int64,
		Logical:  parquetfile.LogicalType{Kind: parquetfile.TimestampMicros}, MaxDef: 1}
	SourceFile = parquetfile.Leaf{Path: []string{schema.ColumnSourceFile}, Physical: parquetfile.ByteArray,
		Logical: parquetfile.LogicalType{Kind: parquetfile.StringUTF8}, MaxDef: 1}
	RescuedData = parquetfile.Leaf{Path: []string{schema.ColumnRescuedData}, Physical: parquetfile.ByteArray,
		Logical: parquetfile.LogicalType{Kind: parquetfile.StringUTF8}, MaxDef: 1}
)

// Scalar returns the leaf node of an optional field of a scalar type.
func Scalar(name string, t *schema.Type) *parquetfile.Node {
	n := &parquetfile.Node{Name: name, Repetition: parquetfile.Optional}
	switch t.Kind {
	case schema.Bool:
		n.Physical = parquetfile.Boolean
	case schema.Int64:
		n.Physical = parquetfile.Int64
	case schema.Double:
		n.Physical = parquetfile.Double
	case schema.String:
		n.Physical = parquetfile.ByteArray
		n.Logical.Kind = parquetfile.StringUTF8
	case schema.Timestamp:
		n.Physical = parquetfile.Int64
		n.Logical.Kind = parquetfile.TimestampMicros
	case schema.Date:
		n.Physical = parquetfile.Int32
		n.Logical.Kind = parquetfile.DateDays
	case schema.Decimal:
		n.Logical = parquetfile.LogicalType{Kind: parquetfile.DecimalNumber,
			Precision: int32(t.Precision), Scale: int32(t.Scale)}
		switch {
		case t.Precision <= 9:
			n.Physical = parquetfile.Int32
		case t.Precision <= 18:
			n.Physical = parquetfile.Int64
		default:
			n.Physical, n.TypeLength = parquetfile.FixedLenByteArray, DecimalBytes(t.Precision)
		}
	}
	return n
}

// Field returns the node of an optional field of any type.
func Field(name string, t *schema.Type) *parquetfile.Node {
	switch t.Kind {
	case schema.Struct:
		n := &parquetfile.Node{Name: name, Repetition: parquetfile.Optional}
		for i := range t.Fields {
			n.Children = append(n.Children, Field(t.Fields[i].Name, &t.Fields[i].Type))
		}
		return n
	case schema.List:
		return parquetfile.ListOf(name, parquetfile.Optional, Field("element", t.Elem))
	case schema.Map:
		return parquetfile.MapOf(name, parquetfile.Optional, Field("value", t.Elem))
	}
	return Scalar(name, t)
}

// DecimalBytes is the least number of bytes for the two's complement of any decimal of the
// precision.
func DecimalBytes(precision int) int {
	largest := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	return (largest.BitLen() + 8) / 8
}
