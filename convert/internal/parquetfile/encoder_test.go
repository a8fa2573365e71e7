package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"
)

// contents returns all bytes of a chunk as in a file.
func contents(c *EncodedColumn) []byte {
	return append(bytes.Join(c.dictionary.pieces, nil), bytes.Join(c.data.pieces, nil)...)
}

// TestChunkingDoesNotMatter encodes the same rows cut in two ways, once with an encoder that was
// used before.
func TestChunkingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := genOptions(t)
		rows := rapid.IntRange(1, 150).Draw(t, "rows")
		c := genColumn(t, genNode(t, "c"), rows)
		used := NewColumnEncoder(c.leaf, opts)
		c.encode(used, genCuts(t, rows), true).Release()
		again := c.encode(used, genCuts(t, rows), true)
		whole := c.encode(NewColumnEncoder(c.leaf, opts), nil, false)
		if !bytes.Equal(contents(again), contents(whole)) {
			t.Fatalf("%d bytes in one way, %d in the other, or different ones", again.Size(), whole.Size())
		}
	})
}

// TestConstantsAreOrdinaryValues compares AppendConstant and AppendNulls with Append of the same
// rows.
func TestConstantsAreOrdinaryValues(t *testing.T) {
	leaf := Leaf{Path: []string{"c"}, Physical: ByteArray, MaxDef: 1}
	rapid.Check(t, func(t *rapid.T) {
		opts := genOptions(t)
		fast, slow := NewColumnEncoder(leaf, opts), NewColumnEncoder(leaf, opts)
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			rows := rapid.IntRange(1, 60).Draw(t, "rows")
			chunk := &Chunk{Rows: rows, Entries: rows}
			if rapid.Bool().Draw(t, "null") {
				fast.AppendNulls(rows)
				chunk.Def = make([]byte, rows)
			} else {
				value := plainText(rapid.SampledFrom([]string{"", "a", "s3://bucket/2025-01-17-a.ndjson"}).Draw(t,
					"value"))
				fast.AppendConstant(value, rows)
				chunk.Values, chunk.NonNull = bytes.Repeat(value, rows), rows
			}
			slow.Append(chunk)
		}
		a, b := fast.Finish(), slow.Finish()
		if a.Rows() != b.Rows() || a.nulls != b.nulls || len(a.pages) != len(b.pages) {
			t.Fatalf("%d rows, %d nulls, %d pages; want %d, %d, %d", a.Rows(), a.nulls, len(a.pages), b.Rows(),
				b.nulls, len(b.pages))
		}
	})
}

// TestEncodingFollowsTheData pins which columns get a dictionary.
func TestEncodingFollowsTheData(t *testing.T) {
	for name, c := range map[string]struct {
		chunk      *Chunk
		leaf       Leaf
		dictionary bool
	}{
		"few words":         {words(40_000, 9), Leaf{Physical: ByteArray}, true},
		"random ids":        {words(40_000, math.MaxInt32), Leaf{Physical: ByteArray}, false},
		"few numbers":       {numbers(40_000, 300), Leaf{Physical: Int64}, true},
		"random numbers":    {numbers(40_000, math.MaxInt64), Leaf{Physical: Int64}, false},
		"few doubles":       {numbers(40_000, 40), Leaf{Physical: Double}, true},
		"only three values": {words(3, math.MaxInt32), Leaf{Physical: ByteArray}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := NewColumnEncoder(c.leaf, EncoderOptions{Codec: Snappy})
			e.Append(c.chunk)
			out := e.Finish()
			if got := out.dictionaryPages == len(out.pages); got != c.dictionary {
				t.Errorf("%d of %d pages use a dictionary", out.dictionaryPages, len(out.pages))
			}
		})
	}
}

