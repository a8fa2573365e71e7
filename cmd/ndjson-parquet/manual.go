//go:build manual

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/cli"
)

// Built with the tag manual, the program writes its manual pages and shell completions into a
// folder. A release contains them; the tag keeps the generator out of the program. The date of the
// pages is the environment variable SOURCE_DATE_EPOCH, in seconds since 1970.
//
//	go run -tags manual ./cmd/ndjson-parquet DIRECTORY
func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ndjson-parquet DIRECTORY")
		os.Exit(cli.ExitUsage)
	}
	a := &app{Terminal: &cli.Terminal{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}}
	if err := writeManual(a.rootCommand(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(cli.ExitFailed)
	}
}

func writeManual(root *cobra.Command, folder string) error {
	root.DisableAutoGenTag = true
	root.InitDefaultCompletionCmd()
	pages, completions := filepath.Join(folder, "man", "man1"), filepath.Join(folder, "completions")
	for _, f := range []string{pages, completions} {
		if err := os.MkdirAll(f, 0o755); err != nil {
			return err
		}
	}
	header := &doc.GenManHeader{
		Title: "NDJSON-PARQUET", Section: "1", Source: "ndjson-parquet " + buildinfo.Version(), Manual: "User commands",
	}
	if os.Getenv("SOURCE_DATE_EPOCH") == "" {
		header.Date = new(time.Now().UTC())
	}
	if err := doc.GenManTree(root, header, pages); err != nil {
		return err
	}
	for name, generate := range map[string]func(io.Writer) error{
		"ndjson-parquet.bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"_ndjson-parquet":     root.GenZshCompletion,
		"ndjson-parquet.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"ndjson-parquet.ps1":  root.GenPowerShellCompletionWithDesc,
	} {
		if err := writeWith(filepath.Join(completions, name), generate); err != nil {
			return err
		}
	}
	return nil
}

func writeWith(name string, generate func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := generate(f); err != nil {
		return err
	}
	return f.Close()
}
