package pipeline

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
)

// An Arrival is an input object that an event or a listing has announced.
type Arrival struct {
	objectstore.Object
	Sequencer string // of the event; empty if the object was listed
}

// Admit validates an arrival and records it as pending, or quarantines it. It may be repeated, also
// for the same arrival by several callers at once. After an error the arrival may or may not have
// been recorded: call Admit again.
func (p *Pipeline) Admit(ctx context.Context, a Arrival) (Admission, error) {
	return p.admitAt(ctx, a, p.now())
}

func (p *Pipeline) admitAt(ctx context.Context, a Arrival, now time.Time) (Admission, error) {
	if IsMarker(a.Key) {
		p.Log.Debug("marker ignored", "file", a.Key)
		return Admission{Verdict: Ignored, File: p.describe(a)}, nil
	}
	if a.ModTime.IsZero() && p.Config.DatePattern.NeedsTime() && objectstore.CheckKey(a.Key) == nil {
		// Events have no such time. A version that was replaced meanwhile is left to the event of
		// the next one.
		o, err := p.Input.Head(ctx, a.Key)
		switch {
		case isGone(err), err == nil && o.ETag != a.ETag:
			return Admission{Verdict: Known, File: p.describe(a)}, nil
		case err != nil:
			return Admission{}, fmt.Errorf("admit %s: %w", a.Key, err)
		}
		a.ModTime = o.ModTime
	}
	f := p.describe(a)
	log := p.Log.With("file", f.Key, "date", f.DatePrefix)

	if f.Status == Quarantined {
		// The copy comes before the row and the removal after it: whatever a crash leaves undone,
		// the next admission repairs.
		if _, err := p.quarantineCopy(ctx, f, a.Object); err != nil {
			if isGone(err) {
				log.Info("invalid file is gone: not quarantined", "reason", f.Reason)
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
		log.Warn("new version of a claimed file quarantined", "etag", a.ETag)
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
	if isGone(err) {
		err = nil // the arrival of the next version deals with that one
	}
	if err != nil {
		return adm, fmt.Errorf("quarantine %s: %w", f.Key, err)
	}
	return adm, nil
}

// AdmitAll admits arrivals, up to parallel at a time (0: one), and then calls report for each in
// their order, from this goroutine. All are recorded with the same time, so that they are claimed
// in the order of their keys, and the same files make the same batches.
func (p *Pipeline) AdmitAll(ctx context.Context, arrivals []Arrival, parallel int,
	report func(Arrival, Admission, error)) {
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
		report(a, admissions[i], errs[i])
	}
}

// describe returns the ledger row of an arrival: Pending, or Quarantined with its reason.
func (p *Pipeline) describe(a Arrival) File {
	f := File{
		Key:     a.Key,
		Path:    p.Input.URI(a.Key),
		Version: Version{ETag: a.ETag, VersionID: a.VersionID, Sequencer: a.Sequencer},
		Size:    a.Size,
		Status:  Pending,
	}
	f.DatePrefix, f.Reason, f.Detail = p.Config.Judge(a.Object, p.now())
	if f.Reason != "" {
		f.Status = Quarantined
	}
	return f
}

// Judge returns the date of an object that arrives at now, and the reason why it is quarantined. An
// empty reason means that it is accepted.
func (c Config) Judge(o objectstore.Object, now time.Time) (date, reason, detail string) {
	date, reason, detail = c.Date(o.Key, o.ModTime)
	if reason == "" {
		reason, detail = c.tooEarly(date, now)
	}
	if reason == "" {
		reason, detail = c.refuse(o)
	}
	if err := objectstore.CheckKey(o.Key); err != nil {
		reason, detail = ReasonBadName, err.Error()
	}
	return date, reason, detail
}

// refuse returns why an object cannot be an input file, as far as that is known without reading it.
// An empty reason means that it can.
//
// The size that is expected is that of the content. Of a compressed file only the stored size is
// known: it may have any content between that size and MaxCompressionRatio times as much, and is
// refused if all of these are outside the expected sizes.
func (c Config) refuse(o objectstore.Object) (reason, detail string) {
	if !c.InputExtensions.Match(o.Key) {
		return ReasonBadExtension, "expected a name that ends in " + c.InputExtensions.Describe() +
			" (INPUT_EXTENSIONS)"
	}
	mb := float64(o.Size) / (1 << 20)
	least, most := mb, mb // of the content
	size := fmt.Sprintf("%.3f MB", mb)
	if isCompressed(o.Key) && c.MaxCompressionRatio > 1 {
		most *= c.MaxCompressionRatio
		size += fmt.Sprintf(" compressed, so between %.3f and %.3f MB of content (MAX_COMPRESSION_RATIO %g)", least,
			most,
			c.MaxCompressionRatio)
	}
	low := c.ExpectedFileSizeMB * (1 - c.SizeTolerancePercent/100)
	high := c.ExpectedFileSizeMB * (1 + c.SizeTolerancePercent/100)
	expected := fmt.Sprintf("%s; expected %.3f to %.3f MB (EXPECTED_FILE_SIZE_MB, SIZE_TOLERANCE_PERCENT)", size, low,
		high)
	switch {
	case c.ExpectedFileSizeMB > 0 && most < low:
		return ReasonTooSmall, expected
	case c.ExpectedFileSizeMB > 0 && least > high:
		return ReasonTooLarge, expected
	case c.MaxFileSizeMB > 0 && least > c.MaxFileSizeMB:
		return ReasonTooLarge, fmt.Sprintf("%s; the limit is %.0f MB (MAX_FILE_SIZE_MB)", size, c.MaxFileSizeMB)
	}
	return "", ""
}
