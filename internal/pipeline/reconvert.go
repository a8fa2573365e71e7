package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/objectstore"
)

// A Reconversion is the result of changing a column's type.
type Reconversion struct {
	SchemaVersion int       `json:"schema_version"`
	Batches       []BatchID `json:"batches"`   // converted again by this call
	UnderWay      []BatchID `json:"under_way"` // not settled yet; call again when they are
}

// SetColumnType changes the type of a column or of a field of one, or declares a new column. It
// appends a version to the schema log, converts the batches again that may have values of the
// column, and replaces each one's output by one atomic put. It begins only if the inputs of all
// these batches still exist as they were admitted. If it is interrupted, another call completes it.
//
// Between the first and the last replacement the dataset has both types; readers that cannot handle
// this must wait.
func (p *Pipeline) SetColumnType(ctx context.Context, column string, t schema.Type,
	onBatch func(done, all int)) (Reconversion, error) {
	var r Reconversion
	log := p.SchemaLog()
	newest, err := log.Newest(ctx)
	if err != nil {
		return r, err
	}
	now, err := log.Read(ctx, newest)
	if err != nil {
		return r, err
	}
	old := now.Columns.Find(column)
	next := SchemaVersion{Version: newest, Columns: now.Columns}
	if old == nil || !old.Equal(&t) {
		next = SchemaVersion{
			Version: newest + 1, CreatedAt: p.now().Truncate(time.Microsecond), Change: column + " is " + t.DDL(),
			Retyped: newest + 1,
		}
		if old != nil {
			next.Change = column + " was " + old.DDL() + " and is " + t.DDL()
		}
		if next.Columns, err = now.Columns.Retype(column, t); err != nil {
			return r, err
		}
	}
	affected, err := p.affected(ctx, next, column, &r)
	if err != nil {
		return r, err
	}
	if err := p.checkInputs(ctx, affected); err != nil {
		return r, err
	}
	if next.Version > newest {
		if err := p.appendSchema(ctx, next); err != nil {
			return r, fmt.Errorf("%w; a batch has extended the schema at the same time: try again", err)
		}
	}
	r.SchemaVersion = next.Version
	for i, c := range affected {
		if err := p.reconvert(ctx, c, next.Version); err != nil {
			return r, err
		}
		r.Batches = append(r.Batches, c.Batch)
		if onBatch != nil {
			onBatch(i+1, len(affected))
		}
	}
	return r, nil
}

// affected returns the commits whose outputs may have values of the column under another type than
// next's.
func (p *Pipeline) affected(ctx context.Context, next SchemaVersion, column string, r *Reconversion) ([]Commit, error) {
	var commits []Commit
	want := next.Columns.Find(column)
	schemas := map[int]*schema.Schema{}
	for b, err := range p.Ledger.Batches(ctx, "") {
		if err != nil {
			return nil, err
		}
		switch b.Status {
		case Completed:
		case Failed:
			continue // a retry will start from the new version
		default:
			r.UnderWay = append(r.UnderWay, b.ID)
			continue
		}
		c, err := p.ReadCommit(ctx, b.ID)
		if err != nil {
			return nil, err
		}
		if c.SchemaVersion >= next.Version || c.Rows == 0 {
			continue
		}
		if schemas[c.SchemaVersion] == nil {
			v, err := p.SchemaLog().Read(ctx, c.SchemaVersion)
			if err != nil {
				return nil, err
			}
			schemas[c.SchemaVersion] = v.Columns
		}
		had := schemas[c.SchemaVersion].Find(column)
		if c.Rescued > 0 || had != nil && !had.Equal(want) {
			commits = append(commits, c)
		}
	}
	return commits, nil
}

