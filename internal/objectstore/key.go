package objectstore

import (
	"fmt"
	"strings"
)

// CheckKey returns an ErrBadKey that says why, if no backend can hold key: it is empty, contains NUL, or has an element that is
// empty (so it begins or ends with a slash, or has two in a row), "." or "..". Such a key may be listed, but every other
// method refuses it, since a server or a file system might take it for another key's. A backend may refuse more.
func CheckKey(key string) error {
	reason := ""
	switch {
	case key == "":
		reason = "it is empty"
	case strings.ContainsRune(key, 0):
		reason = "it contains NUL"
	default:
		for element := range strings.SplitSeq(key, "/") {
			if element == "" || element == "." || element == ".." {
				reason = fmt.Sprintf("it has the element %q", element)
				break
			}
		}
	}
	if reason == "" {
		return nil
	}
	return &KeyError{Key: key, Reason: reason}
}

// A KeyError says why a key is an ErrBadKey.
type KeyError struct{ Key, Reason string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("%v %q: %s", ErrBadKey, e.Key, e.Reason)
}

// Is makes every KeyError an ErrBadKey.
func (e *KeyError) Is(target error) bool { return target == ErrBadKey }
