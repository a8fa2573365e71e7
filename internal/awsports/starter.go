package awsports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"ndjson-parquet/internal/pipeline"
)

// A Starter starts executions of one state machine. A standard execution's name is unique for 90
// days: starting it again with the same input while it runs is a no-op, and later answers
// ExecutionAlreadyExists, which means: started.
type Starter struct {
	Client          *sfn.Client
	StateMachineARN string
}

var _ pipeline.Starter = (*Starter)(nil)

// Start implements pipeline.Starter.
func (s *Starter) Start(ctx context.Context, in pipeline.ExecutionInput) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = s.Client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &s.StateMachineARN,
		Name:            &in.ExecutionName,
		Input:           aws.String(string(input)),
	})
	var exists *types.ExecutionAlreadyExists
	if errors.As(err, &exists) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("start execution %s: %w", in.ExecutionName, err)
	}
	return nil
}

// State implements pipeline.Starter.
func (s *Starter) State(ctx context.Context, name string) (pipeline.ExecutionState, error) {
	arn := executionARN(s.StateMachineARN, name)
	out, err := s.Client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	var missing *types.ExecutionDoesNotExist
	switch {
	case errors.As(err, &missing):
		return pipeline.StateUnknown, nil
	case err != nil:
		return "", fmt.Errorf("describe execution %s: %w", name, err)
	case out.Status == types.ExecutionStatusRunning || out.Status == types.ExecutionStatusPendingRedrive:
		return pipeline.StateRunning, nil
	}
	return pipeline.StateEnded, nil
}
