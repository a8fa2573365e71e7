// Command lambda is the AWS functions: one bootstrap, the handler chosen by the function's handler setting (_HANDLER).
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ndjson-parquet:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	handler := os.Getenv("_HANDLER")
	f, err := newFunction(ctx, handler, os.Getenv)
	if err != nil {
		return err
	}
	handlers := map[string]any{
		"manifest-builder": manifestBuilder{f}.handle,
		"converter":        converter{f}.handle,
		"settler":          settler{f}.handle,
		"sweeper":          sweeper{f}.handle,
	}
	h, ok := handlers[handler]
	if !ok {
		return fmt.Errorf("_HANDLER is %q: expected %s", handler, strings.Join(handlerNames(handlers), ", "))
	}
	lambda.StartWithOptions(h, lambda.WithContext(ctx))
	return nil
}
