package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Extensions are the extensions that the names of input files may have, in lower case and without
// that of a compression: ".ndjson" also stands for ".ndjson.gz" and ".NDJSON". The extension "*"
// stands for every name. The zero value means DefaultExtensions.
type Extensions []string

// DefaultExtensions are the extensions that a pipeline accepts if no others are set.
func DefaultExtensions() Extensions { return Extensions{".ndjson", ".jsonl"} }

// AnyExtension stands for every name.
const AnyExtension = "*"

// compressedExtensions are the extensions of the compressions that the converter reads. It detects
// the compression by the first bytes; the extension is only part of the name.
var compressedExtensions = []string{".gz", ".gzip", ".zst", ".zstd"}

// ParseExtensions parses a list with commas, such as ".ndjson,.jsonl". The dot may be missing.
func ParseExtensions(text string) (Extensions, error) {
	var e Extensions
	for word := range strings.SplitSeq(text, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		if word != AnyExtension {
			word = "." + strings.TrimPrefix(word, ".")
		}
		switch {
		case word == "." || strings.ContainsAny(word, "/\\ ") || word != AnyExtension && strings.Contains(word, "*"):
			return nil, fmt.Errorf("%q is not an extension such as .ndjson", word)
		case slices.Contains(compressedExtensions, word):
			return nil, fmt.Errorf("%s is a compression, which is accepted after every extension", word)
		case !slices.Contains(e, word):
			e = append(e, word)
		}
	}
	return e, nil
}

// String returns the list that ParseExtensions parses.
func (e Extensions) String() string { return strings.Join(e.orDefault(), ",") }

func (e Extensions) orDefault() Extensions {
	if len(e) == 0 {
		return DefaultExtensions()
	}
	return e
}

// Match reports whether a file's name has one of the extensions, in any case, and perhaps that of a
// compression after it.
func (e Extensions) Match(name string) bool {
	name, _ = cutCompression(strings.ToLower(name))
	for _, extension := range e.orDefault() {
		if extension == AnyExtension || strings.HasSuffix(name, extension) {
			return true
		}
	}
	return false
}

// Describe returns the extensions as a phrase: ".ndjson or .jsonl, plain or compressed (.gz,
// .zst)".
func (e Extensions) Describe() string {
	e = e.orDefault()
	words := strings.Join(e[:len(e)-1], ", ")
	if words != "" {
		words += " or "
	}
	return words + e[len(e)-1] + ", plain or compressed (.gz, .zst)"
}

// cutCompression returns a name in lower case without the extension of a compression, and whether
// it had one.
func cutCompression(name string) (string, bool) {
	for _, extension := range compressedExtensions {
		if stem, ok := strings.CutSuffix(name, extension); ok {
			return stem, true
		}
	}
	return name, false
}

// WithoutCompression returns a key without the extension of a compression.
func WithoutCompression(key string) string {
	stem, _ := cutCompression(strings.ToLower(key))
	return key[:len(stem)]
}

// isCompressed reports whether the name of an object is that of a compressed file.
func isCompressed(key string) bool {
	_, ok := cutCompression(strings.ToLower(key))
	return ok
}

// markers are the names of objects that programs leave beside data, in lower case.
var markers = []string{"_success", "_metadata", "_common_metadata", "_temporary", "thumbs.db", "desktop.ini"}

// IsMarker reports whether a key is that of an object that accompanies data and has none: a hidden
// file, such as .DS_Store, ._a.ndjson or .part-0.crc, the marker of a finished job, such as
// _SUCCESS, or the marker of a folder, whose key ends with a slash. Markers are neither admitted
// nor quarantined.
func IsMarker(key string) bool {
	if strings.HasSuffix(key, "/") {
		return true
	}
	for element := range strings.SplitSeq(key, "/") {
		if strings.HasPrefix(element, ".") && element != "." && element != ".." {
			return true
		}
	}
	name := strings.ToLower(path.Base(key))
	return slices.Contains(markers, name) || strings.HasPrefix(name, "_committed_") ||
		strings.HasPrefix(name, "_started_")
}
