package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Recognise ends a PutIfAbsent that found its key taken, or whose result is unknown. It returns the
// object at key if that contains exactly body, ErrExists if it contains anything else, and
// ErrNotFound if there is none. It is meant for backends.
func Recognise(ctx context.Context, s Store, key string, body Body) (Object, error) {
	size, err := Rewind(body)
	if err != nil {
		return Object{}, err
	}
	r, err := s.Open(ctx, Object{Key: key})
	if err != nil {
		return Object{}, err
	}
	same := r.Object().Size == size
	if same {
		same, err = equalStreams(r, io.NewSectionReader(body, 0, size))
	}
	if err := errors.Join(err, r.Close()); err != nil {
		return Object{}, fmt.Errorf("compare %s with the content to write: %w", s.URI(key), err)
	}
	if !same {
		return Object{}, fmt.Errorf("%s: %w", s.URI(key), ErrExists)
	}
	return r.Object(), nil
}

// Rewind moves body to its start and returns its size in bytes.
func Rewind(body io.Seeker) (size int64, err error) {
	if size, err = body.Seek(0, io.SeekEnd); err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return 0, fmt.Errorf("size of the content to write: %w", err)
	}
	return size, nil
}

// equalStreams reads a and b until they differ or both end.
func equalStreams(a, b io.Reader) (bool, error) {
	const chunk = 64 << 10
	bufA, bufB := make([]byte, chunk), make([]byte, chunk)
	for {
		na, errA := io.ReadFull(a, bufA)
		nb, errB := io.ReadFull(b, bufB)
		endA, endB := isEnd(errA), isEnd(errB)
		switch {
		case errA != nil && !endA:
			return false, errA
		case errB != nil && !endB:
			return false, errB
		case na != nb || !bytes.Equal(bufA[:na], bufB[:nb]):
			return false, nil
		case endA || endB:
			return endA == endB, nil
		}
	}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
