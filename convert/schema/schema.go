// Package schema has the types of a dataset's columns: a [Schema] is an ordered list of named
// columns, each with a [Type].
//
// Schemas are written and parsed as Spark and Athena DDL ([ParseDDL], [Schema.DDL]), and in JSON as
// a list of names and DDL types. A published schema is only ever extended: see [Schema.Merge] and
// [Schema.Covers].
package schema

// A Kind is a kind of type.
type Kind uint8

// The kinds. None is the kind of a column that has had no value with a type yet; it is never
// written. Timestamp, Date and Decimal occur only in declared schemas; they are never learnt.
const (
	None Kind = iota
	Bool
	Int64
	Double
	String
	Timestamp // microseconds since 1970-01-01T00:00:00Z; Epoch says which numbers are accepted
	Date      // days since 1970-01-01
	Decimal   // with Precision and Scale
	Struct
	List
	Map // from strings to Elem
)

// A Type is the type of a column, of a struct field, or of the elements of a list or map. A Type
// must not be changed once it is part of a Schema.
type Type struct {
	Kind             Kind
	Precision, Scale int     // Decimal
	Epoch            Epoch   // Timestamp
	Fields           []Field // Struct
	Elem             *Type   // List's element, Map's value
}

// An Epoch is the unit of the JSON numbers that a timestamp column accepts, which count from
// 1970-01-01T00:00:00Z. It does not affect how values are stored.
type Epoch uint8

// The units. A column with NoEpoch accepts no numbers.
const (
	NoEpoch Epoch = iota
	EpochSeconds
	EpochMillis
	EpochMicros
	EpochNanos
)

// A Field is a column of a schema or a field of a struct.
type Field struct {
	Name string
	Type Type
}

// A Schema is an ordered list of columns.
type Schema struct {
	Columns []Field
}
