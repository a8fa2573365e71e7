//go:build !linux

package scratch

import (
	"errors"
	"os"
)

func createLinkable(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func link(*os.File, string) error { return errors.ErrUnsupported }