// TestEncodersShareAWorkspace interleaves two columns that share a workspace. The result must be
// that of separate workspaces.
func TestEncodersShareAWorkspace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := genOptions(t)
		shared := opts
		shared.Workspace = new(Workspace)
		rows := rapid.IntRange(1, 150).Draw(t, "rows")
		columns := []*column{genColumn(t, genNode(t, "a"), rows), genColumn(t, genNode(t, "b"), rows)}
		cuts := genCuts(t, rows)
		var encoders []*ColumnEncoder
		for _, c := range columns {
			encoders = append(encoders, NewColumnEncoder(c.leaf, shared))
		}
		from := 0
		for _, to := range append(cuts, rows) {
			for i, c := range columns {
				encoders[i].Append(c.chunk(from, to, true))
			}
			from = to
		}
		var together []*EncodedColumn
		for _, e := range encoders {
			together = append(together, e.Finish())
		}
		for i, c := range columns {
			if alone := c.encode(NewColumnEncoder(c.leaf, opts), cuts, true); !bytes.Equal(contents(together[i]),
				contents(alone)) {
				t.Fatalf("column %d has %d bytes when it shares, %d alone, or different ones", i, together[i].Size(),
					alone.Size())
			}
		}
	})
}

// TestSnappyFollowsTheData checks that times get the thorough encoder, and data without repetitions
// the faster one.
func TestSnappyFollowsTheData(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var times []byte
	for i := range 4000 {
		times = append(times, plainText(fmt.Sprintf("2025-01-17T%02d:%02d:%02d.%03dZ", i/600%24, i/10%60, r.Intn(60),
			r.Intn(1000)))...)
	}
	random := make([]byte, 16<<10)
	_, _ = r.Read(random)
	for name, test := range map[string]struct {
		values   []byte
		thorough bool
	}{"times": {times, true}, "random bytes": {random, false}, "too few to tell": {times[:2000], false}} {
		c := compressor{work: new(Workspace)}
		c.reset(Snappy)
		if c.choose(test.values); c.thorough != test.thorough {
			t.Errorf("%s: thorough is %v", name, c.thorough)
		}
	}
}

// TestDictionaryIsCompressed checks that a dictionary is compressed even if data pages are stored.
func TestDictionaryIsCompressed(t *testing.T) {
	c := compressor{work: new(Workspace)}
	c.reset(Snappy)
	random := make([]byte, 100<<10)
	_, _ = rand.New(rand.NewSource(1)).Read(random)
	zeros := make([]byte, len(random))
	c.dataPage(random)
	if _, stored := c.dataPage(zeros); !stored {
		t.Error("the page after one of random bytes is compressed")
	}
	if n := len(c.compress(zeros)); n > len(zeros)/10 {
		t.Errorf("%d bytes are left of zeros", n)
	}
}

// TestStoredPagesAreSnappy checks that other decoders read stored pages, and that storedLen is
// their length.
func TestStoredPagesAreSnappy(t *testing.T) {
	for _, n := range []int{0, 1, 200, storedBlock - 1, storedBlock, storedBlock + 1, 5*storedBlock + 7} {
		body := make([]byte, n)
		_, _ = rand.New(rand.NewSource(int64(n))).Read(body)
		var b blocks
		appendStored(&b, body)
		got, err := s2.Decode(nil, bytes.Join(b.pieces, nil))
		if err != nil || !bytes.Equal(got, body) || b.size != storedLen(n) {
			t.Errorf("%d bytes: %d come back (%v); stored in %d bytes, want %d", n, len(got), err, b.size, storedLen(n))
		}
	}
}

