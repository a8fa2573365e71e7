// Command corpus writes the bench's input: seeded NDJSON corpora of several shapes and sizes.
//
//	go run ./bench/corpus -out DIRECTORY -shape events -size 35m
//
// The same shape and size give the same bytes everywhere. A directory that is already complete is
// left as it is.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"ndjson-parquet/internal/generate/records"
)

// start is the time of the first record of every file.
var start = time.Date(2025, time.January, 17, 0, 0, 0, 0, time.UTC)

// A size says how many files a corpus has, and the bytes that each reaches (it ends with the record
// that does).
type size struct {
	files int
	bytes int64
}

var sizes = map[string]size{
	"tiny": {3, 96 << 10},
	"35m":  {10, 3_500_000}, // the default batch: ten files of 3.5 MB
	"1g":   {8, 128 << 20},
	"10g":  {80, 128 << 20},
}

func main() {
	out := flag.String("out", "", "`directory` to write to")
	shapeName := flag.String("shape", "events", "one of "+strings.Join(records.Shapes(), ", "))
	sizeName := flag.String("size", "35m", "one of "+strings.Join(slices.Sorted(maps.Keys(sizes)), ", "))
	flag.Parse()
	if err := generate(*out, *shapeName, *sizeName); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

// generate writes all files of a corpus, several at a time.
func generate(directory, shapeName, sizeName string) error {
	if !slices.Contains(records.Shapes(), shapeName) {
		return fmt.Errorf("unknown shape %q; choose one of %s", shapeName, strings.Join(records.Shapes(), ", "))
	}
	sz, ok := sizes[sizeName]
	if !ok {
		return fmt.Errorf("unknown size %q; choose one of %s", sizeName,
			strings.Join(slices.Sorted(maps.Keys(sizes)), ", "))
	}
	if directory == "" {
		return errors.New("say where to write with -out")
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	results := make([]error, sz.files)
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range sz.files {
		all.Go(func() {
			running <- struct{}{}
			defer func() { <-running }()
			path := filepath.Join(directory, fmt.Sprintf("2025-01-17-%s-%04d.ndjson", shapeName, i))
			next, _ := records.New(shapeName, random(shapeName, i), start)
			results[i] = generateFile(path, next, sz.bytes)
		})
	}
	all.Wait()
	return errors.Join(results...)
}

// random is the source of one file's values: the same for the same shape and number.
func random(shapeName string, number int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(shapeName))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(number)))
}

// generateFile writes records until the file has at least the given number of bytes. It appears
// under its name only when it is complete.
func generateFile(path string, next records.Maker, bytes int64) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.Create(path + ".unfinished")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	for written := int64(0); written < bytes; written += int64(len(line)) {
		line = append(next(line[:0]), '\n')
		if _, err := w.Write(line); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
