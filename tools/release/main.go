// Command release builds the release files of ndjson-parquet into a folder: archives, Linux
// packages, Python wheels and a container image, with software bills of materials and checksums.
// The same commit, version and Go toolchain give the same bytes on any machine. docs/RELEASE.md
// describes the files.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "release:", err)
		}
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	root := flags.String("root", ".", "the repository")
	output := flags.String("output", "", "the folder to create (default dist/VERSION in the repository)")
	names := flags.String("platforms", "", "build only these, as in linux/amd64,darwin/arm64 (default all)")
	flags.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: release [flags] [VERSION]\n\n"+
			"VERSION is that of the commit's tag by default, 0.0.0-dev where it has none.")
		flags.PrintDefaults()
	}
	// VERSION may stand before, between or after the flags.
	var positional []string
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return err
		}
		if args = flags.Args(); len(args) > 0 {
			positional, args = append(positional, args[0]), args[1:]
		}
	}
	if len(positional) > 1 {
		return fmt.Errorf("one VERSION at most, got %q", positional)
	}
	platforms, err := parsePlatforms(*names)
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(*root)
	if err != nil {
		return err
	}
	source, err := readSource(folder, strings.Join(positional, ""))
	if err != nil {
		return err
	}
	if *output == "" {
		*output = filepath.Join(folder, "dist", source.version)
	}
	return build(source, platforms, *output)
}

// build creates output and makes all files of the release in it. A failure leaves no folder behind.
func build(source source, platforms []platform, output string) (err error) {
	started := time.Now()
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(output, 0o755); err != nil {
		return fmt.Errorf("the release needs a new folder: %w", err)
	}
	work, err := os.MkdirTemp("", "ndjson-parquet-release-")
	if err != nil {
		return err
	}
	defer func() {
		_ = os.RemoveAll(work)
		if err != nil {
			_ = os.RemoveAll(output)
		}
	}()
	fmt.Printf("ndjson-parquet %s (build %s)\n", source.version, source.revision)
	manual, err := source.buildManual(filepath.Join(work, "manual"))
	if err != nil {
		return err
	}
	var products []product
	for _, platform := range platforms {
		fmt.Println("building", platform)
		p, err := newProduct(source, platform, manual, work)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if err := p.write(output); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		products = append(products, p)
	}
	if err := writeImage(source, products, work, output); err != nil {
		return fmt.Errorf("container image: %w", err)
	}
	if err := writeChecksums(output); err != nil {
		return err
	}
	fmt.Printf("%s is complete after %.0f s\n", output, time.Since(started).Seconds())
	return nil
}
