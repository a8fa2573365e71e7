package s3store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ExpectOwner adds to every request the account that owns the bucket (ExpectedBucketOwner), and to
// a copy that of its source. S3 refuses the request if another account owns the bucket.
func ExpectOwner(account string) func(*s3.Options) {
	add := middleware.BuildMiddlewareFunc("ExpectOwner", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			request.Header.Set("X-Amz-Expected-Bucket-Owner", account)
			if request.Header.Get("X-Amz-Copy-Source") != "" {
				request.Header.Set("X-Amz-Source-Expected-Bucket-Owner", account)
			}
		}
		return next.HandleBuild(ctx, in)
	})
	return s3.WithAPIOptions(func(stack *middleware.Stack) error { return stack.Build.Add(add, middleware.After) })
}
