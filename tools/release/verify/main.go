// Command verify checks the files of a release that need Go's libraries to read: the container
// image, the software bills of materials and the Linux packages.
//
//	verify REPOSITORY RELEASE
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: verify REPOSITORY RELEASE")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

func verify(repository, release string) error {
	var problems []error
	for _, kind := range []struct {
		pattern string
		check   func(name string) error
	}{
		{"*_oci.tar", verifyImage},
		{"*.cdx.json", func(name string) error { return verifyBOM(repository, name) }},
		{"*.rpm", verifyRPM},
		{"*.apk", verifyAPK},
	} {
		names, err := filepath.Glob(filepath.Join(release, kind.pattern))
		if err != nil {
			return err
		}
		if len(names) == 0 {
			problems = append(problems, fmt.Errorf("%s has no %s", release, kind.pattern))
		}
		for _, name := range names {
			problems = append(problems, kind.check(name))
		}
	}
	return errors.Join(problems...)
}
