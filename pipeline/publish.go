package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ndjson-parquet/convert"
	"ndjson-parquet/objectstore"
)

// A Commit is the record that makes a batch's output count. docs/FORMATS.md describes it.
type Commit struct {
	Batch               BatchID       `json:"batch"`
	DatePrefix          string        `json:"date_prefix"`
	ManifestPath        string        `json:"manifest_path"`
	Engine              string        `json:"engine"`
	SchemaVersion       int           `json:"schema_version"`
	ProcessingTimestamp time.Time     `json:"processing_timestamp"`
	Inputs              []CommitInput `json:"inputs"`
	Outputs             []Output      `json:"outputs"`
	Rows                int64         `json:"rows"`
	Rejected            int64         `json:"rejected"`
	Rescued             int64         `json:"rescued"`
	RejectedKey         string        `json:"rejected_key,omitempty"`
	StartedAt           time.Time     `json:"started_at"`
	DurationMS          int64         `json:"duration_ms"`
}

// A CommitInput is one input of a commit and what became of it.
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

// OutputFolder is the folder of a date's output.
func OutputFolder(date string) string { return "merged-parquet-" + date + "/" }

// OutputKey is the key of a batch's n-th Parquet object.
func OutputKey(id BatchID, n int, compression string) string {
	codec, err := CodecWord(compression)
	if err != nil {
		codec = compression
	}
	return fmt.Sprintf("%spart-%s-%05d.%s.parquet", OutputFolder(id.Date()), id.Name(), n, codec)
}

// CommitKey is the key of a batch's commit record.
func CommitKey(id BatchID) string { return OutputFolder(id.Date()) + "_commits/" + id.Name() + ".json" }

// RejectedKey is the key of a batch's rejected records, in quarantine.
func RejectedKey(id BatchID) string { return "rejected/" + id.Date() + "/" + id.Name() + ".ndjson" }

// ReadCommit returns a batch's commit record, ErrNotFound if it has none.
func (p *Pipeline) ReadCommit(ctx context.Context, id BatchID) (Commit, error) {
	var c Commit
	data, _, err := p.Output.Get(ctx, CommitKey(id))
	if errors.Is(err, objectstore.ErrNotFound) {
		return c, fmt.Errorf("commit of %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return c, fmt.Errorf("read the commit of %s: %w", id, err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("commit record %s is not valid: %w", p.Output.URI(CommitKey(id)), err)
	}
	return c, nil
}

// Publish makes a conversion visible: rejected records, then the Parquet object with one atomic put, then the commit
// record. A repeat finds its own objects and returns the commit that stands.
func (p *Pipeline) Publish(ctx context.Context, c *Conversion) (Commit, error) {
	id := c.Manifest.Batch.ID
	commit := p.commitOf(c)
	if c.sink.rejects != nil {
		if err := p.putOwn(ctx, p.Quarantine, commit.RejectedKey, c.sink.rejects, id); err != nil {
			return p.standing(ctx, id, fmt.Errorf("write the rejected records of %s: %w", id, err))
		}
	}
	for n, o := range commit.Outputs {
		if err := p.putOwn(ctx, p.Output, o.Key, c.sink.parts[n], id); err != nil {
			return p.standing(ctx, id, fmt.Errorf("publish %s: %w", o.Key, err))
		}
	}
	data, err := json.MarshalIndent(commit, "", "  ")
	if err != nil {
		return commit, err
	}
	if _, err := objectstore.PutBytesIfAbsent(ctx, p.Output, CommitKey(id), data); err != nil {
		return p.standing(ctx, id, fmt.Errorf("commit %s: %w", id, err))
	}
	return commit, nil
}

// errCommitted: another run of the same batch committed first.
var errCommitted = errors.New("already committed")

// putOwn puts an object whose name belongs to the batch. Other bytes there are left from a run that never committed (an
// older program, say) and are replaced; after a commit nothing is.
func (p *Pipeline) putOwn(ctx context.Context, store objectstore.Store, key string, f ScratchFile, id BatchID) error {
	_, err := store.PutIfAbsent(ctx, key, f.Reader())
	if !errors.Is(err, objectstore.ErrExists) {
		return err
	}
	if _, err := p.ReadCommit(ctx, id); err == nil {
		return errCommitted
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err = store.Put(ctx, key, f.Reader())
	return err
}

// standing returns the commit that exists in spite of err, or err.
func (p *Pipeline) standing(ctx context.Context, id BatchID, err error) (Commit, error) {
	if errors.Is(err, errCommitted) || errors.Is(err, objectstore.ErrExists) {
		return p.ReadCommit(ctx, id)
	}
	return Commit{}, err
}

func (p *Pipeline) commitOf(c *Conversion) Commit {
	b := c.Manifest.Batch
	commit := Commit{
		Batch: b.ID, DatePrefix: b.DatePrefix, ManifestPath: p.manifestPath(b.ID), Engine: EngineNative,
		SchemaVersion: c.SchemaVersion, ProcessingTimestamp: b.CreatedAt, Outputs: []Output{},
		Rows: c.Result.Rows, Rejected: c.Result.Rejected, Rescued: c.Result.Rescued,
		StartedAt: c.Started, DurationMS: p.now().Sub(c.Started).Milliseconds(),
	}
	if c.sink.rejects != nil {
		commit.RejectedKey = RejectedKey(b.ID)
	}
	for n, part := range c.Result.Parts {
		commit.Outputs = append(commit.Outputs, Output{Key: OutputKey(b.ID, n, p.Config.Compression), Rows: part.Rows, Size: part.Bytes, SHA256: part.SHA256})
	}
	for i, f := range b.Files {
		s := c.Result.Sources[i]
		in := CommitInput{
			URI: f.URI, FileKey: f.FileKey, ETag: f.ETag, VersionID: f.VersionID, Size: f.Size, Status: Completed,
			Lines: s.Lines, Rows: s.Rows, Rejected: s.Rejected, Blank: s.Blank, Rescued: s.Rescued,
		}
		if s.Err != nil {
			in.Status, in.Reason, in.Detail = Failed, ReasonUnreadable, s.Err.Error()
			switch {
			case errors.Is(s.Err, convert.ErrTooManyRejects):
				in.Status, in.Reason = Quarantined, ReasonTooManyRejects
			case errors.Is(s.Err, convert.ErrChanged):
				in.Reason = ReasonConflict
			case errors.Is(s.Err, convert.ErrMissing):
				in.Reason = ReasonMissing
			}
		}
		commit.Inputs = append(commit.Inputs, in)
	}
	return commit
}
