package awshome

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"ndjson-parquet/internal/settings"
)

// validEnvironment is what Terraform's variable environment can be.
var validEnvironment = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// variables returns the variables that describe the pipeline of env: those around us if they name
// all its places, else those of the deployed function alone. The two are never mixed: the table of
// one pipeline beside the buckets of another would publish files twice.
func variables(ctx context.Context, sdk aws.Config, env string, getenv func(string) string,
	log *slog.Logger) (func(string) string, error) {
	set, unset := places(getenv)
	if len(unset) == 0 {
		return getenv, nil
	}
	if len(set) > 0 {
		log.Warn("environment variables ignored, the deployed function's count: set all places or none",
			"ignored", strings.Join(set, ","), "not set", strings.Join(unset, ","))
	}
	found, err := functionVariables(ctx, sdk, env)
	return func(name string) string { return found[name] }, err
}

// Settings returns the variables that describe the pipeline of an environment, and the name of the
// function that they are from; an empty name means those of this process. It does not look at what
// they name.
func Settings(
	ctx context.Context, env string, getenv func(string) string, log *slog.Logger,
) (get func(string) string, function string, err error) {
	if !validEnvironment.MatchString(env) {
		return nil, "", fmt.Errorf("%q: %w", env, ErrEnvironment)
	}
	sdk, err := load(ctx, log)
	if err != nil {
		return nil, "", err
	}
	if _, unset := places(getenv); len(unset) > 0 {
		function = manifestBuilder(env)
	}
	get, err = variables(ctx, sdk, env, getenv, log)
	return get, function, err
}

// places returns the names of the places that are set, and that are not.
func places(getenv func(string) string) (set, unset []string) {
	for _, name := range settings.Required() {
		if getenv(name) == "" {
			unset = append(unset, name)
		} else {
			set = append(set, name)
		}
	}
	return set, unset
}

// manifestBuilder is the name of the function whose settings count.
func manifestBuilder(env string) string { return "ndjson-parquet-manifest-builder-" + env }

// functionVariables reads the environment variables of a function that every deployment has.
func functionVariables(ctx context.Context, sdk aws.Config, env string) (map[string]string, error) {
	name := manifestBuilder(env)
	places := strings.Join(settings.Required(), ", ")
	out, err := lambda.NewFromConfig(sdk).GetFunctionConfiguration(ctx,
		&lambda.GetFunctionConfigurationInput{FunctionName: &name})
	var missing *types.ResourceNotFoundException
	var failure smithy.APIError
	switch {
	case errors.As(err, &missing):
		return nil, fmt.Errorf("there is no function %s in %s: is the environment %s deployed in this account "+
			"and region? "+
			"Another one is --root aws:ENV; for a name_prefix of your own set %s", name, sdk.Region, env, places)
	case errors.As(err, &failure) && strings.HasPrefix(failure.ErrorCode(), "AccessDenied"):
		return nil, fmt.Errorf("the credentials may not read the settings of the function %s "+
			"(lambda:GetFunctionConfiguration); "+
			"allow it, or set %s: %w", name, places, err)
	case err != nil:
		return nil, fmt.Errorf("read the settings of the function %s: %w", name, err)
	case out.Environment == nil:
		return nil, fmt.Errorf("the function %s has no environment variables: it was not made by the Terraform of "+
			"this version", name)
	case out.Environment.Error != nil:
		return nil, fmt.Errorf("the variables of the function %s cannot be decrypted (kms:Decrypt on its key); "+
			"allow it, or set %s: %s",
			name, places, aws.ToString(out.Environment.Error.Message))
	}
	return out.Environment.Variables, nil
}
