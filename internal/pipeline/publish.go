package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/objectstore"
)

// A Commit is the record that makes a batch's output count. docs/FORMATS.md describes it.
type Commit struct {
	Batch               BatchID       `json:"batch"`
	DatePrefix          string        `json:"date_prefix"`
	ManifestPath        string        `json:"manifest_path"`
	Engine              string        `json:"engine"`
	Writer              string        `json:"writer,omitempty"` // program and version; "" in old records
	SchemaVersion       int           `json:"schema_version"`
	ProcessingTimestamp time.Time     `json:"processing_timestamp"`
	Inputs              []CommitInput `json:"inputs"`
	Outputs             []Output      `json:"outputs"`
	Rows                int64         `json:"rows"`
	Rejected            int64         `json:"rejected"`
	Rescued             int64         `json:"rescued"`
	Oddities            []Oddity      `json:"oddities,omitempty"`
	RejectedKey         string        `json:"rejected_key,omitempty"`
	StartedAt           time.Time     `json:"started_at"`
	DurationMS          int64         `json:"duration_ms"`
}

// A CommitInput is one input of a batch and what became of it.
type CommitInput struct {
	URI       string `json:"uri"`
	FileKey   string `json:"file_key"`
	ETag      string `json:"etag"`
	VersionID string `json:"version_id"`
	Size      int64  `json:"size_bytes"`
	Status    Status `json:"status"`
	Reason    string `json:"reason"`
	Detail    string `json:"detail,omitempty"`
	Lines     int64  `json:"lines"`
	Rows      int64  `json:"rows"`
	Rejected  int64  `json:"rejected"`
	Blank     int64  `json:"blank"`
	Rescued   int64  `json:"rescued"`
}

func (in CommitInput) counts() Counts {
	return Counts{Lines: in.Lines, Rows: in.Rows, Rejected: in.Rejected, Blank: in.Blank, Rescued: in.Rescued}
}

// ReadCommit returns a batch's commit record. ErrNotFound if it has none.
func (r *Reader) ReadCommit(ctx context.Context, id BatchID) (Commit, error) {
	var c Commit
	data, _, err := r.Output.Get(ctx, CommitKey(id))
	if errors.Is(err, objectstore.ErrNotFound) {
		return c, notFound("batch %s has no commit record", id)
	}
	if err != nil {
		return c, fmt.Errorf("read the commit of %s: %w", id, err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("commit record %s is not valid: %w", r.Output.URI(CommitKey(id)), err)
	}
	return c, nil
}

// Publish makes a conversion visible: first the rejected records, then the Parquet object with one
// atomic put, then the commit record. It never replaces an object. If two runs differ because an
// input was overwritten in between, the run whose object came first decides, even if it has
// crashed, and the other completes that run's commit (see adopt). Publish returns the commit that
// stands.
func (p *Pipeline) Publish(ctx context.Context, c *Conversion) (Commit, error) {
	id := c.Manifest.Batch.ID
	commit := p.commitOf(c.Manifest, outcomeOf(id, &c.Result))
	commit.SchemaVersion, commit.StartedAt, commit.DurationMS = c.SchemaVersion, c.Started,
		p.now().Sub(c.Started).Milliseconds()
	if c.sink.rejects != nil {
		commit.RejectedKey = RejectedKey(id)
		// Rejected records of a run that did not get to its commit are replaced.
		if _, err := p.Quarantine.Put(ctx, commit.RejectedKey, c.sink.rejects.Reader()); err != nil {
			return commit, fmt.Errorf("write the rejected records of %s: %w", id, err)
		}
	}
	key := OutputKey(id, 0, p.Config.Compression)
	if len(c.Result.Parts) == 0 {
		// Another run may have found a file gone, or be of a version that published no empty
		// objects.
		switch _, err := p.Output.Head(ctx, key); {
		case err == nil:
			return p.adopt(ctx, c, key)
		case !errors.Is(err, objectstore.ErrNotFound):
			return commit, fmt.Errorf("publish %s: %w", id, err)
		}
		return p.createCommit(ctx, commit)
	}
	part := c.Result.Parts[0]
	switch _, err := p.Output.PutIfAbsent(ctx, key, c.sink.parts[0].Reader()); {
	case errors.Is(err, objectstore.ErrExists):
		return p.adopt(ctx, c, key)
	case err != nil:
		return commit, fmt.Errorf("publish %s: %w", key, err)
	}
	commit.Outputs = []Output{{Key: key, Rows: part.Rows, Size: part.Bytes, SHA256: part.SHA256}}
	return p.createCommit(ctx, commit)
}

// createCommit creates the commit record, or returns the existing one.
func (p *Pipeline) createCommit(ctx context.Context, c Commit) (Commit, error) {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return c, err
	}
	_, err = objectstore.PutBytesIfAbsent(ctx, p.Output, CommitKey(c.Batch), data)
	if errors.Is(err, objectstore.ErrExists) {
		return p.standingCommit(ctx, c.Batch)
	}
	if err != nil {
		return c, fmt.Errorf("commit %s: %w", c.Batch, err)
	}
	return c, nil
}

