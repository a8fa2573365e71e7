package convert

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
