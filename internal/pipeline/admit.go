package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
)

// An Arrival is an input object somebody told us about: an event, or a listing.
type Arrival struct {
	objectstore.Object
	Sequencer string // of the event; empty for a listing
}

// Admit validates an arrival and records it pending, or quarantines it. It may be repeated, and called for the same
// arrival from many places at once. An error means that nobody knows whether it was recorded: call again.
func (p *Pipeline) Admit(ctx context.Context, a Arrival) (Admission, error) {
	return p.admitAt(ctx, a, p.now())
}

func (p *Pipeline) admitAt(ctx context.Context, a Arrival, now time.Time) (Admission, error) {
	f := p.describe(a)
	log := p.Log.With("file", f.Key, "date", f.DatePrefix)

	if f.Status == Quarantined {
		// The copy comes before the row and the removal after it: whatever a crash leaves out, the next look repairs.
		if _, err := p.quarantineCopy(ctx, f, a.Object); err != nil {
			if errors.Is(err, objectstore.ErrNotFound) || errors.Is(err, objectstore.ErrChanged) {
				log.Info("invalid file is gone before it could be quarantined", "reason", f.Reason)
				return Admission{Verdict: Known, File: f}, nil
			}
			return Admission{}, fmt.Errorf("quarantine %s: %w", f.Key, err)
		}
	}
	adm, err := p.Ledger.Admit(ctx, AdmitRequest{File: f, Policy: p.Config.OverwritePolicy, Now: now})
	if err != nil {
		return adm, fmt.Errorf("admit %s: %w", f.Key, err)
	}
	switch {
	case adm.Verdict == Overwritten:
		log.Warn("a new version of a file already claimed is quarantined", "etag", a.ETag)
		p.Metrics.Count(ctx, MetricFilesQuarantined, 1)
		_, err = p.quarantineCopy(ctx, adm.File, a.Object)
	case adm.Verdict == Admitted && adm.File.Status == Quarantined:
		log.Warn("file quarantined", "reason", f.Reason, "detail", f.Detail)
		p.Metrics.Count(ctx, MetricFilesQuarantined, 1)
		err = p.removeFromInput(ctx, a.Object)
	case adm.Verdict == Admitted:
		log.Debug("file admitted", "bytes", f.Size)
		p.Metrics.Count(ctx, MetricFilesAdmitted, 1)
	case adm.Verdict == Known && adm.File.Status == Quarantined && adm.File.Reason == ReasonOverwritten:
		_, err = p.quarantineCopy(ctx, adm.File, a.Object) // a crash may have come before the copy
	case adm.Verdict == Known && adm.File.Status == Quarantined:
		err = p.removeFromInput(ctx, a.Object) // … or before the removal
	}
	if errors.Is(err, objectstore.ErrNotFound) || errors.Is(err, objectstore.ErrChanged) {
		err = nil // the next version's arrival tells its own story
	}
	if err != nil {
		return adm, fmt.Errorf("quarantine %s: %w", f.Key, err)
	}
	return adm, nil
}

// AdmitAll admits arrivals, parallel at a time (0: one), and then tells what became of each, in their order, from this
// goroutine. They all arrive at one time, so that they are claimed in the order of their keys, and the same files give the same
// batches.
func (p *Pipeline) AdmitAll(ctx context.Context, arrivals []Arrival, parallel int, tell func(Arrival, Admission, error)) {
	now := p.now()
	admissions, errs := make([]Admission, len(arrivals)), make([]error, len(arrivals))
	if parallel <= 1 {
		for i, a := range arrivals {
			admissions[i], errs[i] = p.admitAt(ctx, a, now)
		}
	} else {
		var group errgroup.Group
		group.SetLimit(parallel)
		for i, a := range arrivals {
			group.Go(func() error {
				admissions[i], errs[i] = p.admitAt(ctx, a, now)
				return nil
			})
		}
		_ = group.Wait()
	}
	for i, a := range arrivals {
		tell(a, admissions[i], errs[i])
	}
}

// describe makes the ledger row of an arrival: Pending, or Quarantined with its reason.
func (p *Pipeline) describe(a Arrival) File {
	f := File{
		Key:     a.Key,
		Path:    p.Input.URI(a.Key),
		Version: Version{ETag: a.ETag, VersionID: a.VersionID, Sequencer: a.Sequencer},
		Size:    a.Size,
		Status:  Pending,
	}
	f.DatePrefix, f.Reason, f.Detail = datePrefix(path.Base(a.Key), p.now())
	if f.Reason == "" {
		f.Reason, f.Detail = p.Config.refuse(a.Object)
	}
	if f.Reason != "" {
		f.Status = Quarantined
	}
	return f
}

// InputExtensions are the names a file may end with.
var InputExtensions = []string{".ndjson", ".ndjson.gz", ".ndjson.zst"}

// refuse checks what can be known without reading the file.
func (c Config) refuse(o objectstore.Object) (reason, detail string) {
	ok := false
	for _, ext := range InputExtensions {
		ok = ok || strings.HasSuffix(o.Key, ext)
	}
	mb := float64(o.Size) / (1 << 20)
	low := c.ExpectedFileSizeMB * (1 - c.SizeTolerancePercent/100)
	high := c.ExpectedFileSizeMB * (1 + c.SizeTolerancePercent/100)
	switch {
	case !ok:
		return ReasonBadExtension, "expected a name that ends in " + strings.Join(InputExtensions, ", ")
	case c.ExpectedFileSizeMB > 0 && mb < low:
		return ReasonTooSmall, fmt.Sprintf("%.3f MB; expected %.3f to %.3f MB", mb, low, high)
	case c.ExpectedFileSizeMB > 0 && mb > high:
		return ReasonTooLarge, fmt.Sprintf("%.3f MB; expected %.3f to %.3f MB", mb, low, high)
	case c.MaxFileSizeMB > 0 && mb > c.MaxFileSizeMB:
		return ReasonTooLarge, fmt.Sprintf("%.3f MB; the limit is %.0f MB", mb, c.MaxFileSizeMB)
	}
	return "", ""
}
