package localhome

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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
		if report, err = verifyMoved(ctx, from.Places, to); err != nil || len(report.Findings) > 0 {
			return err
		}
		return to.replace(ctx)
	})
	if err == nil && !alone {
		err = fmt.Errorf("%w: another process works in it", ErrBusy)
	}
	return report, err
}

// verifyMoved checks that nothing in the ledger depends on the old places, and verifies all batches
// at the new ones.
func verifyMoved(ctx context.Context, from home.Places, to Root) (_ pipeline.VerifyReport, err error) {
	var report pipeline.VerifyReport
	view, err := OpenView(ctx, to.Places, pipeline.DefaultConfig())
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, view.Close(ctx)) }()
	if resolved(from.Quarantine) != resolved(to.Places.Quarantine) {
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
