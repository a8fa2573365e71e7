package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/ledger/dynamoledger"
	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/pipeline"
)

// A ledgerToRead is the ledger of either home, to look at.
type ledgerToRead interface {
	pipeline.Ledger
	// DeadLetters returns what could not be admitted, as far as the ledger keeps it.
	DeadLetters(ctx context.Context, limit int) ([]pipeline.DeadLetter, error)
	Close() error
}

// A tableToRead is the ledger on AWS. It keeps no dead letters: events that no function could take are in the
// dead-letter queue.
type tableToRead struct{ *dynamoledger.Ledger }

func (tableToRead) DeadLetters(context.Context, int) ([]pipeline.DeadLetter, error) { return nil, nil }
func (tableToRead) Close() error                                                    { return nil }

// onAWS returns the environment that --root aws or --root aws:ENV names. A directory of that name is ./aws.
func (a *app) onAWS() (env string, ok bool) {
	root := a.settings.places.Root
	if root == "aws" {
		return "dev", true
	}
	return strings.CutPrefix(root, "aws:")
}

// refuseOnAWS ends a command that only works on one machine.
func (a *app) refuseOnAWS(command, hint string) error {
	if _, ok := a.onAWS(); ok {
		return &usageError{command + " works on one machine, and --root " + a.settings.places.Root + " is a pipeline on AWS", hint}
	}
	return nil
}

// openDeployed opens the pipeline on AWS, and says where its places are.
func (a *app) openDeployed(ctx context.Context, env string) (*awsports.Wiring, localhome.Places, error) {
	p := a.settings.places
	if p.Input+p.Output+p.Manifests+p.Quarantine+p.Ledger != "" {
		return nil, p, &usageError{"--root " + p.Root + " is a pipeline on AWS, which has its places", "without --input, --output, --manifests, --quarantine and --ledger"}
	}
	for _, c := range coreFlags {
		if v := a.settings.core[c.variable]; v != nil && *v != "" {
			return nil, p, &usageError{"--" + c.flag + " has no effect on a pipeline on AWS: its functions' settings hold", "the Terraform variable of this name"}
		}
	}
	log, err := a.logger(slog.LevelWarn)
	if err != nil {
		return nil, p, err
	}
	w, err := awshome.Open(ctx, env, a.getenv, log)
	if errors.Is(err, awshome.ErrEnvironment) {
		return nil, p, &usageError{"--root " + p.Root + ": " + err.Error(), "--root aws:dev, or ./" + p.Root + " for a directory"}
	}
	if err != nil {
		return nil, p, err
	}
	place := func(s interface{ URI(key string) string }) string { return strings.TrimSuffix(s.URI(""), "/") }
	p.Input, p.Output, p.Manifests, p.Quarantine = place(w.Pipeline.Input), place(w.Pipeline.Output), place(w.Pipeline.Manifests), place(w.Pipeline.Quarantine)
	return w, p, nil
}

// openLedger opens the ledger to look at; it never makes one.
func (a *app) openLedger(ctx context.Context) (ledgerToRead, localhome.Places, error) {
	if env, ok := a.onAWS(); ok {
		w, places, err := a.openDeployed(ctx, env)
		if err != nil {
			return nil, places, err
		}
		return tableToRead{w.Ledger}, places, nil
	}
	places, err := a.resolvePlaces()
	if err != nil {
		return nil, places, &usageError{message: err.Error()}
	}
	ledger, err := sqliteledger.OpenExisting(places.Ledger)
	if err != nil {
		return nil, places, fmt.Errorf("%w (nothing was processed in this root yet, or it is another one: --root DIR)", err)
	}
	return ledger, places, nil
}

// openToRead opens the reading half of the pipeline. Call done after use.
func (a *app) openToRead(ctx context.Context) (r *pipeline.Reader, done func() error, err error) {
	if env, ok := a.onAWS(); ok {
		w, _, err := a.openDeployed(ctx, env)
		if err != nil {
			return nil, nil, err
		}
		return w.Pipeline.Reader, func() error { return nil }, nil
	}
	places, err := a.resolvePlaces()
	if err != nil {
		return nil, nil, &usageError{message: err.Error()}
	}
	return localhome.OpenToRead(ctx, places)
}

// goesOn names who takes up what waits.
func (a *app) goesOn() string {
	if _, ok := a.onAWS(); ok {
		return "the next sweep"
	}
	return "`run` or `serve`"
}
