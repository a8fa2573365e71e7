package dynamoledger

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

// A lag makes the indexes of a client lag, as those of DynamoDB may and those of its emulators
// never do: after the first query, every query gets the same response.
type lag struct {
	mu     sync.Mutex
	answer *dynamodb.QueryOutput
}

func (g *lag) install(cfg *aws.Config) {
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("lag", g.handle), middleware.Before)
	})
}

func (g *lag) handle(ctx context.Context, in middleware.InitializeInput,
	next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	if _, query := in.Parameters.(*dynamodb.QueryInput); !query {
		return next.HandleInitialize(ctx, in)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.answer != nil {
		return middleware.InitializeOutput{Result: g.answer}, middleware.Metadata{}, nil
	}
	out, m, err := next.HandleInitialize(ctx, in)
	if err == nil {
		g.answer = out.Result.(*dynamodb.QueryOutput)
	}
	return out, m, err
}

func TestC11_IndexThatLagsBehindOffersFilesThatAreTaken(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	for name, c := range map[string]struct{ files, taken, replaced int }{
		"one transaction": {20, 9, 2},
		"in chunks":       {250, 130, 5},
		"all taken":       {20, 20, 0},
		"all of many":     {150, 150, 0},
	} {
		t.Run(name, func(t *testing.T) {
			healthy := newTable(t)
			var g lag
			cfg := configOf(t)
			g.install(&cfg)
			late := New(cfg, healthy.table, 0)
			admitAll(t, healthy, day, 0, c.files)
			if b, _, err := late.Claim(t.Context(), claimRequest(day, 500, 500, at(5))); err != nil || b.ID != "" {
				t.Fatalf("claimed %q too early: %v", b.ID, err)
			}
			if _, files, err := healthy.Claim(t.Context(), claimRequest(day, c.taken, c.taken, at(10))); err != nil ||
				len(files) != c.taken {
				t.Fatalf("claimed %d files: %v", len(files), err)
			}
			for i := range c.replaced { // still pending, but another version than in the index
				r := request(day, c.files-1-i)
				r.File.ETag = "new"
				if a, err := healthy.Admit(t.Context(), r); err != nil || a.Verdict != pipeline.Admitted {
					t.Fatalf("%s: %v", a.Verdict, err)
				}
			}
			_, files, err := late.Claim(t.Context(), claimRequest(day, 1, c.files, at(11)))
			if want := c.files - c.taken - c.replaced; err != nil || len(files) != want {
				t.Errorf("the late worker claimed %d files, want %d: %v", len(files), want, err)
			}
			rest(t, healthy, day)
			noOrphans(t, healthy, day, c.files)
		})
	}
}
