// Package dynamoledger keeps the ledger of the AWS pipeline in one DynamoDB table. It implements
// pipeline.Ledger for any number of Lambda functions, machines and operators at once.
//
// Every write has the condition that the row it changes is still as it was read. Indexes lag and
// only propose rows; the conditions decide. The lease on a date only saves work.
package dynamoledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/cenkalti/backoff/v5"

	"ndjson-parquet/internal/pipeline"
)

// A Ledger is a pipeline.Ledger in a DynamoDB table. It is safe for concurrent use.
type Ledger struct {
	client *dynamodb.Client
	table  string
	rowTTL time.Duration

	// registered is when this process last wrote a date into the list of dates, by date.
	registered sync.Map
}

var _ pipeline.Ledger = (*Ledger)(nil)

// minAttempts is how often a request is sent before it counts as failed, unless more is configured.
// The SDK waits between attempts, with jitter, up to 20 seconds: enough for a table to scale up
// under a burst.
const minAttempts = 8

// New returns the ledger in a table. Rows that are completed, failed or quarantined expire rowTTL
// after their last change, or never if rowTTL is 0. Rows of work in progress never expire.
func New(config aws.Config, table string, rowTTL time.Duration) *Ledger {
	client := dynamodb.NewFromConfig(config, func(o *dynamodb.Options) {
		o.RetryMaxAttempts = max(o.RetryMaxAttempts, minAttempts)
		// The SDK would only log a mismatch, and it counts a missing checksum as one. TLS protects
		// the responses.
		o.DisableValidateResponseChecksum = true
	})
	return &Ledger{client: client, table: table, rowTTL: rowTTL}
}

// Check reports why the ledger cannot be used, if so: the table does not exist, cannot be reached,
// or does not have the keys and indexes of Table. A program calls it once when it starts, rather
// than begin with an empty ledger.
func (l *Ledger) Check(ctx context.Context) error {
	out, err := l.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &l.table})
	if err != nil {
		return l.explain("describe", err)
	}
	have := map[string]bool{}
	for _, k := range out.Table.KeySchema {
		have[aws.ToString(k.AttributeName)] = true
	}
	for _, i := range out.Table.GlobalSecondaryIndexes {
		have[aws.ToString(i.IndexName)] = true
	}
	for _, name := range []string{datePrefix, fileKey, pendingIndex, liveIndex} {
		if !have[name] {
			return fmt.Errorf(
				"the table %s has no key or index %s: it is not a ledger or an old one; apply this version's Terraform",
				l.table, name)
		}
	}
	return nil
}

// explain adds the table's name and a hint to an error of AWS.
func (l *Ledger) explain(what string, err error) error {
	if err == nil || errors.Is(err, pipeline.ErrState) || errors.Is(err, pipeline.ErrNotFound) ||
		errors.Is(err, pipeline.ErrLeaseHeld) {
		return err
	}
	var missing *types.ResourceNotFoundException
	var failure smithy.APIError
	hint := ""
	switch {
	case errors.As(err, &missing):
		hint = " (there is no such table in this account and region; check its name, AWS_REGION and the credentials)"
	case errors.As(err, &failure) && failure.ErrorCode() == "AccessDeniedException":
		hint = " (the role lacks a permission on the table or its indexes)"
	case errors.As(err, &failure) && (failure.ErrorCode() == "ValidationException"):
		hint = " (the request does not fit the table: was it made by the Terraform of this version?)"
	}
	return fmt.Errorf("%s the ledger table %s%s: %w", what, l.table, hint, err)
}

// errContended is the error of an attempt that lost against another worker.
var errContended = errors.New("other workers keep changing the same rows")

// maxTries is how often an attempt is made while it loses against other workers.
const maxTries = 20

// again calls attempt until it returns another error than errContended or has been made maxTries
// times. In between it waits, longer each time.
func again(ctx context.Context, attempt func() error) error { return tryAgain(ctx, maxTries, attempt) }

// tryAgain is again with another number of tries; 0 means no limit.
func tryAgain(ctx context.Context, tries uint, attempt func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := attempt()
		if err != nil && !errors.Is(err, errContended) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(0), backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 5 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: time.Second,
	}))
	return err
}
