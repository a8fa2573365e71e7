package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/inspect"
)

// inspectRescued prints the rescued values and rejected lines of a file, or of all Parquet files
// and files of rejected lines below a directory, such as the root of a pipeline.
func (a *app) inspectRescued(path string) error {
	var groups inspect.Groups
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		err = addRescued(&groups, path)
	default:
		err = filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
			isRejected := strings.HasSuffix(file, ".ndjson") && strings.Contains(filepath.ToSlash(file), "/rejected/")
			if err != nil || e.IsDir() || !isRejected && !strings.HasSuffix(file, ".parquet") {
				return err
			}
			return addRescued(&groups, file)
		})
	}
	if err != nil {
		return err
	}
	all := groups.Sorted()
	if a.asJSON {
		return a.JSON(map[string]any{"groups": all})
	}
	if len(all) == 0 {
		a.Say("Nothing was rescued or rejected in %s.\n", path)
		return nil
	}
	t := a.NewTable("COLUMN", "REASON", "COUNT", "EXAMPLES")
	for _, g := range all {
		column, reason := g.Column, "rescued "+g.Reason
		if column == "" {
			column, reason = "(whole line)", "rejected: "+g.Reason
		}
		t.Row(cli.Text(column), cli.Text(reason), cli.Count(g.Count), cli.Text(strings.Join(g.Examples, "   ")))
	}
	t.Print()
	return nil
}

// addRescued adds a Parquet file or a file of rejected lines.
func addRescued(groups *inspect.Groups, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if strings.HasSuffix(path, ".ndjson") {
		err = groups.AddRejected(f)
	} else if info, statErr := f.Stat(); statErr != nil {
		err = statErr
	} else {
		err = groups.AddParquet(f, info.Size())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
