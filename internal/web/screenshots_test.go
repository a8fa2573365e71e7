package web

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ndjson-parquet/internal/generate"
)

// TestScreenshots makes the pictures of the documents:
//
//	SCREENSHOTS=$PWD/docs/images go test ./internal/web -run TestScreenshots
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	s := newSite(t, nil)
	for day := range 9 {
		from := time.Date(2025, 1, 20+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		s.generate(generate.Plan{
			Seed: uint64(day), From: from, Days: 1, FilesPerDay: 20 + 9*(day%4), FileBytes: 10_000, Shape: "orders",
			BadRecordPercent: float64(day % 3), SchemaChanges: day % 2, Rate: generate.AllAtOnce,
		})
	}
	s.run(false)
	b := openBrowser(t, s)
	pages := s.pages()
	for _, shot := range []struct {
		name, page, theme string
		width, height     int64
	}{
		{"now", "now", "light", 1280, 860}, {"now-dark", "now", "dark", 1280, 860},
		{"attention", "attention", "light", 1280, 860},
		{"dates", "dates", "light", 1280, 700}, {"date", "date", "dark", 1280, 860},
		{"batch", "batch", "light", 1280, 860},
		{"file", "file", "light", 1280, 560}, {"data", "data", "light", 1280, 860}, {"rows", "rows", "dark", 1280, 560},
		{"confirm", "confirm", "light", 1280, 420}, {"phone", "now", "light", 390, 800},
		{"phone-dark", "attention", "dark", 390, 800},
	} {
		b.run(chromedp.EmulateViewport(shot.width, shot.height), b.theme(shot.theme))
		b.open(pages[shot.page])
		if shot.page != "confirm" {
			b.eventually(`document.getElementById("live").dataset.state === "on"`, "the stream opens")
		}
		var content []byte
		b.run(chromedp.CaptureScreenshot(&content))
		if err := os.WriteFile(filepath.Join(folder, shot.name+".png"), smaller(t, content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// smaller encodes a picture with the 256 colours that are most frequent in it.
func smaller(t *testing.T, content []byte) []byte {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[color.RGBA]int{}
	bounds := picture.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	var colours []color.RGBA
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(
			cmp.Compare(counts[b], counts[a]),
			cmp.Compare(a.R, b.R),
			cmp.Compare(a.G, b.G),
			cmp.Compare(a.B, b.B),
		)
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	for _, c := range colours {
		index[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
