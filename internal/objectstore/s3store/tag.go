package s3store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ndjson-parquet/internal/objectstore"
)

// Tag adds a tag to a version of an object, and keeps the tags that it has.
func (s *Store) Tag(ctx context.Context, obj objectstore.Object, name, value string) error {
	if err := s.checkKey(obj.Key); err != nil {
		return err
	}
	var version *string
	if obj.VersionID != "" {
		version = &obj.VersionID
	}
	out, err := s.client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &s.bucket, Key: s.full(obj.Key),
		VersionId: version})
	if err != nil {
		return s.failed("read the tags of", obj.Key, err)
	}
	tags := []types.Tag{{Key: &name, Value: &value}}
	for _, tag := range out.TagSet {
		if aws.ToString(tag.Key) != name {
			tags = append(tags, tag)
		}
	}
	_, err = s.client.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{
		Bucket: &s.bucket, Key: s.full(obj.Key), VersionId: version, Tagging: &types.Tagging{TagSet: tags},
	})
	return s.failed("tag", obj.Key, err)
}
