package snappy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
)

// inputs are pages of typical columns, and edge cases of the format.
func inputs() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 300_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	text := func(format string, value func() any, n int) []byte {
		var b bytes.Buffer
		for range n {
			v := fmt.Sprintf(format, value())
			b.Write([]byte{byte(len(v)), 0, 0, 0})
			b.WriteString(v)
		}
		return b.Bytes()
	}
	millis := int64(0)
	all := map[string][]byte{
		"empty": {}, "random": random, "zeros": make([]byte, 200_000),
		"identifiers": text("%s", func() any {
			return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<16),
				r.Int64N(1<<48))
		}, 9000),
		"addresses": text("%s", func() any {
			return fmt.Sprintf("%d.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
		}, 9000),
		"times": text("%s", func() any {
			millis += r.Int64N(100)
			return time.UnixMilli(1737072000000 + millis).UTC().Format("2006-01-02T15:04:05.000Z")
		}, 9000),
		"prose": []byte(strings.Repeat("it was the best of times, it was the worst of times, ", 4000)),
	}
	for _, n := range []int{1, minBlock - 1, minBlock, minBlock + 1, blockBytes - 1, blockBytes, blockBytes + 1,
		blockBytes + slack - 1, blockBytes + slack, 2*blockBytes + 1} {
		all[fmt.Sprintf("%d random", n)] = random[:n]
		all[fmt.Sprintf("%d equal", n)] = bytes.Repeat([]byte{'x'}, n)
		half := append(bytes.Clone(random[:n/2]), random[:n/2]...)
		all[fmt.Sprintf("%d repeated once", n)] = half
	}
	return all
}

func roundTrip(t *testing.T, e *Encoder, src []byte) (size int) {
	t.Helper()
	before := bytes.Clone(src)
	n := MaxEncodedLen(len(src))
	dst := bytes.Repeat([]byte{0xa5}, n+100)
	packed := e.Encode(dst[:n], src)
	got, err := s2.Decode(nil, packed)
	if err != nil || !bytes.Equal(got, before) || !bytes.Equal(src, before) {
		t.Fatalf("%d bytes came back as %d (%v)", len(src), len(got), err)
	}
	if bytes.Count(dst[n:], []byte{0xa5}) != 100 {
		t.Fatal("bytes were written behind those that the encoder was given")
	}
	return len(packed)
}

// compareWithGo compares the encoder for this processor with the one in Go.
func compareWithGo(t *testing.T, src []byte) {
	t.Helper()
	for ; len(src) >= minBlock; src = src[min(len(src), blockBytes):] {
		n := min(len(src), blockBytes)
		var b block
		copy(b[:], src)
		var table, goTable [1 << tableBits]uint16
		dst, goDst := make([]byte, MaxEncodedLen(n)), make([]byte, MaxEncodedLen(n))
		encoded, done := encodeRepetitions(dst, &b, n, &table)
		goEncoded, goDone := encodeGo(goDst, &b, n, &goTable)
		if done != goDone || !bytes.Equal(dst[:encoded], goDst[:goEncoded]) || table != goTable {
			t.Fatalf("%d bytes of %d become %d; with plain Go %d become %d", done, n, encoded, goDone, goEncoded)
		}
	}
}

func TestAgreesWithItsTwinInGo(t *testing.T) {
	for name, src := range inputs() {
		t.Run(name, func(t *testing.T) { compareWithGo(t, src) })
	}
	// Literals and copies of many distances and lengths.
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var src []byte
		for symbols := 1 + r.IntN(64); len(src) < 3*blockBytes/2; {
			for range 1 + r.IntN(1<<r.IntN(10)) {
				src = append(src, byte(r.IntN(symbols)))
			}
			if n := min(len(src), 1+r.IntN(1<<r.IntN(12))); r.IntN(2) == 0 {
				from := len(src) - n - r.IntN(len(src)-n+1)
				src = append(src, src[from:from+n]...)
			}
		}
		src = src[:len(src)-r.IntN(blockBytes)]
		compareWithGo(t, src)
	}
}

func TestRoundTrip(t *testing.T) {
	var e Encoder // used for all inputs: no input may influence the next
	for name, src := range inputs() {
		t.Run(name, func(t *testing.T) { roundTrip(t, &e, src) })
	}
}

func TestEncodeDependsOnNothingButTheInput(t *testing.T) {
	var used, fresh Encoder
	all := inputs()
	for name, src := range all {
		used.Encode(make([]byte, MaxEncodedLen(len(src))), src)
		a := used.Encode(make([]byte, MaxEncodedLen(len(src))), src)
		b := fresh.Encode(make([]byte, MaxEncodedLen(len(src))+100),
			append(bytes.Clone(src), "other bytes behind the input"...)[:len(src)])
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two encodings differ", name)
		}
		fresh = Encoder{}
	}
}

func TestSmallerThanS2OnColumns(t *testing.T) {
	var e Encoder
	all := inputs()
	for _, name := range []string{"identifiers", "addresses", "times"} {
		src := all[name]
		ours, s2s := roundTrip(t, &e, src), len(s2.EncodeSnappy(nil, src))
		t.Logf("%s: %d bytes become %d, with S2's encoder %d", name, len(src), ours, s2s)
		if float64(ours) > 0.97*float64(s2s) {
			t.Errorf("%s: %d bytes, S2's encoder makes %d", name, ours, s2s)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, src := range inputs() {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var e Encoder
		roundTrip(t, &e, src)
		compareWithGo(t, src)
	})
}

func BenchmarkEncode(b *testing.B) {
	var e Encoder
	for name, src := range inputs() {
		if len(src) < 100_000 || strings.Contains(name, " ") {
			continue
		}
		dst := make([]byte, max(MaxEncodedLen(len(src)), s2.MaxEncodedLen(len(src))))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				e.Encode(dst, src)
			}
		})
		b.Run(name+"/s2", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				s2.EncodeSnappy(dst, src)
			}
		})
	}
}
