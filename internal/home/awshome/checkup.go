package awshome

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/settings"
)

// A checkup is one checkup of an environment.
type checkup struct {
	*home.Checkup
	sdk    aws.Config
	env    string
	getenv func(string) string // the variables of the pipeline
}

// Checkup checks the pipeline of an environment: credentials, settings, every part, the permissions
// of the roles, and the work in it. It changes nothing. What the caller's own permissions do not
// reach is not checked, and the finding says which permission that would take.
func Checkup(ctx context.Context, env string, getenv func(string) string, log *slog.Logger, c *home.Checkup) error {
	if !validEnvironment.MatchString(env) {
		return fmt.Errorf("%q: %w", env, ErrEnvironment)
	}
	sdk, err := load(ctx, log)
	if err != nil {
		c.Problem("configuration", "credentials", "aws configure", "%v", err)
		return nil
	}
	u := &checkup{Checkup: c, sdk: sdk, env: env}
	u.checkCaller(ctx)
	if u.getenv, err = variables(ctx, sdk, env, getenv, log); err != nil {
		c.Problem("configuration", "settings", "tofu -chdir=terraform apply", "%v", err)
		return nil
	}
	if _, err := settings.Config(settings.AWS(), settings.Env(u.getenv)); err != nil {
		c.Problem("configuration", "settings", c.Command("config"), "%v", err)
		return nil
	}
	c.Fine("configuration", "settings", "valid")
	u.checkFunctions(ctx)
	u.checkStateMachine(ctx)
	u.checkQueues(ctx)
	u.checkTopic(ctx)
	h, err := Open(ctx, env, getenv, log)
	if err != nil {
		c.Problem("reachability", "ledger", home.Shell("aws", "dynamodb", "describe-table", "--table-name",
			u.getenv("TRACKING_TABLE")), "%v", err)
		return nil
	}
	c.Fine("reachability", "ledger", "table %s exists", h.Places.Ledger)
	u.checkBuckets(ctx, h)
	return errors.Join(h.Examine(ctx, time.Now(), c), h.Close(ctx))
}

// denied reports whether a request was refused for want of permission, or is not implemented by a
// server that imitates AWS.
func denied(err error) bool {
	var failure smithy.APIError
	return errors.As(err, &failure) &&
		(strings.HasPrefix(failure.ErrorCode(), "AccessDenied") || failure.ErrorCode() == "NotAuthorized" ||
			failure.ErrorCode() == "AuthorizationError" || failure.ErrorCode() == "NotImplemented" ||
			failure.ErrorCode() == "UnauthorizedOperation")
}

// failed adds a request that failed: as not checked if the caller may not make it.
func (u *checkup) failed(area, subject, permission, fix string, err error) {
	if denied(err) {
		u.NotChecked(area, subject, "the credentials may not do it (%s)", permission)
		return
	}
	u.Problem(area, subject, fix, "%v", err)
}

// checkCaller names the caller and compares the clocks.
func (u *checkup) checkCaller(ctx context.Context) {
	out, err := sts.NewFromConfig(u.sdk).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		u.failed("configuration", "credentials", "sts:GetCallerIdentity", "aws sts get-caller-identity", err)
		return
	}
	u.Fine("configuration", "credentials", "%s in %s", aws.ToString(out.Arn), u.sdk.Region)
	if server, ok := middleware.GetServerTime(out.ResultMetadata); ok {
		u.CompareClock("AWS", server, time.Now())
	}
}

// handlers are the functions of a pipeline, by the part of their names that says what they do.
var handlers = []string{"manifest-builder", "converter", "settler", "sweeper"}

// checkFunctions looks at each function, at whether all have the same settings, and at what their
// roles may do.
func (u *checkup) checkFunctions(ctx context.Context) {
	client := lambda.NewFromConfig(u.sdk)
	for _, handler := range handlers {
		name := "ndjson-parquet-" + handler + "-" + u.env
		out, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			u.failed("reachability", "function "+handler, "lambda:GetFunctionConfiguration on "+name,
				"tofu -chdir=terraform apply", err)
			u.NotChecked("permissions", handler, "its role is not known without its configuration")
			continue
		}
		switch {
		case out.State != "" && out.State != types.StateActive && out.State != types.StateInactive:
			u.Problem("reachability", "function "+handler, "tofu -chdir=terraform apply", "%s is %s: %s", name,
				out.State,
				aws.ToString(out.StateReason))
		case out.LastUpdateStatus == types.LastUpdateStatusFailed:
			u.Problem("reachability", "function "+handler, "tofu -chdir=terraform apply", "its last update failed: %s",
				aws.ToString(out.LastUpdateStatusReason))
		default:
			u.Fine("reachability", "function "+handler, "%s is deployed", name)
		}
		if out.Environment != nil {
			u.compareSettings(handler, out.Environment.Variables)
		}
		u.checkRole(ctx, handler, aws.ToString(out.Role))
	}
}

