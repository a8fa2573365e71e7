package home

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/pipeline"
)

const (
	// stuckAfter is the age of a batch's last change from which it counts as stuck. No conversion
	// and no wait between two attempts takes so long.
	stuckAfter = time.Hour
	// overdue is how long after it could have been claimed a pending file counts as forgotten.
	overdue = time.Hour
	// shownBatches bounds the batches that are named one by one.
	shownBatches = 5
	// clockTolerance is how far in the future a time in the ledger may be.
	clockTolerance = time.Minute
)

// Examine checks the work of a pipeline: batches that failed or are stuck, files that wait too
// long, dead letters, and which version of the program wrote the latest output.
func (v *View) Examine(ctx context.Context, now time.Time, c *Checkup) error {
	dates, err := v.Ledger.Summary(ctx, "")
	if err != nil {
		return err
	}
	return errors.Join(v.examineBatches(ctx, now, dates, c), v.examinePending(ctx, now, c),
		v.examineFiles(ctx, dates, c), v.examineWriter(ctx, now, dates, c))
}

// examineBatches looks at the batches of dates that have files in a batch without an outcome, or
// with a bad one.
func (v *View) examineBatches(ctx context.Context, now time.Time, dates []pipeline.DateSummary, c *Checkup) error {
	failed, stuck, live := 0, 0, 0
	for _, d := range dates {
		if d.Files[pipeline.Failed]+d.Files[pipeline.Manifested]+d.Files[pipeline.Processing] == 0 {
			continue
		}
		for b, err := range v.Ledger.Batches(ctx, d.Date) {
			switch {
			case err != nil:
				return err
			case b.Status == pipeline.Failed:
				if failed++; failed <= shownBatches {
					c.Problem("work", "batch "+string(b.ID), c.Command("retry", string(b.ID)),
						"failed: %s; nothing of its %d files is published", b.Error, b.FileCount)
				}
			case b.Status == pipeline.Completed:
			case now.Sub(b.UpdatedAt) > stuckAfter:
				if stuck++; stuck <= shownBatches {
					c.Problem("work", "batch "+string(b.ID), v.resume(c), "is %s and has not changed for %v",
						b.Status, now.Sub(b.UpdatedAt).Round(time.Minute))
				}
			default:
				live++
			}
		}
	}
	if failed > shownBatches {
		c.Problem("work", "failed batches", c.Command("batches"), "%d in all", failed)
	}
	if stuck > shownBatches {
		c.Problem("work", "stuck batches", v.resume(c), "%d in all", stuck)
	}
	if failed+stuck == 0 {
		c.Fine("work", "batches", "none failed, none is stuck, %d under way", live)
	}
	return nil
}

// resume is the command that continues what was left.
func (v *View) resume(c *Checkup) string {
	if v.Resumption == pipeline.ResumedBySweep {
		return c.Command("batches")
	}
	return c.Command("run")
}

func (v *View) examinePending(ctx context.Context, now time.Time, c *Checkup) error {
	dates, err := v.Ledger.PendingDates(ctx)
	if err != nil {
		return err
	}
	late := 0
	for _, d := range dates {
		due := d.Oldest
		if day, err := time.Parse(time.DateOnly, d.Date); err == nil {
			if ended := day.AddDate(0, 0, 1).Add(v.Config.FlushGrace); ended.After(due) {
				due = ended
			}
		}
		if age := v.Config.MaxBatchAge; age > 0 && d.Oldest.Add(age).Before(due) {
			due = d.Oldest.Add(age)
		}
		if now.Sub(due) < overdue {
			continue
		}
		late++
		c.Problem("work", "pending files of "+d.Date, c.Command("flush", d.Date),
			"the oldest waits since %s and should have been processed: does nothing work on this pipeline?",
			d.Oldest.Format(time.DateTime))
	}
	if late == 0 {
		c.Fine("work", "pending files", "none waits longer than it should")
	}
	return nil
}

func (v *View) examineFiles(ctx context.Context, dates []pipeline.DateSummary, c *Checkup) error {
	quarantined := 0
	for _, d := range dates {
		quarantined += d.Files[pipeline.Quarantined]
	}
	if quarantined > 0 {
		c.Warn("work", "quarantine", c.Command("files", "--status", "quarantined"), "%d files are not published",
			quarantined)
	}
	letters, err := v.DeadLetters(ctx, MostLeft)
	switch {
	case err != nil && ctx.Err() == nil:
		c.NotChecked("work", "dead letters", "%v", err)
	case err != nil:
		return err
	case len(letters) > 0:
		c.Problem("work", "dead letters", c.Command("redrive"), "%d arrivals could not be admitted, first %s: %s",
			len(letters), letters[0].Key, letters[0].Error)
	default:
		c.Fine("work", "dead letters", "none")
	}
	return nil
}

// examineWriter compares the program with the writer of the latest output, and the clock with the
// latest time in the ledger.
func (v *View) examineWriter(ctx context.Context, now time.Time, dates []pipeline.DateSummary, c *Checkup) error {
	c.Fine("versions", "this program", "%s", buildinfo.String())
	for i := len(dates) - 1; i >= 0; i-- {
		for b, err := range v.Ledger.LatestBatches(ctx, dates[i].Date) {
			if err != nil {
				return err
			}
			if ahead := b.UpdatedAt.Sub(now); ahead > clockTolerance {
				c.Problem("clock", "the ledger", "timedatectl status",
					"batch %s changed %v in the future: this clock is slow, or another one was fast", b.ID,
					ahead.Round(time.Second))
			}
			if b.Status != pipeline.Completed {
				continue
			}
			commit, err := v.ReadCommit(ctx, b.ID)
			if err != nil {
				c.Problem("places", "output", c.Command("verify", b.ID.Date()), "the commit record of batch %s: %v",
					b.ID, err)
				return nil
			}
			v.compareWriter(commit, c)
			return nil
		}
	}
	return nil
}

func (v *View) compareWriter(commit pipeline.Commit, c *Checkup) {
	writer := fmt.Sprintf("batch %s was written by %s", commit.Batch, commit.Writer)
	switch {
	case commit.Writer == "":
		c.Fine("versions", "writer", "batch %s was written by a version that did not record itself", commit.Batch)
	case commit.Writer == "ndjson-parquet "+buildinfo.String() || v.Resumption != pipeline.ResumedBySweep:
		c.Fine("versions", "writer", "%s", writer)
	default:
		c.Warn("versions", "writer", "terraform/package && tofu -chdir=terraform apply",
			"%s, which differs from this program: deploy the functions again, or use the program of "+
				"that version", writer)
	}
}