// checkInputs reports inputs that cannot be read again.
func (p *Pipeline) checkInputs(ctx context.Context, commits []Commit) error {
	const shown = 5
	var gone []error
	for _, c := range commits {
		for _, in := range c.Inputs {
			if in.Status != Completed {
				continue
			}
			store, key, err := p.locate(ctx, in.URI)
			if err == nil && in.VersionID == "" {
				var o objectstore.Object
				if o, err = store.Head(ctx, key); err == nil && o.ETag != in.ETag {
					err = fmt.Errorf("%s: %w", in.URI, objectstore.ErrChanged)
				}
			}
			if err != nil {
				gone = append(gone, fmt.Errorf("batch %s: %w", c.Batch, err))
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return fmt.Errorf(
		"%d inputs have changed or are gone, so their batches cannot be converted again; nothing was changed: %w",
		len(gone), errors.Join(gone[:min(len(gone), shown)]...))
}

// reconvert converts the completed inputs of a committed batch again under a version of the schema,
// and replaces the batch's rejected records, its object, its commit record and its counts in the
// ledger.
func (p *Pipeline) reconvert(ctx context.Context, old Commit, version int) (err error) {
	m, err := p.ReadManifest(ctx, old.Batch)
	if err != nil {
		return err
	}
	again := m
	again.Batch.SchemaVersion = version
	again.Batch.Files = nil
	for i, f := range m.Batch.Files {
		if old.Inputs[i].Status == Completed {
			f.Released = true // it was accepted before, whatever the limit is now
			again.Batch.Files = append(again.Batch.Files, f)
		}
	}
	c, err := p.Convert(ctx, again)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, s := range c.Result.Sources {
		if s.Err != nil {
			return fmt.Errorf("convert %s again: its output stays as it was: %w", old.Batch, s.Err)
		}
	}
	commit, err := p.commitAgain(old, c)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(commit, "", "  ")
	if err != nil {
		return err
	}
	// Repeating all of it completes what a crash leaves between two of these writes.
	if commit.RejectedKey != "" {
		if _, err := p.Quarantine.Put(ctx, commit.RejectedKey, c.sink.rejects.Reader()); err != nil {
			return fmt.Errorf("replace the rejected records of %s: %w", old.Batch, err)
		}
	}
	if len(commit.Outputs) > 0 {
		if _, err := p.Output.Put(ctx, commit.Outputs[0].Key, c.sink.parts[0].Reader()); err != nil {
			return fmt.Errorf("replace the output of %s: %w", old.Batch, err)
		}
	}
	if _, err := objectstore.PutBytes(ctx, p.Output, CommitKey(old.Batch), data); err != nil {
		return fmt.Errorf("replace the commit of %s: %w", old.Batch, err)
	}
	s := commit.toSettlement(p.now())
	s.Replace = true
	if _, err = p.Ledger.Settle(ctx, s); err != nil {
		return err
	}
	if commit.RejectedKey == "" {
		err = p.Quarantine.Delete(ctx, RejectedKey(old.Batch))
	}
	return err
}

// commitAgain returns the commit record of a batch that was converted again.
func (p *Pipeline) commitAgain(old Commit, c *Conversion) (Commit, error) {
	if len(c.Result.Parts) > 1 || len(old.Outputs) > 1 || len(c.Result.Parts) < len(old.Outputs) {
		return old, fmt.Errorf("convert %s again: it has %d outputs and would have %d; only a single one can "+
			"be replaced",
			old.Batch, len(old.Outputs), len(c.Result.Parts))
	}
	commit := old
	commit.Engine, commit.SchemaVersion = EngineNative, c.SchemaVersion
	commit.Writer = "ndjson-parquet " + buildinfo.String()
	commit.Oddities = Oddities(c.Result.Oddities)
	commit.Inputs = append([]CommitInput(nil), old.Inputs...)
	commit.Rows, commit.Rejected, commit.Rescued, commit.RejectedKey, commit.Outputs = 0, 0, 0, "", []Output{}
	done := 0
	for i := range commit.Inputs {
		in := &commit.Inputs[i]
		if in.Status == Completed {
			s := c.Result.Sources[done]
			in.Lines, in.Rows, in.Rejected, in.Blank, in.Rescued = s.Lines, s.Rows, s.Rejected, s.Blank, s.Rescued
			done++
		}
		commit.Rows += in.Rows
		commit.Rejected += in.Rejected
		commit.Rescued += in.Rescued
	}
	if c.sink.rejects != nil {
		commit.RejectedKey = RejectedKey(old.Batch)
	}
	if len(c.Result.Parts) == 1 {
		part := c.Result.Parts[0]
		key := OutputKey(old.Batch, 0, p.Config.Compression)
		if len(old.Outputs) == 1 {
			key = old.Outputs[0].Key
		}
		commit.Outputs = []Output{{Key: key, Rows: part.Rows, Size: part.Bytes, SHA256: part.SHA256}}
	}
	return commit, nil
}
