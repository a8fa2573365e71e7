package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/objectstore"
)

// A Finding is a discrepancy that Verify found.
type Finding struct {
	Batch  BatchID `json:"batch_id,omitempty"`
	Place  string  `json:"place"` // the address concerned
	Detail string  `json:"detail"`
}

// A VerifyReport counts what Verify compared and lists the discrepancies.
type VerifyReport struct {
	Batches, UnderWay, Files, Outputs int
	Rows, Bytes                       int64
	Findings                          []Finding
}

// Verify compares the ledger, the manifests, the commit records, the listing of the output, and the
// footers and checksums of the Parquet files, of one date or of all (""). Discrepancies go into the
// report; an error means that something could not be read. Verify changes nothing. Batches in
// progress are not checked.
func (r *Reader) Verify(ctx context.Context, date string) (VerifyReport, error) {
	return r.VerifyShowing(ctx, date, func(int64, int64) {})
}

// VerifyShowing is Verify, and calls show after each batch with the number of files that were
// verified, and of those that the ledger has.
func (r *Reader) VerifyShowing(ctx context.Context, date string, show func(done, all int64)) (VerifyReport, error) {
	v := &verification{Reader: r}
	dates, err := r.Ledger.Summary(ctx, date)
	if err != nil {
		return v.report, err
	}
	var done, all int64
	for _, d := range dates {
		for _, n := range d.Files {
			all += int64(n)
		}
	}
	for b, err := range r.Ledger.Batches(ctx, date) {
		if err == nil {
			err = v.batch(ctx, b)
		}
		done += int64(b.FileCount)
		show(done, max(done, all))
		if err != nil {
			return v.report, err
		}
	}
	if err := v.quarantined(ctx, date); err != nil {
		return v.report, err
	}
	return v.report, v.listing(ctx, date)
}

type verification struct {
	*Reader
	report VerifyReport
}

func (v *verification) found(batch BatchID, place, format string, args ...any) {
	v.report.Findings = append(v.report.Findings, Finding{batch, place, fmt.Sprintf(format, args...)})
}

// batch checks everything that a batch should have written.
func (v *verification) batch(ctx context.Context, b Batch) error {
	v.report.Batches++
	c, err := v.ReadCommit(ctx, b.ID)
	committed := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	place := v.Output.URI(CommitKey(b.ID))
	switch {
	case b.Status == Completed && !committed:
		v.found(b.ID, place, "the ledger says completed, but there is no commit record")
		return nil
	case b.Status == Failed && committed:
		v.found(b.ID, place, "the ledger says failed, but there is a commit record: retry the batch")
		return nil
	case b.Status == Failed:
		return nil
	case b.Status != Completed:
		v.report.UnderWay++
		return nil
	}
	_, files, err := v.Ledger.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	m, err := v.ReadManifest(ctx, b.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		v.found(b.ID, b.ManifestPath, "the manifest does not exist")
	case err != nil:
		return err
	case len(m.Batch.Files) != b.FileCount:
		v.found(b.ID, b.ManifestPath, "the manifest has %d files, the ledger %d", len(m.Batch.Files), b.FileCount)
	}
	v.inputs(c, b, files)
	if !slices.Equal(c.Outputs, b.Outputs) {
		v.found(b.ID, place, "the commit and the ledger name different outputs")
	}
	for _, o := range c.Outputs {
		if err := v.parquet(ctx, b.ID, o); err != nil {
			return err
		}
	}
	return v.rejected(ctx, c)
}

// inputs compares a commit's inputs with the ledger's files, and their sums with the batch's
// counts.
func (v *verification) inputs(c Commit, b Batch, files []File) {
	place := v.Output.URI(CommitKey(b.ID))
	rows := map[string]File{}
	for _, f := range files {
		rows[f.Key] = f
	}
	var sum Counts
	for _, in := range c.Inputs {
		v.report.Files++
		counts := in.counts()
		f, mine := rows[in.FileKey]
		switch {
		case in.Status == Completed && !mine:
			v.found(b.ID, in.URI, "the commit counts its rows, but in the ledger it does not belong to this batch")
		case mine && f.Status != in.Status:
			v.found(b.ID, in.URI, "the commit says %s, the ledger %s", in.Status, f.Status)
		case mine && in.Status == Completed && f.Counts != counts:
			v.found(b.ID, in.URI, "the commit counts %+v, the ledger %+v", counts, f.Counts)
		}
		if in.Status != Completed {
			continue
		}
		if in.Lines != in.Rows+in.Rejected+in.Blank {
			v.found(b.ID, in.URI, "%d lines are not %d rows + %d rejected + %d blank", in.Lines, in.Rows, in.Rejected,
				in.Blank)
		}
		sum.Add(counts)
	}
	var published int64
	for _, o := range c.Outputs {
		published += o.Rows
	}
	if sum != b.Counts {
		v.found(b.ID, place, "the inputs add up to %+v, the ledger says %+v", sum, b.Counts)
	}
	if published != sum.Rows {
		v.found(b.ID, place, "the inputs have %d rows, the outputs %d", sum.Rows, published)
	}
	v.report.Rows += published
}

