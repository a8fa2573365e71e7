package dirstore

import (
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"ndjson-parquet/internal/objectstore"
)

// checkKey is objectstore.CheckKey with the restrictions of file systems.
func checkKey(key string) error {
	if err := objectstore.CheckKey(key); err != nil {
		return err
	}
	if key == tempFolder || strings.HasPrefix(key, tempFolder+"/") {
		return &objectstore.KeyError{Key: key, Reason: "it is in the store's directory for temporary files"}
	}
	if runtime.GOOS == "windows" {
		return checkWindowsKey(key)
	}
	return nil
}

// checkWindowsKey refuses names that have another meaning on Windows: devices (NUL, COM1), streams
// (a:b), separators, and names whose end Windows would cut off silently.
func checkWindowsKey(key string) error {
	reason := ""
	if i := strings.IndexAny(key, `<>:"\|?*`); i >= 0 {
		reason = "Windows does not allow " + key[i:i+1] + " in a name"
	}
	for element := range strings.SplitSeq(key, "/") {
		if strings.HasSuffix(element, ".") || strings.HasSuffix(element, " ") {
			reason = "on Windows a name cannot end with a dot or a space"
		}
		if isDevice(element) {
			reason = element + " is a device on Windows"
		}
	}
	if runtime.GOOS == "windows" && reason == "" && !filepath.IsLocal(filepath.FromSlash(key)) {
		reason = "it is not a plain file name on Windows"
	}
	if reason == "" {
		return nil
	}
	return &objectstore.KeyError{Key: key, Reason: reason}
}

// isDevice reports whether name is a device on Windows, whatever its extension and case.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(stem, port); ok && utf8.RuneCountInString(n) == 1 &&
			strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}

// unfinished are suffixes of files that programs are still writing.
var unfinished = []string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", "~"}

// Ignored reports whether List skips files and directories of this name (the last element of a
// path): hidden ones, whose name begins with a dot, and those that a program is still writing, by
// the suffix of their name.
func Ignored(name string) bool {
	if strings.HasPrefix(name, ".") {
		return true
	}
	name = strings.ToLower(name)
	for _, ending := range unfinished {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}
