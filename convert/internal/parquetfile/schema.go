package parquetfile

import (
	"fmt"
	"strings"
)

// A PhysicalType is the storage type of a leaf's values. The numbers are those of the format.
type PhysicalType int32

// The physical types in use. INT96 and FLOAT are never written.
const (
	Boolean           PhysicalType = 0
	Int32             PhysicalType = 1
	Int64             PhysicalType = 2
	Double            PhysicalType = 5
	ByteArray         PhysicalType = 6 // UTF-8 text
	FixedLenByteArray PhysicalType = 7 // big-endian two's complement decimals
)

// A Repetition is how often a node occurs in its parent. The numbers are those of the format.
type Repetition int32

// The repetitions.
const (
	Required Repetition = 0
	Optional Repetition = 1
	Repeated Repetition = 2
)

// A LogicalKind is the meaning of a node's values.
type LogicalKind uint8

// The logical kinds in use.
const (
	NoLogical       LogicalKind = iota
	StringUTF8                  // on ByteArray
	DecimalNumber               // on Int32, Int64 or FixedLenByteArray, with Precision and Scale
	DateDays                    // on Int32: days since 1970-01-01
	TimestampMicros             // on Int64: microseconds since 1970-01-01T00:00:00Z, UTC
	ListGroup                   // on a group
	MapGroup                    // on a group
)

// A LogicalType annotates a node. Precision and Scale belong to DecimalNumber.
type LogicalType struct {
	Kind             LogicalKind
	Precision, Scale int32
}

// A Node is an element of the schema tree: a leaf if it has no children, and otherwise a group. The
// repetition of the root is not written. Lists and maps have the standard three levels: see
// [ListOf] and [MapOf].
type Node struct {
	Name       string
	Repetition Repetition
	Logical    LogicalType
	Children   []*Node

	Physical   PhysicalType // leaves only
	TypeLength int          // bytes of a FixedLenByteArray
}

// ListOf returns a list of element, which it renames to "element", in the standard form of three
// levels.
func ListOf(name string, repetition Repetition, element *Node) *Node {
	element.Name = "element"
	return &Node{Name: name, Repetition: repetition, Logical: LogicalType{Kind: ListGroup}, Children: []*Node{
		{Name: "list", Repetition: Repeated, Children: []*Node{element}},
	}}
}

// MapOf returns a map from strings to value, which it renames to "value", in the standard form of
// three levels.
func MapOf(name string, repetition Repetition, value *Node) *Node {
	value.Name = "value"
	key := &Node{Name: "key", Repetition: Required, Physical: ByteArray, Logical: LogicalType{Kind: StringUTF8}}
	return &Node{Name: name, Repetition: repetition, Logical: LogicalType{Kind: MapGroup}, Children: []*Node{
		{Name: "key_value", Repetition: Repeated, Children: []*Node{key, value}},
	}}
}

// A Leaf is a column: a leaf of the schema tree with its path from the root and its highest levels.
type Leaf struct {
	Path       []string // without the root
	Physical   PhysicalType
	TypeLength int
	Logical    LogicalType
	MaxDef     uint8
	MaxRep     uint8
}

// key identifies the leaf in a file. Names of columns have no NUL.
func (l *Leaf) key() string { return strings.Join(l.Path, "\x00") }

// String returns the name of the leaf in errors.
func (l *Leaf) String() string { return strings.Join(l.Path, ".") }

// width returns the number of bytes of a value in a [Chunk], or 0 if each value has its length
// before it.
func (l *Leaf) width() int {
	switch l.Physical {
	case Boolean:
		return 1
	case Int32:
		return 4
	case Int64, Double:
		return 8
	case FixedLenByteArray:
		return l.TypeLength
	}
	return 0
}

// sameStorage reports whether chunks of l are valid in a file whose schema has m at the same path.
func (l *Leaf) sameStorage(m *Leaf) bool {
	return l.Physical == m.Physical && l.TypeLength == m.TypeLength && l.Logical == m.Logical &&
		l.MaxDef == m.MaxDef && l.MaxRep == m.MaxRep
}

// Leaves returns the leaf columns below root in the order of the schema.
func Leaves(root *Node) []Leaf {
	var leaves []Leaf
	for _, child := range root.Children {
		leaves = appendLeaves(leaves, child, nil, 0, 0)
	}
	return leaves
}

func appendLeaves(leaves []Leaf, n *Node, parents []string, def, rep uint8) []Leaf {
	path := append(parents[:len(parents):len(parents)], n.Name)
	switch n.Repetition {
	case Optional:
		def++
	case Repeated:
		def++
		rep++
	}
	if len(n.Children) == 0 {
		return append(leaves, Leaf{Path: path, Physical: n.Physical, TypeLength: n.TypeLength, Logical: n.Logical,
			MaxDef: def, MaxRep: rep})
	}
	for _, child := range n.Children {
		leaves = appendLeaves(leaves, child, path, def, rep)
	}
	return leaves
}

// check returns an error if the tree n is not valid.
func (n *Node) check() error {
	seen := make(map[string]bool, len(n.Children))
	for _, child := range n.Children {
		if child.Name == "" {
			return fmt.Errorf("parquet: a child of %q has no name", n.Name)
		}
		if seen[child.Name] {
			return fmt.Errorf("parquet: %q has two children named %q", n.Name, child.Name)
		}
		seen[child.Name] = true
		if err := child.check(); err != nil {
			return err
		}
	}
	return nil
}
