package objectstore

import (
	"fmt"
	"strings"
)

// CheckKey returns an ErrBadKey with a reason if no backend can have an object with this key: it is
// empty, contains NUL, or has an element that is empty (so it begins or ends with a slash, or has
// two in a row), "." or "..". Such a key may be listed, but every other method refuses it, because
// a server or a file system might take it for another key. A backend may refuse more keys.
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

// A KeyError is an ErrBadKey with its reason.
type KeyError struct{ Key, Reason string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("%v %q: %s", ErrBadKey, e.Key, e.Reason)
}

// Is reports whether target is ErrBadKey.
func (e *KeyError) Is(target error) bool { return target == ErrBadKey }
