package scratch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/nameless"
)

// A Draft is a file that appears under its name only when it is complete. Until then it has no name
// where the system can do that (Linux), and a hidden one beside it elsewhere, which stays if the
// process is killed.
type Draft struct {
	path string
	file *os.File
	temp string // the file's present name; empty: it has none
}

// NewDraft creates a draft of the file at path. Keep or Discard ends it.
func NewDraft(path string) (*Draft, error) {
	d := &Draft{path: path}
	dir, name := filepath.Split(path)
	var err error
	if d.file, err = nameless.CreateLinkable(filepath.Clean(dir)); err == nil {
		return d, nil
	}
	if d.file, err = os.CreateTemp(filepath.Clean(dir), "."+name+".*.tmp"); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	d.temp = d.file.Name()
	return d, nil
}

// Write implements io.Writer.
func (d *Draft) Write(p []byte) (int, error) { return d.file.Write(p) }

// Keep gives the draft its name, in place of a file that has it. The file is not synced to disk: it
// is whole when this process or another sees it, but a power cut may lose it.
func (d *Draft) Keep() error {
	if err := d.keep(); err != nil {
		return fmt.Errorf("write %s: %w", d.path, errors.Join(err, d.Discard()))
	}
	d.file = nil
	return nil
}

func (d *Draft) keep() error {
	if err := d.file.Chmod(0o644); err != nil {
		return err
	}
	if d.temp == "" { // a rename replaces the file that has the name; linking would not
		dir, name := filepath.Split(d.path)
		temp := filepath.Join(dir, "."+name+"."+rand.Text()+".tmp")
		if err := nameless.Link(d.file, temp); err != nil {
			return err
		}
		d.temp = temp
	}
	if err := d.file.Close(); err != nil {
		return err
	}
	return os.Rename(d.temp, d.path)
}

// Discard removes a draft that was not kept. After Keep it does nothing.
func (d *Draft) Discard() error {
	if d.file == nil {
		return nil
	}
	_ = d.file.Close() // it may be closed already, and its content is not wanted
	d.file = nil
	if d.temp == "" {
		return nil
	}
	return os.Remove(d.temp)
}
