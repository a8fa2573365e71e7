package s3store

import (
	"errors"
	"fmt"
	"io"

	"ndjson-parquet/internal/objectstore"
)

// A smallReader reads an object of up to smallSize bytes. It keeps the bytes that it has received,
// since requests cost money and tens of milliseconds each and a conversion reads a file in many
// places. If the first read is not at the beginning, as when only the footer of a Parquet file is
// read, it requests only what is read.
type smallReader struct {
	reader
	parts   bool   // the first read was not at the beginning; guarded by mu
	come    []byte // the bytes received so far, which do not change; guarded by mu
	damaged error  // the checksum does not match; guarded by mu
}

func (r *smallReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.ReadAt(p, r.off)
	r.off += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // the next Read returns it
	}
	return n, err
}

func (r *smallReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if off >= r.obj.Size {
		return 0, io.EOF
	}
	if r.inParts(off) {
		return r.reader.ReadAt(p, off)
	}
	end := off + int64(len(p))
	come, err := r.await(min(end, r.obj.Size))
	n := copy(p, come[min(off, int64(len(come))):])
	if err == nil && end > r.obj.Size {
		err = io.EOF
	}
	return n, err
}

// inParts reports whether the object is read in parts. The first read, at off, decides that.
func (r *smallReader) inParts(off int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.come == nil && off > 0 {
		r.parts = true
	}
	if r.come == nil && !r.parts {
		r.come = make([]byte, 0, r.obj.Size)
	}
	return r.parts
}

// await receives the object's first n bytes and returns them; with an error it returns those that
// it has.
func (r *smallReader) await(n int64) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for broken := 0; int64(len(r.come)) < n; broken++ {
		err := r.receive(n)
		if err == nil {
			break
		}
		r.closeBody()
		if int64(len(r.come)) < r.obj.Size {
			err = brokenOff(r.ctx, err)
		}
		err = fmt.Errorf("read %s at byte %d: %w", r.store.URI(r.obj.Key), len(r.come), err)
		if int64(len(r.come)) == r.obj.Size {
			r.damaged = err
		} else if broken == maxResumes || r.ctx.Err() != nil || errors.Is(err, objectstore.ErrChanged) ||
			errors.Is(err, objectstore.ErrNotFound) {
			return r.come, err
		}
	}
	return r.come[:n], r.damaged
}

// receive continues the stream up to the object's first n bytes, and to its end if those are all.
func (r *smallReader) receive(n int64) error {
	if r.body == nil {
		body, err := r.request(r.ctx, fmt.Sprintf("bytes=%d-", len(r.come)))
		if err != nil {
			return err
		}
		r.body = body
	}
	got, err := io.ReadFull(r.body, r.come[len(r.come):n])
	r.come = r.come[:len(r.come)+got]
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if n < r.obj.Size {
		return nil
	}
	if _, err := r.body.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.closeBody()
	return nil
}
