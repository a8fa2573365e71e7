package convert

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"ndjson-parquet/convert/internal/parquetfile"
)

// Micro-benchmarks of the stages. The compressor and the encodings have theirs in internal/parquetfile.

// benchRecords generates about n bytes of records of a shape like that of the corpora in bench/.
func benchRecords(shape string, n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		switch shape {
		case "events":
			fmt.Fprintf(&b, `{"event_id":"%016x-%08x","timestamp":"2025-01-17T%02d:%02d:%02d.%06dZ","event_type":"%s","user_id":%d,`+
				`"country":"%s","user_agent":"Mozilla/5.0 (Linux; Android 15; Pixel %d) AppleWebKit/537.36 (KHTML, like Gecko)",`+
				`"url":"https://shop.example.com/category/%d?utm_source=newsletter&position=%d","status":%d,"duration_ms":%.2f,`+
				`"bytes_sent":%d,"is_mobile":%t}`+"\n", r.Uint64(), r.Uint32(), i/3600%24, i/60%60, i%60, r.IntN(1e6),
				[]string{"click", "view", "purchase"}[r.IntN(3)], 1e9+r.IntN(1e6), []string{"GB", "DE", "FR"}[r.IntN(3)], r.IntN(10),
				r.IntN(20000), r.IntN(60), 200+r.IntN(4)*100, r.Float64()*1000, r.IntN(1e6), r.IntN(2) == 0)
		case "metrics":
			fmt.Fprintf(&b, `{"ts":%d,"host":"node-%d","up":true,"procs":%d,"cpu":%v,"load":%v,"mem":%v,"disk":%v,"net":%v}`+"\n",
				1737072000008+i, r.IntN(300), r.IntN(500), r.Float64(), r.Float64()*4, r.Float64()*1000, r.Float64()*1000,
				r.Float64()*500)
		case "nested":
			fmt.Fprintf(&b, `{"order_id":%d,"customer":{"id":%d,"name":"Fatima Okafor","address":{"city":"Oslo","zip":"%05d"}},"items":[`,
				326411222016+i, r.IntN(1e5), r.IntN(1e5))
			for j := range 1 + r.IntN(3) {
				if j > 0 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, `{"sku":"SKU-%04x","quantity":%d,"price":%.2f,"options":{"colour":"navy","engraving":null}}`,
					r.IntN(1<<16), r.IntN(9), r.Float64()*200)
			}
			b.WriteString(`],"tags":["express","b2b"],"payment":{"method":"transfer","captured":true}}` + "\n")
		}
	}
	return b.String()
}

var benchShapes = []string{"events", "metrics", "nested"}

// newBenchRecorder returns a recorder that has met all names of the text, and the text as a block.
func newBenchRecorder(text string) (*recorder, block) {
	o := Options{}.withDefaults()
	evidence := newEvidence(1000)
	p := parser{maxDepth: o.MaxDepth}
	for line := range strings.Lines(text) {
		if p.parse([]byte(strings.TrimSuffix(line, "\n"))) == nil {
			p.observe(evidence, 0)
		}
	}
	rec := newRecorder(learn(evidence, nil, o.MaxColumns), &o, true)
	data := append([]byte(text), make([]byte, slack)...)
	return rec, block{data: data[:len(text)]}
}

func BenchmarkScan(b *testing.B) {
	for _, shape := range benchShapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchRecords(shape, blockSize))
			taker := lineTaker{recorder: rec, tally: &Totals{}, log: &rejectLog{}, maxLine: 1 << 20}
			b.SetBytes(int64(len(text.data)))
			for b.Loop() {
				taker.take(text)
				for _, c := range rec.root.leaves {
					c.reset()
				}
				rec.row = 0
			}
		})
	}
}

func BenchmarkCarefulPath(b *testing.B) {
	for _, shape := range benchShapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchRecords(shape, blockSize))
			lines := strings.SplitAfter(string(text.data), "\n")
			b.SetBytes(int64(len(text.data)))
			for b.Loop() {
				for _, line := range lines[:len(lines)-1] {
					rec.takeCarefully([]byte(line[:len(line)-1]))
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
	for _, shape := range benchShapes {
		b.Run(shape, func(b *testing.B) {
			rec, text := newBenchRecorder(benchRecords(shape, blockSize))
			taker := lineTaker{recorder: rec, tally: &Totals{}, log: &rejectLog{}, maxLine: 1 << 20}
			taker.take(text)
			encoders := make([]*parquetfile.ColumnEncoder, len(rec.root.leaves))
			for i, c := range rec.root.leaves {
				encoders[i] = parquetfile.NewColumnEncoder(c.leaf, parquetfile.EncoderOptions{Codec: parquetfile.Snappy})
			}
			const blocks = 16 // a row group
			b.SetBytes(int64(len(text.data)) * blocks)
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

func BenchmarkConvert(b *testing.B) {
	for _, shape := range benchShapes {
		b.Run(shape, func(b *testing.B) {
			source := textSource("bench", benchRecords(shape, 32<<20))
			b.SetBytes(source.Size)
			for b.Loop() {
				if _, err := Convert(context.Background(), []Source{source}, &countingSink{}, Options{}); err != nil {
					b.Fatal(err)
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
	s := scanner{buf: append(text, make([]byte, slack)...)}
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
