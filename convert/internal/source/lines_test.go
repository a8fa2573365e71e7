package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRangesMeet divides texts into ranges and checks that every line is read exactly once, with
// its offset.
func TestRangesMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-c]{0,30}\n?){0,12}`).Draw(t, "text")
		maxLine := rapid.IntRange(1, 40).Draw(t, "maxLine")
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(text)), 0, 4).Draw(t, "cuts")
		cuts = append(cuts, 0, len(text))
		slices.Sort(cuts)
		var got []string
		for i := range cuts[1:] {
			start, end := int64(cuts[i]), int64(cuts[i+1])
			if start == end {
				continue
			}
			in := &Input{ranges: strings.NewReader(text), Size: int64(len(text))}
			l := in.Lines(start, end, Limits{Record: maxLine}, nil, func(int) {})
			step, read := rapid.IntRange(1, 20).Draw(t, "step"), l.read // short reads
			l.read = func(p []byte) (int, error) { return read(p[:min(len(p), step)]) }
			got = append(got, readLines(t, l)...)
		}
		var want []string
		offset := 0
		for line := range strings.Lines(text) {
			want = append(want, fmt.Sprintf("%d %s", offset, strings.TrimSuffix(line, "\n")))
			offset += len(line)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q cut at %v\n got %q\nwant %q", text, cuts, got, want)
		}
	})
}

// TestStreamBlocksLast checks that the blocks of a stream stay valid.
func TestStreamBlocksLast(t *testing.T) {
	text := strings.Repeat("some line or other\n", 300_000)
	l := &LineReader{read: strings.NewReader(text).Read, limits: Limits{Record: 1000}, end: -1, renew: newBlockBuffer}
	var blocks []Block
	for {
		b, err := l.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	var all strings.Builder
	for _, b := range blocks {
		if int64(all.Len()) != b.Offset {
			t.Fatalf("a block at %d says %d", all.Len(), b.Offset)
		}
		all.Write(b.Data)
	}
	if all.String() != text {
		t.Error("the blocks do not make up the text")
	}
}

// TestC31_LongLineKeepsItsBeginning checks that the kept beginning of a long line is complete,
// independent of the size of reads.
func TestC31_LongLineKeepsItsBeginning(t *testing.T) {
	// Shorter lines are part of a block, even if they are too long.
	for _, length := range []int{BlockSize, 3 * BlockSize, MaxRawBytes, MaxRawBytes + 1, 3*MaxRawBytes + 5} {
		for _, end := range []string{"", "\n", "\nnext\n"} {
			line := strings.Repeat("0123456789", length/10+1)[:length]
			l := &LineReader{read: strings.NewReader(line + end).Read, limits: Limits{Record: 9000}, end: -1}
			b, err := l.Next()
			if err != nil || b.Skipped != int64(length) || string(b.Data) != line[:min(length, MaxRawBytes)] {
				t.Errorf("of %d bytes before %q: skipped %d, kept %d, error %v", length, end, b.Skipped, len(b.Data),
					err)
			}
			if b, err := l.Next(); len(end) > 1 && (err != nil || string(b.Data) != end[1:]) || len(end) <= 1 &&
				!errors.Is(err, io.EOF) {
				t.Errorf("after %d bytes and %q: %q, %v", length, end, b.Data, err)
			}
		}
	}
}

type fataler interface{ Fatal(...any) }

// readLines returns each line with its offset; one that is too long in full if it was not cut
// short.
func readLines(t fataler, l *LineReader) []string {
	var lines []string
	for {
		b, err := l.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Skipped > 0 {
			// Only the beginning of the line is kept.
			full := string(b.Data) + strings.Repeat("?", int(b.Skipped)-len(b.Data))
			lines = append(lines, fmt.Sprintf("%d %s", b.Offset, full))
			continue
		}
		offset := b.Offset
		for line := range strings.Lines(string(b.Data)) {
			lines = append(lines, fmt.Sprintf("%d %s", offset, strings.TrimSuffix(line, "\n")))
			offset += int64(len(line))
		}
	}
}
