// Command generate writes the example data set: a small web shop's order events of two days, as its
// services and partners would deliver them, with the flaws that real deliveries have.
//
//	go run ./examples/generate [DIRECTORY]
//
// DIRECTORY defaults to examples/input. The output depends on nothing but this code: no clock, no
// environment, a fixed seed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	directory := filepath.Join("examples", "input")
	if len(os.Args) > 1 {
		directory = os.Args[1]
	}
	if err := write(directory); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write generates the data set into directory, replacing files of the same names.
func write(directory string) error {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	for _, f := range dataSet() {
		stored, err := f.stored()
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := os.WriteFile(filepath.Join(directory, f.name), stored, 0o644); err != nil {
			return err
		}
	}
	return nil
}
