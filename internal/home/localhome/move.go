package localhome

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// ErrBusy says that a root cannot be moved now.
var ErrBusy = errors.New("the root is busy")

// Move changes what a root records, after its files were copied to the new places. Empty parts of
// to stay as they are. It verifies all batches at the new places first, and changes the record only
// if the report has no findings. It refuses with ErrBusy while another process works in the root,
// while batches are under way, and while released files wait in the old quarantine.
func Move(ctx context.Context, to Root) (_ pipeline.VerifyReport, err error) {
	var report pipeline.VerifyReport
	root, err := filepath.Abs(to.Places.Root)
	if err != nil {
		return report, err
	}
	from, err := readRecord(ctx, root)
	if err != nil {
		return report, err
	}
	to = to.over(from)
	if to.Places, err = Resolve(to.Places); err != nil {
		return report, err
	}
	if err := Check(to.Places); err != nil {
		return report, err
	}
	presence, err := enter(filepath.Join(root, presenceName))
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, presence.leave()) }()
	alone := false
	err = presence.ifAlone(func() error {
		alone = true
		if report, err = verifyMoved(ctx, from, to); err != nil || len(report.Findings) > 0 {
			return err
		}
		return to.replace(ctx)
	})
	if err == nil && !alone {
		err = fmt.Errorf("%w: another process works in it", ErrBusy)
	}
	return report, err
}

// ErrDates says that a date pattern would give files that were admitted another date.
var ErrDates = errors.New("files would get another date and be processed again")

// checkDates looks for files whose dates the settings of to would change.
func checkDates(ctx context.Context, view *home.View, from, to Root) error {
	if from.DatePattern == to.DatePattern &&
		(to.DatePattern != pipeline.ModifiedDate || from.DateTimezone == to.DateTimezone) {
		return nil
	}
	pattern, err := pipeline.ParseDatePattern(to.DatePattern)
	if err != nil {
		return err
	}
	config := pipeline.Config{DatePattern: pattern}
	for f, err := range view.Ledger.Files(ctx, "", "") {
		if err != nil {
			return err
		}
		if f.DatePrefix == pipeline.Undated {
			continue // it was never processed, and is admitted again if it gets a date
		}
		key := strings.TrimSuffix(f.Key, "#"+f.Token())
		if date, _, _ := config.Date(key, time.Time{}); date != f.DatePrefix {
			return fmt.Errorf("%w: by %s the date of %s is %s, and it was admitted as %s; use a root of its own for "+
				"the pattern",
				ErrDates, to.DatePattern, key, date, f.DatePrefix)
		}
	}
	return nil
}

// verifyMoved checks that nothing in the ledger depends on the old places, and verifies all batches
// at the new ones.
func verifyMoved(ctx context.Context, from, to Root) (_ pipeline.VerifyReport, err error) {
	var report pipeline.VerifyReport
	view, err := OpenView(ctx, to.Places, pipeline.DefaultConfig())
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, view.Close(ctx)) }()
	if err := checkDates(ctx, view, from, to); err != nil {
		return report, err
	}
	if resolved(from.Places.Quarantine) != resolved(to.Places.Quarantine) {
		if err := checkReleased(ctx, view); err != nil {
			return report, err
		}
	}
	for b, err := range view.Ledger.Batches(ctx, "") {
		if err != nil {
			return report, err
		}
		if b.Status == pipeline.Manifested || b.Status == pipeline.Processing {
			return report, fmt.Errorf("%w: batch %s is under way; `run` completes it", ErrBusy, b.ID)
		}
	}
	return view.Verify(ctx, "")
}

// checkReleased looks for released files that are still to be read from quarantine.
func checkReleased(ctx context.Context, view *home.View) error {
	for f, err := range view.Ledger.Files(ctx, "", pipeline.Pending) {
		if err != nil {
			return err
		}
		if f.ReadETag != "" {
			return fmt.Errorf("%w: %s was released and is read from quarantine; `flush %s` processes it", ErrBusy,
				f.Key, f.DatePrefix)
		}
	}
	return nil
}