// TestDistinctValuesAreEstimated extrapolates from two samples to values that are drawn uniformly,
// and to values that are not.
func TestDistinctValuesAreEstimated(t *testing.T) {
	const total = 100_000
	r := rand.New(rand.NewSource(1))
	skewed := rand.NewZipf(r, 1.1, 20, 200_000)
	for name, c := range map[string]struct {
		draw func() uint64
		low  float64 // least estimate, as a share of the actual number
	}{
		"few":     {func() uint64 { return uint64(r.Intn(50)) }, 0.9},
		"many":    {func() uint64 { return uint64(r.Intn(30_000)) }, 0.9},
		"all new": {r.Uint64, 0.9},
		"skewed":  {skewed.Uint64, 0.3}, // the encoder decides again while the dictionary grows
	} {
		seen := map[uint64]bool{}
		trial := dictionaryTrial{values: total}
		for n := 1; n <= total; n++ {
			seen[c.draw()] = true
			if n == earlySample || n == dictionarySample {
				trial.extrapolate(float64(n), float64(len(seen)))
			}
		}
		if ratio := trial.distinct / float64(len(seen)); ratio < c.low || ratio > 1.1 {
			t.Errorf("%s: %.0f different values are expected, there are %d", name, trial.distinct, len(seen))
		}
	}
}

// TestCollidingValuesGetNoDictionary encodes keys that all have the same slot. Encoding must not
// take quadratic time, and must preserve the values.
func TestCollidingValuesGetNoDictionary(t *testing.T) {
	d := &wordDictionary{width: 8}
	d.reset()
	var values []byte
	n := 0
	for key := uint64(1); n < 2*maxProbes; key++ {
		if hashWord(key)>>(64-20) == 0 {
			values = binary.LittleEndian.AppendUint64(values, key)
			n++
		}
	}
	if _, ok := d.add(values, n, nil, dictionaryLimits{values: 1 << 16, bytes: 1 << 20}); ok {
		t.Error("a look-up went further than maxProbes")
	}
}

// TestBoundsOfText checks that bounds are truncated between characters, and that an upper bound is
// above the text or absent.
func TestBoundsOfText(t *testing.T) {
	long := bytes.Repeat([]byte("é"), 40) // 80 bytes
	lo, exact := lowerBound(long)
	if len(lo) != 64 || exact {
		t.Errorf("lower bound has %d bytes, exact %v", len(lo), exact)
	}
	hi, exact, ok := upperBound(long)
	if !ok || exact || bytes.Compare(hi, long) <= 0 || !bytes.Equal(hi[:62], long[:62]) {
		t.Errorf("upper bound is %q, exact %v, %v", hi, exact, ok)
	}
	if _, _, ok := upperBound(bytes.Repeat([]byte("\U0010ffff"), 20)); ok {
		t.Error("there is an upper bound above the highest code points")
	}
	hi, _, _ = upperBound(append(bytes.Repeat([]byte("a"), 61), "\xed\x9f\xbf\xed\x9f\xbf"...))
	if want := append(bytes.Repeat([]byte("a"), 61), "\ue000"...); !bytes.Equal(hi, want) {
		t.Errorf("upper bound steps to %q, want %q: surrogates are no characters", hi, want)
	}
}

// TestBoundsOfZeros checks that bounds of zero include both zeros.
func TestBoundsOfZeros(t *testing.T) {
	leaf := Leaf{Physical: Double}
	for _, zero := range []uint64{0, 1 << 63} {
		var f boundsFinder
		f.observe(&leaf, binary.LittleEndian.AppendUint64(nil, zero))
		b := f.bounds(&leaf)
		if binary.LittleEndian.Uint64(b.min) != 1<<63 || binary.LittleEndian.Uint64(b.max) != 0 {
			t.Errorf("zero %x has bounds %x and %x", zero, b.min, b.max)
		}
	}
}

