// Package preview shows what a pipeline would do with the files of an input, without doing it: the
// date, batch and verdict of each, and settings that would accept more of them.
package preview

import (
	"context"
	"iter"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// A Preview is what a pipeline would do with the first files of an input. It does not know which of
// them were processed before.
type Preview struct {
	Files     []File     `json:"files"`
	Accepted  int        `json:"accepted"`
	Markers   int        `json:"markers"`   // ignored objects such as _SUCCESS
	Truncated bool       `json:"truncated"` // the input has more files
	Batches   int        `json:"batches"`
	Proposals []Proposal `json:"proposals"`
}

// A File is what would become of one file.
type File struct {
	Key    string          `json:"file_key"`
	Size   int64           `json:"size_bytes"`
	Date   string          `json:"date_prefix"`
	Batch  int             `json:"batch,omitempty"` // number among the batches of its date, from 1
	Status pipeline.Status `json:"status"`          // pending or quarantined
	Reason string          `json:"reason,omitempty"`
	Detail string          `json:"detail,omitempty"`
}

// A Proposal is a setting that would accept files that are refused.
type Proposal struct {
	Flag     string `json:"flag"`
	Value    string `json:"value"`
	Variable string `json:"variable"`
	Files    int    `json:"files"` // for which the setting is right
	Reason   string `json:"reason"`
}

// Of returns the preview of the first objects of a listing, at most limit.
func Of(ctx context.Context, objects iter.Seq2[objectstore.Object, error], c pipeline.Config, now time.Time,
	limit int) (Preview, error) {
	p := Preview{Files: []File{}, Proposals: []Proposal{}}
	var sample []objectstore.Object
	for o, err := range objects {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return p, err
		}
		if pipeline.IsMarker(o.Key) {
			p.Markers++
			continue
		}
		if p.Truncated = len(sample) == limit; p.Truncated {
			break
		}
		sample = append(sample, o)
	}
	ofDate := map[string]int{} // accepted files
	for _, o := range sample {
		f := File{Key: o.Key, Size: o.Size, Status: pipeline.Pending}
		f.Date, f.Reason, f.Detail = c.Judge(o, now)
		if f.Reason != "" {
			f.Status = pipeline.Quarantined
		} else {
			if ofDate[f.Date]%c.MaxFilesPerManifest == 0 {
				p.Batches++
			}
			f.Batch = ofDate[f.Date]/c.MaxFilesPerManifest + 1
			ofDate[f.Date]++
			p.Accepted++
		}
		p.Files = append(p.Files, f)
	}
	p.propose(sample, c, now)
	return p, nil
}
