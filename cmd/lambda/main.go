// Command lambda contains the AWS functions. The function's handler setting (_HANDLER) selects the
// handler.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ndjson-parquet:", err)
		os.Exit(1)
	}
}

// handlers maps handler settings to functions that return the handler.
var handlers = map[string]func(*function) any{
	"manifest-builder": func(f *function) any { return manifestBuilder{f}.handle },
	"converter":        func(f *function) any { return converter{f}.handle },
	"settler":          func(f *function) any { return settler{f}.handle },
	"sweeper":          func(f *function) any { return sweeper{f}.handle },
}

func run(ctx context.Context) error {
	name := os.Getenv("_HANDLER")
	handler, ok := handlers[name]
	if !ok {
		return fmt.Errorf("_HANDLER is %q: expected %s", name, strings.Join(slices.Sorted(maps.Keys(handlers)), ", "))
	}
	limitMemory(os.Getenv)
	f, err := newFunction(ctx, name, os.Getenv, os.Stdout)
	if err != nil {
		return err
	}
	lambda.StartWithOptions(handler(f), lambda.WithContext(ctx))
	return nil
}