// TestBoundsOfTexts compares the bounds with those of a plain search, in texts with common prefixes
// that ascend, descend or do neither.
func TestBoundsOfTexts(t *testing.T) {
	leaf := Leaf{Physical: ByteArray}
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 20, -1).Draw(t, "prefix")
		texts := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("\x00ab\u00ff")), 0, 20, -1), 1, 20).Draw(t,
			"texts")
		if rapid.Bool().Draw(t, "sorted") {
			slices.Sort(texts)
		}
		if rapid.Bool().Draw(t, "reversed") {
			slices.Reverse(texts)
		}
		var f boundsFinder
		var values []byte
		for i, text := range texts {
			if i%4 > 0 { // some do not begin alike
				text = prefix + text
			}
			texts[i] = text
			values = append(binary.LittleEndian.AppendUint32(values, uint32(len(text))), text...)
		}
		f.observe(&leaf, values)
		if lo, hi := slices.Min(texts), slices.Max(texts); string(f.minBytes) != lo || string(f.maxBytes) != hi {
			t.Fatalf("%q to %q, want %q to %q", f.minBytes, f.maxBytes, lo, hi)
		}
	})
}

// TestWriterRefusesMistakes checks that mistakes that would make a file unreadable are errors.
func TestWriterRefusesMistakes(t *testing.T) {
	node := func(name string, repetition Repetition) *Node {
		return &Node{Name: name, Physical: Int64, Repetition: repetition}
	}
	root := func(nodes ...*Node) *Node { return &Node{Name: "schema", Children: nodes} }
	written := Leaves(root(node("a", Optional)))[0]
	for name, schema := range map[string]*Node{
		"a column that is not in the schema":       root(node("b", Optional)),
		"a column of another nesting":              root(node("a", Required)),
		"a required column that a row group lacks": root(node("a", Optional), node("b", Required)),
		"two columns of one name":                  root(node("a", Optional), node("a", Optional)),
		"a column without a name":                  root(node("a", Optional), node("", Optional)),
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWriter(&bytes.Buffer{}, WriterOptions{})
			if err := w.WriteRowGroup([]*EncodedColumn{NullColumn(written, Snappy, 3)}, 3); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(schema); err == nil {
				t.Error("Close accepts it")
			}
		})
	}
	w := NewWriter(&bytes.Buffer{}, WriterOptions{})
	if err := w.WriteRowGroup([]*EncodedColumn{NullColumn(written, Snappy, 3)}, 4); err == nil {
		t.Error("WriteRowGroup accepts a chunk with too few rows")
	}
}

func numbers(n int, distinct int64) *Chunk {
	r := rand.New(rand.NewSource(1))
	c := &Chunk{Rows: n, Entries: n, NonNull: n}
	for range n {
		c.Values = binary.LittleEndian.AppendUint64(c.Values, uint64(r.Int63n(distinct)))
	}
	return c
}

func words(n int, distinct int64) *Chunk {
	r := rand.New(rand.NewSource(1))
	c := &Chunk{Rows: n, Entries: n, NonNull: n}
	for range n {
		c.Values = append(c.Values, plainText(fmt.Sprintf("word-%016x",
			uint64(r.Int63n(distinct))*0x9e3779b97f4a7c15))...)
	}
	return c
}

func benchmarkEncode(b *testing.B, leaf Leaf, chunk *Chunk) {
	e := NewColumnEncoder(leaf, EncoderOptions{Codec: Snappy})
	b.SetBytes(int64(len(chunk.Values)))
	size := 0
	for b.Loop() {
		e.Append(chunk)
		out := e.Finish()
		size = out.Size()
		out.Release()
	}
	b.ReportMetric(float64(size)/float64(len(chunk.Values)), "of-plain")
}

func BenchmarkEncodeInt64(b *testing.B) {
	benchmarkEncode(b, Leaf{Physical: Int64}, numbers(100_000, math.MaxInt32))
}

func BenchmarkEncodeDouble(b *testing.B) {
	benchmarkEncode(b, Leaf{Physical: Double}, numbers(100_000, math.MaxInt64))
}

func BenchmarkEncodeFewStrings(b *testing.B) {
	benchmarkEncode(b, Leaf{Physical: ByteArray}, words(100_000, 20))
}

func BenchmarkEncodeManyStrings(b *testing.B) {
	benchmarkEncode(b, Leaf{Physical: ByteArray}, words(100_000, math.MaxInt32))
}
