package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The names of the system columns, which follow all others.
const (
	ColumnProcessingTimestamp = "_processing_timestamp"
	ColumnSourceFile          = "_source_file"
	ColumnRescuedData         = "_rescued_data"
)

// maxNameBytes is the length of the longest name, which is the limit of the Glue catalog.
const maxNameBytes = 255

// ValidName reports whether a name is valid for a column or, if top is false, for a struct field.
// Names are UTF-8 text of 1 to 255 bytes without control characters. The names of the system
// columns are not valid for a column, in any case.
func ValidName(name string, top bool) bool {
	if name == "" || len(name) > maxNameBytes || !utf8.ValidString(name) {
		return false
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return false
	}
	if top && name[0] == '_' {
		for _, reserved := range []string{ColumnProcessingTimestamp, ColumnSourceFile, ColumnRescuedData} {
			if strings.EqualFold(name, reserved) {
				return false
			}
		}
	}
	return true
}

// FoldName returns the same key for names that differ only in case, by Unicode simple folding.
func FoldName(name string) string {
	plain := true
	for i := range len(name) {
		if b := name[i]; b >= utf8.RuneSelf || 'A' <= b && b <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	return strings.Map(foldRune, name)
}

// foldRune returns the least rune of r's folding orbit, in lower case if it is an ASCII letter.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}
