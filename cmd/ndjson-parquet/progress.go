package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"ndjson-parquet/internal/home"
)

// Progress is shown so often.
const (
	barEvery  = 100 * time.Millisecond // on a terminal
	lineEvery = 5 * time.Second        // elsewhere
)

// A progress shows how far long work has come: as a bar on a terminal, as plain lines elsewhere.
type progress struct {
	quit chan struct{}
	done sync.WaitGroup
}

// startProgress shows what look tells, until stopped. Work that is over within the first interval shows nothing.
func (a *app) startProgress(what string, look func() home.Progress) *progress {
	p := &progress{quit: make(chan struct{})}
	every, show, end := lineEvery, func(now home.Progress) { a.note("%s\n", progressLine(what, now)) }, func() {}
	if isTerminal(a.stderr) {
		bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
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

// progressLine says in words how far the work has come.
func progressLine(what string, now home.Progress) string {
	if now.Bytes == 0 {
		return "looking for new files: " + number(int64(now.Arrivals)) + " so far"
	}
	line := fmt.Sprintf("%s: %s of %s", what, size(now.BytesRead), size(now.Bytes))
	if now.Batches > 0 {
		line += fmt.Sprintf(", %s of %s", number(int64(now.BatchesEnded)), plural(now.Batches, "batch"))
	}
	return line
}

func (p *progress) stop() {
	close(p.quit)
	p.done.Wait()
}