// standingCommit returns the commit record of a batch. ErrNotFound if it has none.
//
// If no file of the batch has rows, one run may commit without an object while another, which found
// a file gone, publishes one without rows. That object is removed here.
func (p *Pipeline) standingCommit(ctx context.Context, id BatchID) (Commit, error) {
	c, err := p.ReadCommit(ctx, id)
	if err != nil || len(c.Outputs) > 0 {
		return c, err
	}
	key := OutputKey(id, 0, p.Config.Compression)
	switch empty, err := p.isEmptyOutput(ctx, id, key); {
	case errors.Is(err, objectstore.ErrNotFound):
	case err != nil:
		return c, err
	case empty:
		if err := p.Output.Delete(ctx, key); err != nil {
			return c, fmt.Errorf("remove %s, which has no rows: %w", key, err)
		}
	}
	return c, nil
}

// isEmptyOutput reports whether an object is an output of the batch without rows.
func (r *Reader) isEmptyOutput(ctx context.Context, id BatchID, key string) (_ bool, err error) {
	o, err := r.Output.Open(ctx, objectstore.Object{Key: key})
	if err != nil {
		return false, fmt.Errorf("output %s: %w", key, err)
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	found, rows, invalid := readOutcome(o, o.Object().Size)
	return invalid == nil && found.Batch == id && rows == 0, nil
}

// adopt completes the commit of an earlier run of the batch that published the object key but
// crashed before its commit. The object's footer contains that run's outcome.
func (p *Pipeline) adopt(ctx context.Context, c *Conversion, key string) (_ Commit, err error) {
	id := c.Manifest.Batch.ID
	if standing, err := p.standingCommit(ctx, id); !errors.Is(err, ErrNotFound) {
		return standing, err
	}
	r, err := p.Output.Open(ctx, objectstore.Object{Key: key})
	if err != nil {
		return Commit{}, fmt.Errorf("an earlier run's output %s: %w", key, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	found, rows, err := readOutcome(r, r.Object().Size)
	if err == nil && found.Batch != id {
		err = fmt.Errorf("it belongs to batch %q", found.Batch)
	}
	if err != nil {
		return Commit{},
			fmt.Errorf(
				"%s is named like this batch's output, but another writer made it (remove it if it is not needed): %w",
				p.Output.URI(key), err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(r, 0, r.Object().Size)); err != nil {
		return Commit{}, fmt.Errorf("an earlier run's output %s: %w", key, err)
	}
	p.Log.Info("completing the commit of an earlier run", "batch", id, "output", key)
	commit := p.commitOf(c.Manifest, found)
	commit.StartedAt, commit.DurationMS = c.Started, p.now().Sub(c.Started).Milliseconds()
	if commit.Rejected > 0 {
		commit.RejectedKey = RejectedKey(id)
	}
	if commit.SchemaVersion, err = p.SchemaLog().Covering(ctx, c.Manifest.Batch.SchemaVersion,
		found.Schema); err != nil {
		return commit, err
	}
	commit.Outputs = []Output{{Key: key, Rows: rows, Size: r.Object().Size, SHA256: hex.EncodeToString(hash.Sum(nil))}}
	return p.createCommit(ctx, commit)
}

// commitOf returns the commit record of a run with outcome o, without its outputs, schema version
// and times.
func (p *Pipeline) commitOf(m Manifest, o outcome) Commit {
	b := m.Batch
	commit := Commit{
		Batch: b.ID, DatePrefix: b.DatePrefix, ManifestPath: p.ManifestPath(b.ID), Engine: EngineNative,
		Writer: "ndjson-parquet " + buildinfo.String(), ProcessingTimestamp: b.CreatedAt, Outputs: []Output{},
		Oddities: o.Oddities,
	}
	for i, f := range b.Files {
		s := o.Sources[i]
		commit.Inputs = append(commit.Inputs, CommitInput{
			URI: f.URI, FileKey: f.FileKey, ETag: f.ETag, VersionID: f.VersionID, Size: f.Size,
			Status: s.status(), Reason: s.Reason, Detail: s.Detail,
			Lines: s.Lines, Rows: s.Rows, Rejected: s.Rejected, Blank: s.Blank, Rescued: s.Rescued,
		})
		commit.Rows += s.Rows
		commit.Rejected += s.Rejected
		commit.Rescued += s.Rescued
	}
	return commit
}
