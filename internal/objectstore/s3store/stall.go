package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// get is GetObject with a time-out for the body: if a read gets no byte within s.readTimeout, it
// ends the request. The SDK limits only the wait for the response's header, and a half-open
// connection would block the reader for ever.
func (s *Store) get(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	out, err := s.client.GetObject(ctx, in)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	out.Body = &watchedBody{body: out.Body, ctx: ctx, cancel: cancel, timeout: s.readTimeout}
	return out, nil
}

// A watchedBody is the body of a response whose request ends when a read stalls.
type watchedBody struct {
	body    io.ReadCloser
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timeout time.Duration
}

func (b *watchedBody) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.timeout, func() { b.cancel(fmt.Errorf("no byte came within %v", b.timeout)) })
	defer timer.Stop()
	n, err := b.body.Read(p)
	if err != nil && b.ctx.Err() != nil && !errors.Is(context.Cause(b.ctx), b.ctx.Err()) {
		err = context.Cause(b.ctx) // says why the request ended
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.body.Close()
	b.cancel(nil)
	return err
}
