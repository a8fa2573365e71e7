package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/objectstore"
)

// The engines: EngineNative is the converter of this module, EngineGlue the Spark job.
const (
	EngineNative = "native"
	EngineGlue   = "glue"
)

// A Conversion is a batch's output before publication, in scratch space. Close it.
type Conversion struct {
	Manifest      Manifest
	SchemaVersion int
	Result        convert.Result
	Started       time.Time

	sink    *scratchSink
	refusal error // if it is set, no file is read, and each fails with it
}

// Close releases the scratch space.
func (c *Conversion) Close() error { return c.sink.Reset() }

// Convert converts a batch into scratch space and extends the schema log with the new columns. It
// walks the log as docs/FORMATS.md describes: the types of the output depend only on the manifest
// and on immutable entries of the log, so that every run of a batch produces the same bytes.
func (p *Pipeline) Convert(ctx context.Context, m Manifest) (*Conversion, error) {
	c := p.newConversion(m)
	if err := p.walkSchemaLog(ctx, c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (p *Pipeline) newConversion(m Manifest) *Conversion {
	return &Conversion{Manifest: m, SchemaVersion: m.Batch.SchemaVersion, Started: p.now(),
		sink: &scratchSink{scratch: p.Scratch}}
}

// walkSchemaLog converts with the schema version that the manifest pins, and again for every later
// version that gives a column learnt here another type, until the log has everything that was
// learnt.
func (p *Pipeline) walkSchemaLog(ctx context.Context, c *Conversion) error {
	log := p.SchemaLog()
	base, err := log.Base(ctx, c.SchemaVersion)
	if err != nil {
		return err
	}
	convertAgain := true
	var written *schema.Schema // of the output
	for {
		if convertAgain {
			if err := p.convertOnce(ctx, c, base.Columns); err != nil {
				return err
			}
			written, convertAgain = c.Result.Schema, false
		}
		if base.Columns.Covers(written) {
			c.SchemaVersion = base.Version
			return nil
		}
		next, err := log.Read(ctx, base.Version+1)
		if errors.Is(err, ErrNotFound) {
			next = SchemaVersion{
				Version: base.Version + 1, Batch: c.Manifest.Batch.ID, CreatedAt: c.Manifest.Batch.CreatedAt,
				Retyped: base.Retyped,
			}
			if next.Columns, err = base.Columns.Merge(written); err != nil {
				return fmt.Errorf("extend schema version %d: %w", base.Version, err)
			}
			if err = p.appendSchema(ctx, next); errors.Is(err, objectstore.ErrExists) {
				continue // another batch was faster: read its version
			}
		}
		if err != nil {
			return err
		}
		if _, conflict := next.Columns.Merge(written); conflict != nil {
			p.Log.Info("converting again: another batch gave a column another type", "batch", c.Manifest.Batch.ID,
				"schema_version", next.Version, "conflict", conflict)
			convertAgain = true
		}
		base = next
	}
}

// convertOnce converts with a fixed base schema and replaces the previous result of c.
func (p *Pipeline) convertOnce(ctx context.Context, c *Conversion, base *schema.Schema) error {
	if err := c.sink.Reset(); err != nil {
		return err
	}
	compression, err := convert.ParseCompression(p.Config.Compression)
	if err != nil {
		return err
	}
	var sources []convert.Source
	for _, f := range c.Manifest.Batch.Files {
		source := p.source(f)
		if c.refusal != nil {
			source.Open = func(context.Context) (io.ReadCloser, error) { return nil, c.refusal }
		}
		sources = append(sources, source)
	}
	opts := convert.Options{
		Base:               base,
		Compression:        compression,
		ProcessingTime:     c.Manifest.Batch.CreatedAt,
		MaxRecordBytes:     p.Config.MaxRecordBytes,
		RecordsPath:        p.Config.RecordsPath,
		MaxZstdWindow:      int64(p.Config.MaxZstdWindowMB) << 20,
		MaxDepth:           p.Config.MaxDepth,
		MaxColumns:         p.Config.MaxColumns,
		CaseSensitive:      p.Config.CaseSensitive,
		MaxRejectedPercent: p.Config.MaxRejectedPercent,

		MaxDecompressedBytes:  int64(p.Config.MaxDecompressedMB * (1 << 20)),
		MaxDecompressionRatio: p.Config.MaxDecompressionRatio,
		MaxRejectedBytes:      int64(p.Config.MaxRejectedMB * (1 << 20)),
		MaxSourceTime:         p.Config.MaxFileTime,

		Parallelism: p.Config.Parallelism,
		Metadata:    outcomeMetadata(c.Manifest.Batch.ID),
		EmptyPart:   mayDiffer,
		Progress:    func(n int64) { p.Progress(c.Manifest.Batch.ID, n) },
		Scratch:     p.converterScratch,
	}
	result, err := convert.Convert(ctx, sources, c.sink, opts)
	if err != nil {
		return fmt.Errorf("convert %s: %w", c.Manifest.Batch.ID, err)
	}
	c.Result = *result
	return nil
}

// source reads a file of the manifest at the version that was admitted.
func (p *Pipeline) source(f ManifestFile) convert.Source {
	return convert.Source{
		URI:            f.URI,
		Size:           f.Size,
		AcceptRejected: f.Released,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			store, key, err := p.locate(ctx, f.URI)
			if err != nil {
				return nil, sourceError(err)
			}
			r, err := store.Open(ctx, objectstore.Object{Key: key, ETag: f.ETag, VersionID: f.VersionID, Size: f.Size})
			if err != nil {
				return nil, sourceError(err)
			}
			return versionReader{r}, nil
		},
	}
}

// locate returns the store that holds an address, and the key in it.
func (p *Pipeline) locate(ctx context.Context, uri string) (objectstore.Store, string, error) {
	for _, store := range []objectstore.Store{p.Input, p.Quarantine} {
		if key, ok := store.Key(uri); ok {
			return store, key, nil
		}
	}
	return p.Locate(ctx, uri)
}

// versionReader translates a store's errors into the converter's.
type versionReader struct{ objectstore.Reader }

func (r versionReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	return n, sourceError(err)
}

func (r versionReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(b, off)
	return n, sourceError(err)
}

func (r versionReader) Close() error { return sourceError(r.Reader.Close()) }

func sourceError(err error) error {
	switch {
	case errors.Is(err, objectstore.ErrChanged):
		return fmt.Errorf("%w: %w", convert.ErrChanged, err)
	case errors.Is(err, objectstore.ErrNotFound):
		return fmt.Errorf("%w: %w", convert.ErrMissing, err)
	}
	return err
}

// scratchSink keeps the output of a conversion in scratch space.
type scratchSink struct {
	scratch objectstore.Scratch
	parts   []objectstore.ScratchFile
	rejects objectstore.ScratchFile
}

// Part implements convert.Sink.
func (s *scratchSink) Part(int) (io.WriteCloser, error) {
	f, err := s.scratch.New()
	if err != nil {
		return nil, err
	}
	s.parts = append(s.parts, f)
	return keepOpen{f}, nil
}

// Rejects implements convert.Sink.
func (s *scratchSink) Rejects() (io.WriteCloser, error) {
	f, err := s.scratch.New()
	if err != nil {
		return nil, err
	}
	s.rejects = f
	return keepOpen{f}, nil
}

// Reset implements convert.Sink.
func (s *scratchSink) Reset() error {
	var errs []error
	for _, f := range append(s.parts, s.rejects) {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	s.parts, s.rejects = nil, nil
	return errors.Join(errs...)
}

// converterScratch creates a scratch file of the converter.
func (p *Pipeline) converterScratch() (convert.ScratchFile, error) {
	f, err := p.Scratch.New()
	if err != nil {
		return nil, err
	}
	return converterFile{f}, nil
}

// A converterFile implements convert.ScratchFile.
type converterFile struct{ objectstore.ScratchFile }

// ReadAt implements io.ReaderAt.
func (f converterFile) ReadAt(b []byte, off int64) (int, error) { return f.Reader().ReadAt(b, off) }

// keepOpen ignores Close: the converter closes a file that is still to be read.
type keepOpen struct{ objectstore.ScratchFile }

func (keepOpen) Close() error { return nil }
