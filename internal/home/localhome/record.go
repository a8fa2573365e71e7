package localhome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/pipeline"
)

// RecordName is the file in a root that records where its parts are. It is created with the ledger,
// and only Move changes it.
const RecordName = "root.json"

// A Root is what a root directory records: the places of its parts and what must not change while
// it is in use. Each part of the record that is empty has not been recorded.
type Root struct {
	Places home.Places
	// Compression is part of the outputs' names: another one would publish an interrupted batch
	// under a second name.
	Compression string
	// DatePattern and DateTimezone are the texts of these settings. They decide the dates of files:
	// with other dates, files that were processed would be taken for new.
	DatePattern, DateTimezone string
}

// A record is the content of the file. Paths inside the root are relative to it, so that the root
// can be moved as a whole.
type record struct {
	Format      int    `json:"format"`
	Input       string `json:"input"`
	Manifests   string `json:"manifests"`
	Output      string `json:"output"`
	Quarantine  string `json:"quarantine"`
	Ledger      string `json:"ledger"`
	Compression string `json:"compression"`
	// Records of earlier versions have neither: dates were at the start of names.
	DatePattern  string `json:"date_pattern,omitempty"`
	DateTimezone string `json:"date_timezone,omitempty"`
}

// recordFormat is the version of the file's format.
const recordFormat = 1

// A ChangedError says that a root is used with another place or setting than the one it records.
type ChangedError struct {
	Root string
	// the flag: input, manifests, output, quarantine, ledger, compression, date-pattern or
	// date-timezone
	What     string
	Recorded string
	Given    string
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the %s of %s is %s, not %s", e.What, e.Root, e.Recorded, e.Given)
}

// Recorded returns what a root records, with absolute places. The error is fs.ErrNotExist if the
// root has no record.
func Recorded(ctx context.Context, root string) (Root, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return Root{}, fmt.Errorf("root %s: %w", root, err)
	}
	return readRecord(ctx, abs)
}

// Find returns what a root records, with what is given laid over it; what neither has is at its
// default place in the root. The input may differ from the recorded one. Everything else must not:
// the error is then a *ChangedError.
func Find(ctx context.Context, given Root) (Root, error) {
	root, err := filepath.Abs(given.Places.Root)
	if err != nil {
		return Root{}, fmt.Errorf("root %s: %w", given.Places.Root, err)
	}
	recorded, err := readRecord(ctx, root)
	if errors.Is(err, fs.ErrNotExist) {
		places, err := Resolve(given.Places)
		given.Places = places
		return given, err
	}
	if err != nil {
		return Root{}, err
	}
	found := given.over(recorded)
	if found.Places, err = Resolve(found.Places); err != nil {
		return Root{}, err
	}
	return found, found.check(recorded)
}

// over returns r with its empty parts taken from s.
func (r Root) over(s Root) Root {
	for _, part := range []struct {
		to   *string
		from string
	}{
		{&r.Places.Input, s.Places.Input}, {&r.Places.Manifests, s.Places.Manifests},
		{&r.Places.Output, s.Places.Output},
		{&r.Places.Quarantine, s.Places.Quarantine}, {&r.Places.Ledger, s.Places.Ledger},
		{&r.Compression, s.Compression},
		{&r.DatePattern, s.DatePattern}, {&r.DateTimezone, s.DateTimezone},
	} {
		if *part.to == "" {
			*part.to = part.from
		}
	}
	return r
}

// check returns a *ChangedError if r differs from what is recorded in more than the input.
func (r Root) check(recorded Root) error {
	for _, part := range []struct{ what, recorded, given string }{
		{"output", recorded.Places.Output, r.Places.Output},
		{"manifests", recorded.Places.Manifests, r.Places.Manifests},
		{"quarantine", recorded.Places.Quarantine, r.Places.Quarantine},
		{"ledger", recorded.Places.Ledger, r.Places.Ledger},
	} {
		if resolved(part.recorded) != resolved(part.given) {
			return &ChangedError{r.Places.Root, part.what, part.recorded, part.given}
		}
	}
	if recorded.Compression != "" && recorded.Compression != r.Compression {
		return &ChangedError{r.Places.Root, "compression", recorded.Compression, r.Compression}
	}
	if recorded.DatePattern != r.DatePattern {
		return &ChangedError{r.Places.Root, "date-pattern", recorded.DatePattern, r.DatePattern}
	}
	if r.DatePattern == pipeline.ModifiedDate && recorded.DateTimezone != r.DateTimezone {
		return &ChangedError{r.Places.Root, "date-timezone", recorded.DateTimezone, r.DateTimezone}
	}
	return nil
}

