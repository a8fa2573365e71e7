package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/objectstore"
)

// A SchemaVersion is one entry of the schema log.
type SchemaVersion struct {
	Version   int            `json:"version"`
	Batch     BatchID        `json:"batch,omitempty"`
	CreatedAt time.Time      `json:"created_at"`
	Columns   *schema.Schema `json:"columns"`
	// Change describes the change that an operator made, in a version that was not created by a
	// batch.
	Change string `json:"change,omitempty"`
	// Retyped is the last version, up to this one, that an operator's change created; 0: there is
	// none. Later versions repeat it, and no conversion starts from an earlier one.
	Retyped int `json:"retyped,omitempty"`
}

// A SchemaLog is the schema of the dataset: immutable versions, numbered from 1 without gaps. The
// first to create the next number wins; others read that version and continue from it.
type SchemaLog struct{ Store objectstore.ReadStore }

const schemaPrefix = "_schema/"

func schemaKey(version int) string { return fmt.Sprintf("%s%08d.json", schemaPrefix, version) }

// Newest returns the number of the newest version, 0 if there is none.
func (l SchemaLog) Newest(ctx context.Context) (int, error) {
	newest := 0
	for o, err := range l.Store.List(ctx, schemaPrefix, "") {
		if err != nil {
			return 0, fmt.Errorf("list the schema log: %w", err)
		}
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(o.Key, schemaPrefix), ".json"))
		if err == nil && n > newest {
			newest = n
		}
	}
	return newest, nil
}

// Base returns the version that a conversion starts from: the one that its manifest pins, or the
// last one that an operator created since.
func (l SchemaLog) Base(ctx context.Context, pinned int) (SchemaVersion, error) {
	number, err := l.Newest(ctx)
	if err != nil {
		return SchemaVersion{}, err
	}
	newest, err := l.Read(ctx, number)
	if err != nil {
		return newest, err
	}
	if number = max(pinned, newest.Retyped); number == newest.Version {
		return newest, nil
	}
	return l.Read(ctx, number)
}

// Read returns a version; version 0 is the empty schema. ErrNotFound if it does not exist.
func (l SchemaLog) Read(ctx context.Context, version int) (SchemaVersion, error) {
	v := SchemaVersion{Version: version, Columns: &schema.Schema{}}
	if version == 0 {
		return v, nil
	}
	data, _, err := l.Store.Get(ctx, schemaKey(version))
	if errors.Is(err, objectstore.ErrNotFound) {
		return v, notFound("schema version %d does not exist", version)
	}
	if err != nil {
		return v, fmt.Errorf("read schema version %d: %w", version, err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("schema version %d (%s) is not valid: %w", version, l.Store.URI(schemaKey(version)), err)
	}
	return v, nil
}

// appendSchema creates version v.Version. objectstore.ErrExists if another process has created it.
func (p *Pipeline) appendSchema(ctx context.Context, v SchemaVersion) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if _, err := objectstore.PutBytesIfAbsent(ctx, p.Manifests, schemaKey(v.Version), data); err != nil {
		return fmt.Errorf("append schema version %d: %w", v.Version, err)
	}
	return nil
}

// Covering returns the first version from number on that has all columns of schema.
func (l SchemaLog) Covering(ctx context.Context, number int, want *schema.Schema) (int, error) {
	for ; ; number++ {
		v, err := l.Read(ctx, number)
		if err != nil {
			return 0, fmt.Errorf("no schema version has the columns of a published object: %w", err)
		}
		if v.Columns.Covers(want) {
			return number, nil
		}
	}
}
