package source

// A Note is something unusual about a source as a whole.
type Note struct {
	Kind   NoteKind
	Offset int64 // in the source before decompression; 0 if it concerns the whole
	Detail string
}

// A NoteKind names what a Note is about.
type NoteKind string

// The kinds.
const (
	ZeroPadding       NoteKind = "zero-padding"       // zeros after compressed data
	TrailingBytes     NoteKind = "trailing-bytes"     // other bytes after compressed data
	CompressedTwice   NoteKind = "compressed-twice"   // compressed data within compressed data
	UTF16             NoteKind = "utf-16"             // the text was in UTF-16
	NoRecordsPath     NoteKind = "no-records-path"    // documents without the array of records
	TruncatedDocument NoteKind = "truncated-document" // the last document is not complete
)

// notes are the notes of an input.
type notes struct{ all []Note }

func (n *notes) add(kind NoteKind, offset int64, detail string) {
	n.all = append(n.all, Note{kind, offset, detail})
}
