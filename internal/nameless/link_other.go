//go:build !linux

package nameless

import (
	"errors"
	"os"
)

// CreateLinkable returns an error: only Linux can give a name to a file that has none.
func CreateLinkable(string) (*os.File, error) { return nil, errors.ErrUnsupported }

// Link returns an error.
func Link(*os.File, string) error { return errors.ErrUnsupported }
