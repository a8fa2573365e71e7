package pipeline

import (
	"fmt"
	"strings"

	"ndjson-parquet/convert"
)

// This file holds the names of what a batch writes. They follow from the batch's id
// (docs/FORMATS.md).

const (
	// OutputPrefix is the start of the name of every output folder.
	OutputPrefix = "merged-parquet-"
	// RowKeyPrefix is the start of the range keys of batches.
	RowKeyPrefix = "MANIFEST#"

	commitFolder = "_commits/" // in an output folder
	outputStart  = "part-"     // of the names of Parquet objects
)

// ManifestKey is the key of a batch's manifest.
func ManifestKey(id BatchID) string { return id.Date() + "/batch-" + id.Name() + ".json" }

// BatchOfManifest returns the batch to which a manifest's address belongs.
func (r *Reader) BatchOfManifest(path string) (BatchID, error) {
	key, ok := r.Manifests.Key(path)
	date, name, _ := strings.Cut(strings.TrimSuffix(key, ".json"), "/batch-")
	id, err := ParseBatchID(date + "-" + name)
	if !ok || err != nil || ManifestKey(id) != key {
		return "", fmt.Errorf("%q is not the address of a manifest, such as %s",
			path, r.Manifests.URI("2025-01-17/batch-0001-20250117-143100.json"))
	}
	return id, nil
}

// RowKey is the range key of a batch's ledger row.
func RowKey(id BatchID) string { return RowKeyPrefix + id.Name() }

// OutputFolder is the folder of a date's output.
func OutputFolder(date string) string { return OutputPrefix + date + "/" }

// OutputKey is the key of a batch's n-th Parquet object.
func OutputKey(id BatchID, n int, compression string) string {
	codec := compression
	if c, err := convert.ParseCompression(compression); err == nil {
		codec = c.Extension()
	}
	return fmt.Sprintf("%s%s%s-%05d.%s.parquet", OutputFolder(id.Date()), outputStart, id.Name(), n, codec)
}

// CommitKey is the key of a batch's commit record.
func CommitKey(id BatchID) string {
	return OutputFolder(id.Date()) + commitFolder + id.Name() + ".json"
}

// RejectedKey is the key of a batch's rejected records in quarantine.
func RejectedKey(id BatchID) string { return "rejected/" + id.Date() + "/" + id.Name() + ".ndjson" }

// BatchOfOutput returns the batch to which the key of a Parquet object or of a commit record
// belongs. It returns false for other keys.
func BatchOfOutput(key string) (BatchID, bool) {
	folder, name, _ := strings.Cut(key, "/")
	date, ok := strings.CutPrefix(folder, OutputPrefix)
	if !ok {
		return "", false
	}
	if commit, ok := strings.CutPrefix(name, commitFolder); ok {
		name, ok = strings.CutSuffix(commit, ".json")
		if !ok {
			return "", false
		}
	} else if part, ok := strings.CutPrefix(name, outputStart); ok {
		name, _, _ = strings.Cut(part, ".")
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			name = name[:i]
		}
	} else {
		return "", false
	}
	id, err := ParseBatchID(date + "-" + name)
	return id, err == nil
}