// parquet reads a whole Parquet object and compares it with the commit.
func (v *verification) parquet(ctx context.Context, id BatchID, o Output) (err error) {
	store := v.Output
	place := store.URI(o.Key)
	v.report.Outputs++
	v.report.Bytes += o.Size
	r, err := store.Open(ctx, objectstore.Object{Key: o.Key})
	if errors.Is(err, objectstore.ErrNotFound) {
		v.found(id, place, "the Parquet file does not exist")
		return nil
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", place, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if size := r.Object().Size; size != o.Size {
		v.found(id, place, "the Parquet file has %d bytes; the commit says %d", size, o.Size)
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return fmt.Errorf("verify %s: %w", place, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != o.SHA256 {
		v.found(id, place, "the Parquet file has changed: its SHA-256 is %s; the commit says %s", got, o.SHA256)
		return nil
	}
	footer, err := convert.ReadFooter(r, o.Size)
	switch {
	case err != nil:
		v.found(id, place, "the Parquet footer cannot be read: %v", err)
	case footer.Rows != o.Rows:
		v.found(id, place, "the Parquet footer says %d rows; the commit %d", footer.Rows, o.Rows)
	}
	return nil
}

// rejected checks that the rejected records were kept.
func (v *verification) rejected(ctx context.Context, c Commit) error {
	if c.RejectedKey == "" {
		if c.Rejected > 0 {
			v.found(c.Batch, v.Output.URI(CommitKey(c.Batch)), "%d records were rejected but not kept", c.Rejected)
		}
		return nil
	}
	_, err := v.Quarantine.Head(ctx, c.RejectedKey)
	if errors.Is(err, objectstore.ErrNotFound) {
		v.found(c.Batch, v.Quarantine.URI(c.RejectedKey), "the rejected records do not exist")
		return nil
	}
	return err
}

// quarantined checks that the bytes of quarantined files exist.
func (v *verification) quarantined(ctx context.Context, date string) error {
	for f, err := range v.Ledger.Files(ctx, date, Quarantined) {
		if err != nil {
			return err
		}
		v.report.Files++
		key := QuarantineKey(f)
		if f.Reason == ReasonBadName {
			key += reasonEnding // not every store can copy an object of such a name
		}
		_, err := v.Quarantine.Head(ctx, key)
		if errors.Is(err, objectstore.ErrNotFound) {
			v.found("", v.Quarantine.URI(key), "the quarantined file does not exist")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// listing checks that the output contains only objects that batches of the ledger wrote.
func (v *verification) listing(ctx context.Context, date string) error {
	prefix := OutputPrefix
	if date != "" {
		prefix = OutputFolder(date)
	}
	for o, err := range v.Output.List(ctx, prefix, "") {
		if err != nil {
			return fmt.Errorf("list the output: %w", err)
		}
		if err := v.listed(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (v *verification) listed(ctx context.Context, o objectstore.Object) error {
	place := v.Output.URI(o.Key)
	id, ok := BatchOfOutput(o.Key)
	if !ok {
		v.found("", place, "no batch writes an object of this name")
		return nil
	}
	b, _, err := v.Ledger.Batch(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		v.found(id, place, "its batch is not in the ledger")
		return nil
	case err != nil:
		return err
	case b.Status != Completed || o.Key == CommitKey(id):
		return nil // in progress, or compared already
	}
	if slices.ContainsFunc(b.Outputs, func(out Output) bool { return out.Key == o.Key }) {
		return nil
	}
	ours, err := v.isEmptyOutput(ctx, id, o.Key)
	if err == nil && !ours {
		v.found(id, place, "its batch's commit does not name it")
	}
	return err
}
