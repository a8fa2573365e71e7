package e2e

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func (w *world) createTables(t *testing.T) {
	t.Helper()
	type index struct {
		Name       string
		HashKey    string             `json:"hash_key"`
		RangeKey   string             `json:"range_key"`
		Projection ddb.ProjectionType `json:"projection_type"`
	}
	type table struct {
		index
		Attribute []struct {
			Name string
			Type ddb.ScalarAttributeType
		}
		Indexes []index         `json:"global_secondary_index"`
		Billing ddb.BillingMode `json:"billing_mode"`
	}
	schema := func(i index) []ddb.KeySchemaElement {
		return []ddb.KeySchemaElement{
			{AttributeName: &i.HashKey, KeyType: ddb.KeyTypeHash},
			{AttributeName: &i.RangeKey, KeyType: ddb.KeyTypeRange},
		}
	}
	create := func(name string) string {
		r := get[table](t, w.resources, "module.dynamodb.aws_dynamodb_table."+name)
		in := &dynamodb.CreateTableInput{TableName: &r.Name, KeySchema: schema(r.index), BillingMode: r.Billing}
		for _, a := range r.Attribute {
			in.AttributeDefinitions = append(in.AttributeDefinitions,
				ddb.AttributeDefinition{AttributeName: &a.Name, AttributeType: a.Type})
		}
		for _, i := range r.Indexes {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ddb.GlobalSecondaryIndex{
				IndexName: &i.Name, KeySchema: schema(i), Projection: &ddb.Projection{ProjectionType: i.Projection},
			})
		}
		if _, err := w.tables.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return r.Name
	}
	w.tracking, w.metrics = create("tracking"), create("metrics")
}

func (w *world) createQueues(t *testing.T, visibility time.Duration) {
	t.Helper()
	create := func(name string) string {
		r := get[struct {
			Name    string
			Redrive string `json:"redrive_policy"`
		}](t, w.resources, "module.sqs.aws_sqs_queue."+name)
		in := &sqs.CreateQueueInput{QueueName: &r.Name, Attributes: map[string]string{
			"VisibilityTimeout": strconv.Itoa(int(visibility.Seconds())),
		}}
		if r.Redrive != "" {
			in.Attributes["RedrivePolicy"] = r.Redrive
		}
		out, err := w.sqs.CreateQueue(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return *out.QueueUrl
	}
	w.dead = create("dead")
	w.queue = create("events")
	alerts, err := w.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: ptr("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	w.alerts = *alerts.QueueUrl
}

func (w *world) createBuckets(t *testing.T) {
	t.Helper()
	type bucket struct{ Bucket string }
	for _, purpose := range []string{"input", "manifest", "output", "quarantine"} {
		name := get[bucket](t, w.resources, fmt.Sprintf("module.s3.aws_s3_bucket.this[%q]", purpose)).Bucket
		if _, err := w.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatal(err)
		}
		versioning := get[struct {
			Configuration []struct {
				Status s3types.BucketVersioningStatus
			} `json:"versioning_configuration"`
		}](t, w.resources, fmt.Sprintf("module.s3.aws_s3_bucket_versioning.this[%q]", purpose))
		if _, err := w.s3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket:                  &name,
			VersioningConfiguration: &s3types.VersioningConfiguration{Status: versioning.Configuration[0].Status},
		}); err != nil {
			t.Fatal(err)
		}
		switch purpose {
		case "input":
			w.input = name
		case "manifest":
			w.manifests = name
		case "quarantine":
			w.quarantine = name
		case "output":
			w.output = name
		}
	}
	notification := get[struct {
		Queue []struct {
			ID     string
			Events []s3types.Event
			Prefix string `json:"filter_prefix"`
			ARN    string `json:"queue_arn"`
		}
	}](t, w.resources, "module.s3.aws_s3_bucket_notification.input")
	var configuration s3types.NotificationConfiguration
	for _, q := range notification.Queue {
		w.inputRoot = q.Prefix
		configuration.QueueConfigurations = append(configuration.QueueConfigurations, s3types.QueueConfiguration{
			Id: &q.ID, Events: q.Events, QueueArn: &q.ARN,
			Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{
				FilterRules: []s3types.FilterRule{{Name: s3types.FilterRuleNamePrefix, Value: &q.Prefix}},
			}},
		})
	}
	if _, err := w.s3.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: &w.input, NotificationConfiguration: &configuration,
	}); err != nil {
		t.Fatal(err)
	}
}

// What the state machine waits before it retries, and from how many bytes on a batch is Glue's.
var (
	interval = regexp.MustCompile(`"IntervalSeconds": *\d+`)
	backoff  = regexp.MustCompile(`"BackoffRate": *[\d.]+`)
	least    = regexp.MustCompile(`"NumericGreaterThanEquals": *\d+`)
)

