package convert

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// scratchFiles creates files in memory and counts them.
type scratchFiles struct {
	created, closed int
	bytes           int
}

type scratchFile struct {
	files   *scratchFiles
	content []byte
}

func (s *scratchFiles) create() (ScratchFile, error) {
	s.created++
	return &scratchFile{files: s}, nil
}

func (f *scratchFile) Write(p []byte) (int, error) {
	f.content = append(f.content, p...)
	f.files.bytes += len(p)
	return len(p), nil
}

func (f *scratchFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.content).ReadAt(p, off)
}

func (f *scratchFile) Close() error {
	f.files.closed++
	return nil
}

func TestRejectedRecordsSpillToScratch(t *testing.T) {
	const lines = 100_000
	text := strings.Repeat("x\n", lines) + "{}"
	var files scratchFiles
	_, _, sink := convertText(t, Options{Scratch: files.create}, text)
	if n := bytes.Count(sink.rejects.Bytes(), []byte("\n")); n != lines {
		t.Errorf("%d records were written, want %d", n, lines)
	}
	for i, r := range rejectedRecords(t, sink) {
		if r.Line != int64(i+1) || r.Raw != "x" {
			t.Fatalf("record %d has line %d and raw %q, want line %d and raw %q", i, r.Line, r.Raw, i+1, "x")
		}
	}
	if files.created != 1 || files.closed != 1 || files.bytes < maxPendingRejects {
		t.Errorf("%d scratch files of %d bytes were created, %d were closed; want one of at least %d bytes",
			files.created,
			files.bytes, files.closed, maxPendingRejects)
	}
	// The output does not depend on where the records were kept.
	_, _, byDefault := convertText(t, Options{}, text)
	if !bytes.Equal(byDefault.rejects.Bytes(), sink.rejects.Bytes()) {
		t.Error("with temporary files the rejected records differ")
	}
}

func TestScratchErrorFailsTheConversion(t *testing.T) {
	full := errors.New("no space left")
	opts := Options{Scratch: func() (ScratchFile, error) { return nil, full }}
	_, err := Convert(t.Context(), []Source{textSource("a", strings.Repeat("x\n", 100_000))}, &memorySink{}, opts)
	if !errors.Is(err, full) {
		t.Errorf("the error is %v, want %v", err, full)
	}
}

func TestConvertReaderKeepsLargeInputInScratch(t *testing.T) {
	text := strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+`"}`+"\n", 2*maxBufferMemory/1000)
	var files scratchFiles
	var out bytes.Buffer
	opts := Options{Scratch: files.create}
	result, err := ConvertReader(t.Context(), &out, io.MultiReader(strings.NewReader(text)), nil, opts)
	if err != nil {
		t.Fatal(err)
	}
	if result.BytesIn != int64(len(text)) || files.bytes != len(text) || files.created != 1 || files.closed != 1 {
		t.Errorf("%d bytes were read, %d bytes in %d scratch files, of which %d were closed; want %d bytes in one",
			result.BytesIn,
			files.bytes, files.created, files.closed, len(text))
	}
}

func TestTempFileHasNoNameAfterClose(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	f, err := createTempFile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "content"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 7)
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "content" {
		t.Errorf("read %q, %v; want %q", got, err, "content")
	}
	if err := f.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
