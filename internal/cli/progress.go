package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"ndjson-parquet/internal/home"
)

// Intervals between two displays of progress.
const (
	barEvery  = 100 * time.Millisecond // on a terminal
	lineEvery = 5 * time.Second        // elsewhere
)

// A Progress shows how far work has come: as a bar on a terminal, as lines elsewhere.
type Progress struct {
	quit chan struct{}
	done sync.WaitGroup
}

// StartProgress shows the progress that look returns, until it is stopped. It shows nothing within
// the first interval.
func (t *Terminal) StartProgress(what string, look func() home.Progress) *Progress {
	p := &Progress{quit: make(chan struct{})}
	every, show, end := lineEvery, func(now home.Progress) { t.Note("%s\n", progressLine(what, now)) }, func() {}
	if isTerminal(t.Stderr) {
		bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(t.Stderr),
			progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
		every, end = barEvery, func() { _ = bar.Finish() }
		show = func(now home.Progress) {
			if now.Bytes == 0 {
				bar.Describe(progressLine(what, now))
				_ = bar.RenderBlank()
				return
			}
			bar.Describe(what)
			bar.ChangeMax64(now.Bytes + 1) // never full before the end
			_ = bar.Set64(now.BytesRead)
		}
	}
	p.done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show(look())
			case <-p.quit:
				end()
				return
			}
		}
	})
	return p
}

// progressLine is the progress as text.
func progressLine(what string, now home.Progress) string {
	if now.Bytes == 0 {
		return "looking for new files: " + Number(int64(now.Arrivals)) + " so far"
	}
	line := fmt.Sprintf("%s: %s of %s", what, Size(now.BytesRead), Size(now.Bytes))
	if now.Batches > 0 {
		line += fmt.Sprintf(", %s of %s", Number(int64(now.BatchesEnded)), Plural(now.Batches, "batch"))
	}
	return line
}

// Stop ends the display.
func (p *Progress) Stop() {
	close(p.quit)
	p.done.Wait()
}
