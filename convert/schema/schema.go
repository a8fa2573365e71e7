// Package schema has the types of a dataset's columns: a [Schema] is an ordered list of named columns, each with a [Type].
//
// Schemas are written and parsed as Spark and Athena DDL ([ParseDDL], [Schema.DDL]), and in JSON as a list of names and DDL
// types. A published schema is only ever extended: see [Schema.Merge] and [Schema.Covers].
package schema

// A Kind is the kind of a column's type.
type Kind uint8

// The kinds of types. None is the type of a column that has had no typed value yet; it is never written.
const (
	None Kind = iota
	Bool
	Int64
	Double
	String
	Timestamp // microseconds, UTC; only declared
	Date      // only declared
	Decimal   // only declared; Precision up to 38
	Struct
	List
	Map // string keys; only declared
)

// A Type is a column's type. Types are immutable once shared.
type Type struct {
	Kind             Kind
	Precision, Scale int     // Decimal
	Fields           []Field // Struct
	Elem             *Type   // List's element, Map's value
}

// A Field is a named column, or a field of a struct.
type Field struct {
	Name string
	Type Type
}

// A Schema is an ordered list of columns.
type Schema struct {
	Columns []Field
}
