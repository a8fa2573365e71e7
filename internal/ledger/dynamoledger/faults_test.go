package dynamoledger

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// traffic records the requests of a client and makes some of them fail. It is inside the SDK's
// retries, so it sees every request that is sent.
type traffic struct {
	mu   sync.Mutex
	seen []string // the operations, in order
	// fault reports whether the n-th request (from 1) fails, and whether only its response is lost.
	// Nil: none fails.
	fault func(n int) (fails, afterwards bool)
}

func (f *traffic) reset(fault func(n int) (fails, afterwards bool)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.fault = nil, fault
}

func (f *traffic) operations() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}

// install adds f to the clients of a configuration.
func (f *traffic) install(cfg *aws.Config) {
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Add(middleware.FinalizeMiddlewareFunc("traffic", f.handle), middleware.After)
	})
}

func (f *traffic) handle(ctx context.Context, in middleware.FinalizeInput,
	next middleware.FinalizeHandler) (out middleware.FinalizeOutput, m middleware.Metadata, err error) {
	f.mu.Lock()
	f.seen = append(f.seen, awsmiddleware.GetOperationName(ctx))
	fails, afterwards := false, false
	if f.fault != nil {
		fails, afterwards = f.fault(len(f.seen))
	}
	f.mu.Unlock()
	throttled := &types.ProvisionedThroughputExceededException{Message: aws.String("the table is throttled")}
	if fails && !afterwards {
		return out, m, throttled
	}
	if out, m, err = next.HandleFinalize(ctx, in); fails && err == nil {
		return out, m, throttled
	}
	return out, m, err
}

// withoutRetries returns the same ledger for a worker that gives up at the first error, as a worker
// that is killed does.
func withoutRetries(t testing.TB, l *Ledger, f *traffic) *Ledger {
	t.Helper()
	cfg := configOf(t)
	f.install(&cfg)
	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.Retryer, o.DisableValidateResponseChecksum = aws.NopRetryer{}, true
	})
	return &Ledger{client: client, table: l.table, rowTTL: l.rowTTL}
}
