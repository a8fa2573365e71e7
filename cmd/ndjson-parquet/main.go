//go:build !manual

// Command ndjson-parquet turns arriving NDJSON files into query-ready Parquet, each record exactly
// once.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"ndjson-parquet/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{Terminal: &cli.Terminal{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}}
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(a.run(ctx, os.Args[1:]))
}
