package objectstore

import (
	"fmt"
	"strings"
)

// MaxKeyLength is the longest key any backend takes, in bytes. It is S3's.
const MaxKeyLength = 1024

// CheckKey returns an ErrBadKey that says why, if no backend can hold key: it is empty, too long, begins or ends with a
// slash, contains NUL, or has an element that is empty, "." or "..". A backend may refuse more.
func CheckKey(key string) error {
	reason := ""
	switch {
	case key == "":
		reason = "it is empty"
	case len(key) > MaxKeyLength:
		reason = fmt.Sprintf("it has %d bytes, more than %d", len(key), MaxKeyLength)
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
