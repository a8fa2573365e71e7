package scan

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"ndjson-parquet/convert/internal/benchdata"
	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/source"
)

// newBenchRecorder returns a recorder that knows all names of the text, and the text with slack
// behind it.
func newBenchRecorder(text string) (*Recorder, []byte) {
	data := append([]byte(text), make([]byte, source.Slack)...)[:len(text)]
	seen := NewObserver(Limits{Depth: 128, Columns: 2000})
	seen.Lines(data)
	return NewRecorder(infer.Learn(seen.Evidence, nil, 2000), nil,
		Limits{Depth: 128, Columns: 2000, LineBytes: 1 << 20},
		true), data
}

// recordAll records all lines of data.
func (r *Recorder) recordAll(data []byte) {
	r.SetLines(data)
	for start := 0; start < len(data); {
		start = r.TakeRecord(start, true).Next
	}
}

func BenchmarkScan(b *testing.B) {
	for _, shape := range benchdata.Shapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchdata.Records(shape, source.BlockSize))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				rec.recordAll(text)
				for _, c := range rec.root.leaves {
					c.reset()
				}
				rec.row = 0
			}
		})
	}
}

func BenchmarkParser(b *testing.B) {
	for _, shape := range benchdata.Shapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchdata.Records(shape, source.BlockSize))
			rec.SetLines(text)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				for start := 0; start < len(text); {
					start = rec.takeObject(Record{Start: start}, start).Next
				}
				for _, c := range rec.root.leaves {
					c.reset()
				}
				rec.row = 0
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, shape := range benchdata.Shapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchdata.Records(shape, source.BlockSize))
			rec.recordAll(text)
			encoders := make([]*parquetfile.ColumnEncoder, len(rec.root.leaves))
			for i, c := range rec.root.leaves {
				encoders[i] = parquetfile.NewColumnEncoder(c.leaf,
					parquetfile.EncoderOptions{Codec: parquetfile.Snappy})
			}
			const blocks = 16 // a row group
			b.SetBytes(int64(len(text)) * blocks)
			for b.Loop() {
				for i, c := range rec.root.leaves {
					for range blocks {
						encoders[i].Append(c.chunk(rec.row))
					}
					encoders[i].Finish().Release()
				}
			}
		})
	}
}

func BenchmarkFloats(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for range 10_000 {
		text = append(strconv.AppendFloat(text, random.Float64()*float64(random.IntN(1000)), 'g', -1, 64), ',')
	}
	end := len(text)
	s := scanner{buf: append(text, make([]byte, source.Slack)...)}
	c := newColumn(parquetfile.Leaf{Physical: parquetfile.Double, MaxDef: 1})
	b.SetBytes(int64(end))
	for b.Loop() {
		for i := 0; i < end; i++ {
			if i = s.double(c, i, 0); i == fail {
				b.Fatal("not a number")
			}
			s.row++
		}
		c.reset()
		s.row = 0
	}
}
