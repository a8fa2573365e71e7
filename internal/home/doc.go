// Package home is a pipeline that stands somewhere: on one machine (package localhome) or on AWS
// (package awshome). Commands and pages work with its two types and need not know which of the two
// they have.
//
// A View is the reading half: the ledger, manifests, commit records, the schema log, verification,
// where everything is, and what an operator can do next. A command that only looks, and a page that
// shows something, opens a View and closes it:
//
//	v, err := localhome.OpenView(ctx, places, config, log)   // or awshome.OpenView
//	…
//	defer v.Close(ctx)
//	files, err := v.Find(ctx, "2025-01-17-web-00.ndjson")
//	story, err := v.Explain(ctx, files[0])                    // story.Next has the commands to offer
//
// A Home is a View that can also change things: flush, retry, release, redrive, change a column's
// type, sweep. Each method only starts executions. Where they run in this process, Executor returns
// what runs them, and its Wait returns what became of them:
//
//	h, err := localhome.Open(ctx, options)                    // or awshome.Open
//	…
//	started, err := h.Flush(ctx, "2025-01-17")
//	if x, ok := h.Executor(); ok {
//		report, err := x.Wait(ctx)
//	}
//
// Both types are made by constructors that check that nothing is missing, and are safe for
// concurrent use.
package home