// createTopic also subscribes a queue to the topic.
func (w *world) createTopic(t *testing.T) {
	t.Helper()
	name := get[struct{ Name string }](t, w.resources, "module.monitoring.aws_sns_topic.alerts").Name
	topic, err := w.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	w.topic = *topic.TopicArn
	if _, err := w.sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &w.topic, Protocol: ptr("sqs"), Endpoint: ptr("arn:aws:sqs:us-east-1:" + w.account + ":alerts"),
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) createJob(t *testing.T) {
	t.Helper()
	job := get[struct {
		Name    string
		Role    string `json:"role_arn"`
		Command []struct {
			Name   string
			Script string `json:"script_location"`
		}
		Defaults  map[string]string `json:"default_arguments"`
		Execution []struct {
			Most int32 `json:"max_concurrent_runs"`
		} `json:"execution_property"`
	}](t, w.resources, "module.glue.aws_glue_job.convert")
	w.job = job.Name
	if _, err := w.glue.CreateJob(t.Context(), &glue.CreateJobInput{
		Name: &job.Name, Role: &job.Role, DefaultArguments: job.Defaults,
		Command:           &gluetypes.JobCommand{Name: &job.Command[0].Name, ScriptLocation: &job.Command[0].Script},
		ExecutionProperty: &gluetypes.ExecutionProperty{MaxConcurrentRuns: job.Execution[0].Most},
	}); err != nil {
		t.Fatal(err)
	}
}

// createCatalog makes the table over the output as Terraform does: with the columns that the
// pipeline adds alone.
func (w *world) createCatalog(t *testing.T) {
	t.Helper()
	type column struct{ Name, Type string }
	table := get[struct {
		Name       string
		Database   string `json:"database_name"`
		Kind       string `json:"table_type"`
		Parameters map[string]string
		Partitions []column `json:"partition_keys"`
		Storage    []struct {
			Location string
			Columns  []column
		} `json:"storage_descriptor"`
	}](t, w.resources, "module.glue.aws_glue_catalog_table.merged")
	columns := func(cs []column) (list []gluetypes.Column) {
		for _, c := range cs {
			list = append(list, gluetypes.Column{Name: &c.Name, Type: &c.Type})
		}
		return list
	}
	if _, err := w.glue.CreateDatabase(t.Context(),
		&glue.CreateDatabaseInput{DatabaseInput: &gluetypes.DatabaseInput{Name: &table.Database}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.glue.CreateTable(t.Context(), &glue.CreateTableInput{DatabaseName: &table.Database,
		TableInput: &gluetypes.TableInput{
			Name: &table.Name, TableType: &table.Kind, Parameters: table.Parameters,
			PartitionKeys: columns(table.Partitions),
			StorageDescriptor: &gluetypes.StorageDescriptor{Location: &table.Storage[0].Location,
				Columns: columns(table.Storage[0].Columns)},
		}}); err != nil {
		t.Fatal(err)
	}
	w.database, w.table = table.Database, table.Name
}

func (w *world) createWorkflow(t *testing.T, glueMinBytes int) {
	t.Helper()
	machine := get[struct {
		Name, Definition string
		RoleARN          string `json:"role_arn"`
	}](t, w.resources, "module.step_functions.aws_sfn_state_machine.processor")
	definition := interval.ReplaceAllString(machine.Definition, `"IntervalSeconds": 1`)
	definition = backoff.ReplaceAllString(definition, `"BackoffRate": 1.0`)
	definition = strings.ReplaceAll(definition, `"SecondsPath":"$.batch.pause_seconds"`, `"Seconds":1`)
	definition = strings.ReplaceAll(definition, `"SecondsPath": "$.batch.pause_seconds"`, `"Seconds": 1`)
	if glueMinBytes > 0 {
		definition = least.ReplaceAllString(definition, fmt.Sprintf(`"NumericGreaterThanEquals": %d`, glueMinBytes))
	}
	out, err := w.sfn.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: &machine.Name, Definition: &definition, RoleArn: &machine.RoleARN,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.stateMachine = *out.StateMachineArn
}

func (w *world) createFunctions(t *testing.T, bootstrap string, s settings) {
	t.Helper()
	for _, handler := range handlers {
		r := get[struct {
			Name        string `json:"function_name"`
			ARN         string
			Handler     string
			Timeout     int
			Memory      int                    `json:"memory_size"`
			Scratch     []struct{ Size int64 } `json:"ephemeral_storage"`
			Environment []struct{ Variables map[string]string }
		}](t, w.resources, fmt.Sprintf("module.lambda.aws_lambda_function.this[%q]", handler))
		f := &function{
			name: r.Name, arn: r.ARN, timeout: time.Duration(r.Timeout) * time.Second, bootstrap: bootstrap,
			memory: int64(r.Memory) << 20, scratch: r.Scratch[0].Size << 20, folder: t.TempDir(), complain: w.complain,
		}
		if timeout := s.timeout[handler]; timeout > 0 {
			f.timeout = timeout
		}
		variables := map[string]string{
			"_HANDLER": r.Handler, "AWS_LAMBDA_FUNCTION_NAME": r.Name,
			"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(r.Memory),
			"STALE_AFTER_SECONDS":             "1",
		}
		f.variables = map[string]string{}
		for _, e := range r.Environment {
			maps.Copy(f.variables, e.Variables)
		}
		maps.Copy(variables, f.variables)
		maps.Copy(variables, w.env(functionRole(handler)))
		maps.Copy(variables, s.variables[handler])
		for name, value := range variables {
			f.env = append(f.env, name+"="+value)
		}
		w.functions[handler], w.byName[r.Name] = f, f
		w.atEnd(func() { f.stop(t) })
	}
}
