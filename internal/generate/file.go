package generate

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"ndjson-parquet/internal/generate/records"
	"ndjson-parquet/internal/pipeline"
)

// A File is what was generated under one key, and what the pipeline should make of it.
type File struct {
	Key    string          `json:"file_key"`
	Date   string          `json:"date_prefix"`
	Status pipeline.Status `json:"status"` // pipeline.Completed or pipeline.Quarantined
	Reason string          `json:"reason,omitempty"`
	// Versions are the contents put under the key, in their order. A duplicate is no further
	// version.
	Versions []Version `json:"versions"`
}

// A Version is one content of a file.
type Version struct {
	Bytes    int64 `json:"size_bytes"`
	Rows     int64 `json:"rows"`
	Rejected int64 `json:"rejected"`
}

// awkwardNames are valid names that tools mistreat. %s is the name's distinct part.
var awkwardNames = []string{
	"with space %s",
	"plus+percent%%20%s",
	"it's \"quoted\" %s",
	"größe-東京-🎁-%s",
	"<img src=x onerror=alert(1)>%s",
	"{{7*7}}${x}%s",
	"right-\u202eto-left-%s",
	"bell\a-escape\x1b[31m-%s",
	"new\nline-%s",
	"north/south/%s",
}

// file returns the name of the index-th file and what is expected of it, without its versions.
func (p Plan) file(index int) File {
	day, _ := time.Parse(time.DateOnly, p.From) // checked
	date := day.AddDate(0, 0, index/p.FilesPerDay).Format(time.DateOnly)
	r := p.random(index, streamName)
	name := fmt.Sprintf("%s-%06d-%08x", cmp.Or(p.Name, p.Shape), index%p.FilesPerDay, r.Uint32())
	f := File{Key: date + "-" + name + ".ndjson", Date: date, Status: pipeline.Completed}
	kind := 100 * r.Float64()
	switch {
	case kind < p.BadNamePercent:
		f.Status = pipeline.Quarantined
		switch r.IntN(3) {
		case 0:
			f.Key, f.Date, f.Reason = name+".ndjson", pipeline.Undated, pipeline.ReasonNoDate
		case 1:
			f.Key, f.Date, f.Reason = date[:4]+"-02-30-"+name+".ndjson", pipeline.Undated, pipeline.ReasonBadDate
		default:
			f.Key, f.Reason = date+"-"+name+".csv", pipeline.ReasonBadExtension
		}
	case kind < p.BadNamePercent+p.AwkwardNamePercent:
		awkward := fmt.Sprintf(awkwardNames[r.IntN(len(awkwardNames))], name)
		folder, last := "", awkward
		if i := strings.LastIndexByte(awkward, '/'); i >= 0 {
			folder, last = awkward[:i+1], awkward[i+1:]
		}
		f.Key = folder + date + "-" + last + ".ndjson"
	}
	return f
}

// write writes one version of the index-th file to w and returns what is in it.
func (p Plan) write(w io.Writer, index, version int) (Version, error) {
	start, _ := time.Parse(time.DateOnly, p.From)
	start = start.AddDate(0, 0, index/p.FilesPerDay)
	flaws := p.random(index, streamFlaws)
	next, _ := records.New(p.Shape, p.random(index, streamRecords+version), start)
	size := int64(float64(p.FileBytes) * (1 + p.SizeSpreadPercent/100*(2*flaws.Float64()-1)))
	bad := records.BadLines()
	stage := p.stage(index)
	var v Version
	var line []byte
	for v.Bytes < size || v.Rows+v.Rejected == 0 {
		if p.BadRecordPercent > 0 && 100*flaws.Float64() < p.BadRecordPercent {
			line = append(line[:0], bad[flaws.IntN(len(bad))]...)
			v.Rejected++
		} else {
			line = drift(next(line[:0]), stage, flaws)
			v.Rows++
		}
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return v, err
		}
		v.Bytes += int64(len(line))
	}
	return v, nil
}

// stage returns how many schema changes precede the index-th file.
func (p Plan) stage(index int) int {
	return index * (p.SchemaChanges + 1) / (p.Days * p.FilesPerDay)
}

// drift applies the schema changes up to stage to a record. Change n adds the integer column
// added_n, and from then on the column that change n-1 added holds text, which does not fit it any
// more and is rescued.
func drift(record []byte, stage int, r *rand.Rand) []byte {
	if stage == 0 {
		return record
	}
	record = record[:len(record)-1]
	for n := 1; n <= stage; n++ {
		record = append(record, `,"added_`...)
		record = strconv.AppendInt(record, int64(n), 10)
		record = append(record, `":`...)
		if n < stage {
			record = append(record, `"text"`...)
		} else {
			record = strconv.AppendInt(record, r.Int64N(1000), 10)
		}
	}
	return append(record, '}')
}
