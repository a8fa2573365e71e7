package convert

import (
	"context"
	"testing"

	"ndjson-parquet/convert/internal/benchdata"
)

func BenchmarkConvert(b *testing.B) {
	for _, shape := range benchdata.Shapes {
		b.Run(shape, func(b *testing.B) {
			source := textSource("bench", benchdata.Records(shape, 32<<20))
			b.SetBytes(source.Size)
			for b.Loop() {
				if _, err := Convert(context.Background(), []Source{source}, &countingSink{}, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