// remember creates the record of a root, or checks r against the one that exists. Of several
// processes that create it at once one wins, and the others check against its record.
func (r Root) remember(ctx context.Context) error {
	folder, err := dirstore.Open(r.Places.Root)
	if err != nil {
		return err
	}
	content, err := r.encode()
	if err != nil {
		return err
	}
	_, err = objectstore.PutBytesIfAbsent(ctx, folder, RecordName, content)
	if !errors.Is(err, objectstore.ErrExists) {
		return err
	}
	recorded, err := readRecord(ctx, r.Places.Root)
	if err != nil {
		return err
	}
	return r.check(recorded)
}

// replace writes the record of a root in place of the one that exists.
func (r Root) replace(ctx context.Context) error {
	folder, err := dirstore.Open(r.Places.Root)
	if err != nil {
		return err
	}
	content, err := r.encode()
	if err == nil {
		_, err = objectstore.PutBytes(ctx, folder, RecordName, content)
	}
	return err
}

func (r Root) encode() ([]byte, error) {
	root := r.Places.Root
	content, err := json.MarshalIndent(record{
		recordFormat, relative(root, r.Places.Input), relative(root, r.Places.Manifests),
		relative(root, r.Places.Output),
		relative(root, r.Places.Quarantine), relative(root, r.Places.Ledger), r.Compression,
		r.DatePattern, r.DateTimezone,
	}, "", "  ")
	return append(content, '\n'), err
}

// readRecord reads the record of a root, with absolute places. The error is fs.ErrNotExist if there
// is none.
func readRecord(ctx context.Context, root string) (Root, error) {
	name := filepath.Join(root, RecordName)
	folder, err := dirstore.Open(root)
	if err != nil {
		return Root{}, err
	}
	content, _, err := folder.Get(ctx, RecordName)
	if errors.Is(err, objectstore.ErrNotFound) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Root{}, fmt.Errorf("read %s: %w", name, err)
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		return Root{}, fmt.Errorf("%s is not valid: %w", name, err)
	}
	if r.Format != recordFormat {
		return Root{}, fmt.Errorf("%s has format %d and this program reads format %d: use a newer program", name,
			r.Format, recordFormat)
	}
	found := Root{home.Places{Root: root}, r.Compression, r.DatePattern, r.DateTimezone}
	if found.DatePattern == "" {
		found.DatePattern = pipeline.DatePattern{}.String()
	}
	if found.DateTimezone == "" {
		found.DateTimezone = time.UTC.String()
	}
	p := &found.Places
	for _, part := range []struct {
		what, from string
		to         *string
	}{
		{"input", r.Input, &p.Input}, {"manifests", r.Manifests, &p.Manifests}, {"output", r.Output, &p.Output},
		{"quarantine", r.Quarantine, &p.Quarantine}, {"ledger", r.Ledger, &p.Ledger},
	} {
		if part.from == "" {
			return Root{}, fmt.Errorf("%s does not say where the %s is", name, part.what)
		}
		if *part.to = part.from; !home.IsRemote(part.from) && !filepath.IsAbs(filepath.FromSlash(part.from)) {
			*part.to = filepath.Join(root, filepath.FromSlash(part.from))
		}
	}
	return found, nil
}

// relative returns a path inside the root relative to it, with slashes, and every other place as it
// is.
func relative(root, place string) string {
	if home.IsRemote(place) {
		return place
	}
	if rel, err := filepath.Rel(root, place); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return place
}
