package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
	"ndjson-parquet/internal/settings"
)

// openView opens the pipeline that --root names for reading.
func (a *app) openView(ctx context.Context) (*home.View, error) {
	if env, ok := awshome.Environment(a.flags.Root); ok {
		h, err := a.openOnAWS(ctx, env)
		if err != nil {
			return nil, err
		}
		return h.View, nil
	}
	root, config, err := a.findRoot(ctx)
	if err != nil {
		return nil, err
	}
	v, err := localhome.OpenView(ctx, root.Places, config)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w (this root has no ledger yet, or --root must name another one)", err)
	}
	return v, err
}

// openHome opens the pipeline that --root names for changes.
func (a *app) openHome(ctx context.Context) (*home.Home, error) {
	if env, ok := awshome.Environment(a.flags.Root); ok {
		h, err := a.openOnAWS(ctx, env)
		if err != nil {
			return nil, err
		}
		return h.Home, nil
	}
	h, err := a.openLocal(ctx, slog.LevelWarn, true)
	if err != nil {
		return nil, err
	}
	return h.Home, nil
}

// openOnAWS opens the pipeline of an environment on AWS.
func (a *app) openOnAWS(ctx context.Context, env string) (*awshome.Home, error) {
	root := a.flags.Root
	if set := a.flags.PlaceFlags(); len(set) > 0 {
		return nil, cli.Usage(set[0]+" has no effect: --root "+root+" is a pipeline on AWS, which has its own places",
			"without "+set[0])
	}
	if set := a.flags.CoreFlags(); len(set) > 0 {
		return nil, cli.Usage(set[0]+" has no effect on a pipeline on AWS: its functions' settings apply",
			"the Terraform variable of this name")
	}
	log, err := a.logger(slog.LevelWarn)
	if err != nil {
		return nil, err
	}
	h, err := awshome.Open(ctx, env, a.Getenv, log)
	if errors.Is(err, awshome.ErrEnvironment) {
		return nil, cli.Usage("--root "+root+": "+err.Error(), "--root aws:dev, or ./"+root+" for a directory")
	}
	return h, err
}

// openLocal opens a pipeline on this machine. inputOptional is for commands that do not read the
// input.
func (a *app) openLocal(ctx context.Context, level slog.Level, inputOptional bool) (*localhome.Home, error) {
	log, err := a.logger(level)
	if err != nil {
		return nil, err
	}
	root, config, err := a.findRoot(ctx)
	if err != nil {
		return nil, err
	}
	h, err := localhome.Open(ctx, localhome.Options{
		Places: root.Places, Config: config, InputOptional: inputOptional, Executions: a.flags.Executions,
		Settle: a.flags.Settle, ListEvery: a.flags.ListEvery, Poll: a.flags.Poll, Log: log,
	})
	if errors.Is(err, localhome.ErrPlaces) {
		return nil, cli.Usage(err.Error(), "--root, --input, --output, --manifests or --quarantine with a place "+
			"of its own")
	}
	return h, err
}

// findRoot returns what the root records, with flags and variables laid over it, and the
// configuration that goes with it.
func (a *app) findRoot(ctx context.Context) (localhome.Root, pipeline.Config, error) {
	config, err := a.flags.Config(a.Getenv)
	if err != nil {
		return localhome.Root{}, config, err
	}
	places, source := a.flags.Places(a.Getenv)
	given, sources, err := a.recordedSettings()
	if err != nil {
		return localhome.Root{}, config, err
	}
	given.Places = places
	root, err := localhome.Find(ctx, given)
	var changed *localhome.ChangedError
	switch {
	case errors.As(err, &changed):
		from, isSetting := sources[changed.What]
		if !isSetting {
			from = source(changed.What)
		}
		howToMove := "copy its files and then "
		if isSetting {
			howToMove = ""
		}
		move := pipeline.Command{Args: []string{"ndjson-parquet", "move", "--root", a.flags.Root, "--" + changed.What,
			changed.Given}}
		return root, config, cli.Usage(from+" differs from the record of the root: "+err.Error(),
			"without "+from+"; or, to move it, "+howToMove+move.String())
	case err != nil:
		return root, config, cli.Usage(err.Error(), "")
	}
	for _, s := range recorded(&root) {
		if *s.text == "" {
			continue
		}
		if err := settings.ByVariable(s.variable).Set(&config, localhome.RecordName, *s.text); err != nil {
			return root, config, err
		}
	}
	return root, config, nil
}

// A recordedSetting is a setting that a root records.
type recordedSetting struct {
	variable, flag string
	text           *string
}

func recorded(r *localhome.Root) []recordedSetting {
	return []recordedSetting{
		{"COMPRESSION_TYPE", "compression", &r.Compression}, {"DATE_PATTERN", "date-pattern", &r.DatePattern},
		{"DATE_TIMEZONE", "date-timezone", &r.DateTimezone},
	}
}

// recordedSettings returns the settings that a root records as far as flags and variables set them,
// and which flag or variable sets each, by the name of its flag.
func (a *app) recordedSettings() (localhome.Root, map[string]string, error) {
	var given localhome.Root
	sources := map[string]string{}
	for _, s := range recorded(&given) {
		text, source, err := a.flags.Given(a.Getenv, s.variable)
		if err != nil {
			return given, nil, err
		}
		*s.text, sources[s.flag] = text, source
	}
	return given, sources, nil
}

// refuseOnAWS ends a command that only works on one machine.
func (a *app) refuseOnAWS(command, hint string) error {
	if _, ok := awshome.Environment(a.flags.Root); ok {
		return cli.Usage(command+" works on one machine, and --root "+a.flags.Root+" is a pipeline on AWS", hint)
	}
	return nil
}

// start opens the pipeline and starts batches. Where their executions run in this process it waits
// for them and prints what became of them; elsewhere it prints what was started, because that may
// take longer than a terminal session.
func (a *app) start(ctx context.Context, do func(context.Context, *home.Home) ([]pipeline.BatchID, error)) error {
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	if x, ok := h.Executor(); ok {
		return a.execute(ctx, h, x, func(ctx context.Context) (home.RunReport, error) {
			if _, err := do(ctx, h); err != nil {
				return home.RunReport{}, err
			}
			return x.Wait(ctx)
		})
	}
	started, err := do(ctx, h)
	if err = errors.Join(err, h.Close(ctx)); err != nil {
		return err
	}
	if a.asJSON {
		return a.JSON(map[string]any{"started": append([]pipeline.BatchID{}, started...)})
	}
	for _, id := range started {
		a.Say("%s is started: `batches %s` shows its progress.\n", id, id.Date())
	}
	if len(started) == 0 {
		a.Say("Nothing to start.\n")
	}
	return nil
}

// stopGrace is how long running conversions may go on after a signal to stop.
const stopGrace = 30 * time.Second

// execute shows the progress of work whose executions run in this process, closes the home, and
// prints the report.
func (a *app) execute(ctx context.Context, h *home.Home, x home.Executor,
	work func(context.Context) (home.RunReport, error)) error {
	began := time.Now()
	progress := a.StartProgress("converting", x.Progress)
	r, err := work(ctx)
	progress.Stop()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err = errors.Join(err, h.Close(stopping)); err != nil {
		return err
	}
	if a.asJSON {
		err = a.JSON(report.Run(h.Places.Output, r, time.Since(began)))
	} else {
		a.printRun(h.Places, r, time.Since(began))
	}
	if err == nil && r.Incomplete() {
		err = cli.ErrIncomplete
	}
	return err
}
