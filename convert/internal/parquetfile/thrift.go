package parquetfile

import "encoding/binary"

// A compactWriter appends values in Thrift's compact protocol. The few rules that the metadata
// needs are implemented here, because parquet-go's structs lack the flags that distinguish a
// truncated bound from an exact one, and need reflection for each page header.
type compactWriter struct {
	buf  []byte
	last []int16 // last field id of each open struct
}

// Thrift's compact type codes.
const (
	typeTrue   = 1
	typeFalse  = 2
	typeI32    = 5
	typeI64    = 6
	typeBinary = 8
	typeList   = 9
	typeStruct = 12
)

func (w *compactWriter) beginStruct() { w.last = append(w.last, 0) }

func (w *compactWriter) endStruct() {
	w.buf = append(w.buf, 0)
	w.last = w.last[:len(w.last)-1]
}

func (w *compactWriter) field(id int16, kind byte) {
	top := &w.last[len(w.last)-1]
	if delta := id - *top; delta > 0 && delta <= 15 {
		w.buf = append(w.buf, byte(delta)<<4|kind)
	} else {
		w.buf = append(w.buf, kind)
		w.varint(int64(id))
	}
	*top = id
}

func (w *compactWriter) varint(v int64) { w.buf = binary.AppendVarint(w.buf, v) } // zigzag

func (w *compactWriter) binary(b []byte) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(b)))
	w.buf = append(w.buf, b...)
}

func (w *compactWriter) listHeader(n int, kind byte) {
	if n < 15 {
		w.buf = append(w.buf, byte(n)<<4|kind)
		return
	}
	w.buf = append(w.buf, 0xf0|kind)
	w.buf = binary.AppendUvarint(w.buf, uint64(n))
}

func (w *compactWriter) boolField(id int16, v bool) {
	if v {
		w.field(id, typeTrue)
	} else {
		w.field(id, typeFalse)
	}
}

func (w *compactWriter) i32Field(id int16, v int32) {
	w.field(id, typeI32)
	w.varint(int64(v))
}

func (w *compactWriter) i64Field(id int16, v int64) {
	w.field(id, typeI64)
	w.varint(v)
}

func (w *compactWriter) binaryField(id int16, b []byte) {
	w.field(id, typeBinary)
	w.binary(b)
}

func (w *compactWriter) stringField(id int16, s string) {
	w.field(id, typeBinary)
	w.string(s)
}

func (w *compactWriter) string(s string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *compactWriter) listField(id int16, n int, kind byte) {
	w.field(id, typeList)
	w.listHeader(n, kind)
}

// emptyStructField appends a struct without fields, as most logical types are.
func (w *compactWriter) emptyStructField(id int16) {
	w.field(id, typeStruct)
	w.buf = append(w.buf, 0)
}

func (w *compactWriter) structField(id int16) {
	w.field(id, typeStruct)
	w.beginStruct()
}
