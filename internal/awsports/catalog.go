package awsports

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"ndjson-parquet/internal/pipeline"
)

// schemaVersion is the table's parameter with the version of the schema log that its columns are.
const schemaVersion = "ndjson-parquet.schema-version"

// addedColumns come last in every output; docs/FORMATS.md describes them.
var addedColumns = []types.Column{
	{Name: ptr("_processing_timestamp"), Type: ptr("timestamp")},
	{Name: ptr("_source_file"), Type: ptr("string")},
	{Name: ptr("_rescued_data"), Type: ptr("string")},
}

// A Catalog keeps the columns of the Glue catalog table over the output, which Athena reads, equal
// to the newest version of the schema log. Partitions are projected and take their columns from the
// table, so that dates of the past show new columns too.
type Catalog struct {
	Client          *glue.Client
	Database, Table string
	Schemas         pipeline.SchemaLog

	mu    sync.Mutex
	known int // the version that the table is known to have
}

// Follow brings the table up to the newest version of the schema log, if it is older than the
// version that a batch has used. Callers may do so at the same time: an update applies to the table
// that was read, or fails.
func (c *Catalog) Follow(ctx context.Context, used int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if used <= c.known {
		return nil
	}
	out, err := c.Client.GetTable(ctx, &glue.GetTableInput{DatabaseName: &c.Database, Name: &c.Table})
	if err != nil {
		return fmt.Errorf("read the catalog table %s.%s: %w", c.Database, c.Table, err)
	}
	table := out.Table
	has, _ := strconv.Atoi(table.Parameters[schemaVersion])
	if used > has {
		if has, err = c.update(ctx, table); err != nil {
			return fmt.Errorf("update the catalog table %s.%s: %w", c.Database, c.Table, err)
		}
	}
	c.known = has
	return nil
}

// update gives the table the columns of the newest version, which it returns.
func (c *Catalog) update(ctx context.Context, table *types.Table) (int, error) {
	newest, err := c.Schemas.Newest(ctx)
	if err != nil {
		return 0, err
	}
	v, err := c.Schemas.Read(ctx, newest)
	if err != nil {
		return 0, err
	}
	columns, err := columnsOf(v)
	if err != nil {
		return 0, err
	}
	parameters := maps.Clone(table.Parameters)
	if parameters == nil {
		parameters = map[string]string{}
	}
	parameters[schemaVersion] = strconv.Itoa(newest)
	storage := *table.StorageDescriptor
	storage.Columns = columns
	_, err = c.Client.UpdateTable(ctx, &glue.UpdateTableInput{
		DatabaseName: &c.Database, VersionId: table.VersionId, SkipArchive: aws.Bool(true),
		TableInput: &types.TableInput{
			Name: table.Name, Description: table.Description, Owner: table.Owner, Retention: table.Retention,
			TableType:     table.TableType,
			PartitionKeys: table.PartitionKeys, Parameters: parameters, StorageDescriptor: &storage,
		},
	})
	return newest, err
}

// columnsOf are the columns of a schema version in the catalog's words, which are the log's.
func columnsOf(v pipeline.SchemaVersion) ([]types.Column, error) {
	raw, err := json.Marshal(v.Columns)
	if err != nil {
		return nil, err
	}
	var named []struct{ Name, Type string }
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, err
	}
	var columns []types.Column
	for _, c := range named {
		columns = append(columns, types.Column{Name: &c.Name, Type: &c.Type})
	}
	return append(columns, addedColumns...), nil
}

func ptr(s string) *string { return &s }