// compareSettings reports a function that works on other places than the manifest builder.
func (u *checkup) compareSettings(handler string, variables map[string]string) {
	for _, name := range settings.Required() {
		if value := variables[name]; value != "" && value != u.getenv(name) {
			u.Problem("configuration", "function "+handler, "tofu -chdir=terraform apply",
				"its %s is %s, that of the pipeline %s",
				name, value, u.getenv(name))
		}
	}
}

func (u *checkup) checkStateMachine(ctx context.Context) {
	arn := u.getenv("STEP_FUNCTION_ARN")
	fix := home.Shell("aws", "stepfunctions", "describe-state-machine", "--state-machine-arn", arn)
	out, err := sfn.NewFromConfig(u.sdk).DescribeStateMachine(ctx,
		&sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	switch {
	case err != nil:
		u.failed("reachability", "state machine", "states:DescribeStateMachine on "+arn, fix, err)
	case out.Status != "" && out.Status != sfntypes.StateMachineStatusActive:
		u.Problem("reachability", "state machine", "tofu -chdir=terraform apply", "%s is %s", arn, out.Status)
	default:
		u.Fine("reachability", "state machine", "%s is active", arn)
	}
}

// checkQueues looks at the queue that feeds the manifest builder.
func (u *checkup) checkQueues(ctx context.Context) {
	name := manifestBuilder(u.env)
	out, err := lambda.NewFromConfig(u.sdk).ListEventSourceMappings(ctx,
		&lambda.ListEventSourceMappingsInput{FunctionName: &name})
	if err != nil {
		u.failed("reachability", "queue", "lambda:ListEventSourceMappings", "tofu -chdir=terraform apply", err)
		return
	}
	if len(out.EventSourceMappings) == 0 {
		u.Problem("reachability", "queue", "tofu -chdir=terraform apply",
			"no queue feeds the function %s: only the sweep finds new files", name)
		return
	}
	client := sqs.NewFromConfig(u.sdk)
	for _, m := range out.EventSourceMappings {
		if state := aws.ToString(m.State); state != "Enabled" {
			u.Problem("reachability", "queue", home.Shell("aws", "lambda", "update-event-source-mapping", "--uuid",
				aws.ToString(m.UUID), "--enabled"), "the function %s does not read it: the mapping is %s", name, state)
			continue
		}
		url, err := queueURL(ctx, client, aws.ToString(m.EventSourceArn))
		if err != nil {
			u.failed("reachability", "queue", "sqs:GetQueueUrl", "tofu -chdir=terraform apply", err)
			continue
		}
		attributes, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl:       &url,
			AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages},
		})
		if err != nil {
			u.failed("reachability", "queue", "sqs:GetQueueAttributes on "+url, "tofu -chdir=terraform apply", err)
			continue
		}
		u.Fine("reachability", "queue", "%s messages wait in %s",
			attributes.Attributes[string(sqstypes.QueueAttributeNameApproximateNumberOfMessages)], url)
	}
}

func (u *checkup) checkTopic(ctx context.Context) {
	arn := u.getenv("ALERT_TOPIC_ARN")
	if arn == "" {
		u.Warn("reachability", "alerts", "tofu -chdir=terraform apply", "no topic is set: alerts are only in the logs")
		return
	}
	out, err := sns.NewFromConfig(u.sdk).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		u.failed("reachability", "alerts", "sns:GetTopicAttributes on "+arn, "tofu -chdir=terraform apply", err)
		return
	}
	if confirmed := out.Attributes["SubscriptionsConfirmed"]; confirmed == "" || confirmed == "0" {
		u.Warn("reachability", "alerts", home.Shell("aws", "sns", "subscribe", "--topic-arn", arn, "--protocol",
			"email",
			"--notification-endpoint", "you@example.com"), "the topic has no confirmed subscription, so that its "+
			"alerts are not delivered")
		return
	}
	u.Fine("reachability", "alerts", "%s subscriptions are confirmed", out.Attributes["SubscriptionsConfirmed"])
}

// checkBuckets lists each place with the caller's permissions.
func (u *checkup) checkBuckets(ctx context.Context, h *Home) {
	for _, place := range []struct {
		name  string
		store objectstore.ReadStore
	}{
		{"input", h.Wiring.Pipeline.Input}, {"manifests", h.Manifests}, {"output", h.Output},
		{"quarantine", h.Quarantine},
	} {
		bucket, ok := place.store.(interface {
			Reach(ctx context.Context) (time.Time, error)
		})
		if !ok {
			u.NotChecked("reachability", place.name, "its store cannot be tried")
			continue
		}
		address := place.store.URI("")
		if _, err := bucket.Reach(ctx); err != nil {
			u.failed("reachability", place.name, "s3:ListBucket on "+address, home.Shell("aws", "s3", "ls", address),
				err)
			continue
		}
		u.Fine("reachability", place.name, "%s can be listed", address)
	}
}
