package dirstore

import (
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"ndjson-parquet/internal/objectstore"
)

// checkKey is objectstore.CheckKey and what a file system adds to it.
func checkKey(key string) error {
	if err := objectstore.CheckKey(key); err != nil {
		return err
	}
	if key == tempFolder || strings.HasPrefix(key, tempFolder+"/") {
		return &objectstore.KeyError{Key: key, Reason: "it lies in the store's own folder for temporary files"}
	}
	if runtime.GOOS == "windows" {
		return checkWindowsKey(key)
	}
	return nil
}

// checkWindowsKey refuses names that Windows gives another meaning: devices (NUL, COM1), streams (a:b), separators, and
// names whose end it would silently cut off.
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
		reason = "Windows does not see a plain file name in it"
	}
	if reason == "" {
		return nil
	}
	return &objectstore.KeyError{Key: key, Reason: reason}
}

// isDevice reports whether Windows takes name for a device, whatever its extension and case.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(stem, port); ok && utf8.RuneCountInString(n) == 1 && strings.ContainsAny(n, "0123456789¹²³") {
			return true
		}
	}
	return false
}

// unfinished are the endings that programs give a file while they write it.
var unfinished = []string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", "~"}

// Ignored reports whether List leaves out files and folders of this name (the last element of a path): hidden ones, whose
// name begins with a dot, and those that some program is still writing, by the ending of their name.
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
