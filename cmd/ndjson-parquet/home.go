package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
)

// openView opens the pipeline that --root names for reading.
func (a *app) openView(ctx context.Context) (*home.View, error) {
	if env, ok := awshome.Environment(a.settings.places.Root); ok {
		h, err := a.openOnAWS(ctx, env)
		if err != nil {
			return nil, err
		}
		return h.View, nil
	}
	root, config, err := a.root(ctx)
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
	if env, ok := awshome.Environment(a.settings.places.Root); ok {
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

// refuseOnAWS ends a command that only works on one machine.
func (a *app) refuseOnAWS(command, hint string) error {
	if _, ok := awshome.Environment(a.settings.places.Root); ok {
		return &usageError{command + " works on one machine, and --root " + a.settings.places.Root + " is a pipeline on AWS", hint}
	}
	return nil
}

// openOnAWS opens the pipeline of an environment on AWS.
func (a *app) openOnAWS(ctx context.Context, env string) (*awshome.Home, error) {
	p := a.settings.places
	if p.Input+p.Output+p.Manifests+p.Quarantine+p.Ledger != "" {
		return nil, &usageError{"--root " + p.Root + " is a pipeline on AWS, which has its own places", "without --input, --output, --manifests, --quarantine and --ledger"}
	}
	for _, c := range coreFlags {
		if v := a.settings.core[c.variable]; v != nil && *v != "" {
			return nil, &usageError{"--" + c.flag + " has no effect on a pipeline on AWS: its functions' settings apply", "the Terraform variable of this name"}
		}
	}
	log, err := a.logger(slog.LevelWarn)
	if err != nil {
		return nil, err
	}
	h, err := awshome.Open(ctx, env, a.getenv, log)
	if errors.Is(err, awshome.ErrEnvironment) {
		return nil, &usageError{"--root " + p.Root + ": " + err.Error(), "--root aws:dev, or ./" + p.Root + " for a directory"}
	}
	return h, err
}
