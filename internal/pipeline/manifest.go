package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// A Manifest lists the files of a batch and pins everything that their conversion depends on. It is
// immutable.
type Manifest struct {
	FileLocations []FileLocation `json:"fileLocations"`
	Batch         ManifestBatch  `json:"batch"`
}

// A FileLocation is a list of addresses, in the form of the original design (docs/DESIGN.md).
type FileLocation struct {
	URIPrefixes []string `json:"URIPrefixes"`
}

// ManifestBatch is what this system adds to the manifest of the original design.
type ManifestBatch struct {
	ID            BatchID        `json:"id"`
	DatePrefix    string         `json:"date_prefix"`
	CreatedAt     time.Time      `json:"created_at"`
	SchemaVersion int            `json:"schema_version"`
	Files         []ManifestFile `json:"files"`
}

// A ManifestFile is one file at the version to read.
type ManifestFile struct {
	URI       string `json:"uri"`
	FileKey   string `json:"file_key"`
	ETag      string `json:"etag"`
	VersionID string `json:"version_id,omitempty"`
	Size      int64  `json:"size_bytes"`
	Released  bool   `json:"released,omitempty"`
}

// WriteManifest creates the manifest of a claimed batch, or returns the one that an earlier run has
// created.
func (p *Pipeline) WriteManifest(ctx context.Context, b Batch, files []File) (Manifest, error) {
	version, err := p.SchemaLog().Newest(ctx)
	if err != nil {
		return Manifest{}, fmt.Errorf("manifest of %s: %w", b.ID, err)
	}
	m := Manifest{
		FileLocations: []FileLocation{{}},
		Batch: ManifestBatch{ID: b.ID, DatePrefix: b.ID.Date(),
			CreatedAt: b.CreatedAt.UTC().Truncate(time.Microsecond), SchemaVersion: version},
	}
	for _, f := range files {
		mf := ManifestFile{URI: f.Path, FileKey: f.Key, ETag: f.ETag, VersionID: f.VersionID, Size: f.Size,
			Released: f.Released}
		if f.ReadETag != "" {
			mf.ETag, mf.VersionID = f.ReadETag, ""
		}
		m.Batch.Files = append(m.Batch.Files, mf)
		m.FileLocations[0].URIPrefixes = append(m.FileLocations[0].URIPrefixes, f.Path)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, err
	}
	if err := p.checkNumber(ctx, b.ID); err != nil {
		return Manifest{}, err
	}
	_, err = objectstore.PutBytesIfAbsent(ctx, p.Manifests, ManifestKey(b.ID), data)
	if errors.Is(err, objectstore.ErrExists) {
		return p.ReadManifest(ctx, b.ID)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("write manifest of %s: %w", b.ID, err)
	}
	p.Log.Info("Manifest created: "+p.ManifestPath(b.ID), "batch", b.ID, "files", len(files))
	return m, nil
}

// checkNumber reports ErrOldLedger if another batch of the date has a manifest with the number of
// this one. The ledger numbers the batches of a date once; a ledger that was restored to an earlier
// time has forgotten the later batches, and would publish their files again.
func (p *Pipeline) checkNumber(ctx context.Context, id BatchID) error {
	number, _, _ := strings.Cut(id.Name(), "-")
	for o, err := range p.Manifests.List(ctx, id.Date()+"/batch-"+number+"-", "") {
		if err != nil {
			return fmt.Errorf("manifest of %s: %w", id, err)
		}
		if o.Key != ManifestKey(id) && !p.hasExpired(o) {
			return fmt.Errorf("batch %s: %w: there is the manifest %s", id, ErrOldLedger, p.Manifests.URI(o.Key))
		}
	}
	return nil
}

// hasExpired reports whether the ledger's rows of the batch of a manifest may have expired, so that
// its number can be used again.
func (p *Pipeline) hasExpired(manifest objectstore.Object) bool {
	return p.Config.RowTTL > 0 && p.now().Sub(manifest.ModTime) > p.Config.RowTTL
}

// ReadManifest reads a batch's manifest. ErrNotFound if it has none.
func (r *Reader) ReadManifest(ctx context.Context, id BatchID) (Manifest, error) {
	var m Manifest
	data, _, err := r.Manifests.Get(ctx, ManifestKey(id))
	if errors.Is(err, objectstore.ErrNotFound) {
		return m, notFound("batch %s has no manifest: %s does not exist", id, r.ManifestPath(id))
	}
	if err != nil {
		return m, fmt.Errorf("read manifest of %s: %w", id, err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("manifest %s is not valid: %w", r.ManifestPath(id), err)
	}
	if m.Batch.ID != id {
		return m, fmt.Errorf("manifest %s names the batch %q", r.ManifestPath(id), m.Batch.ID)
	}
	return m, nil
}
