package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/objectstore"
)

// maxResumes is how often a Reader continues after its connection broke, beyond the SDK's own
// retries of each request.
const maxResumes = 3

// smallSize is the size up to which a Reader keeps an object in memory: all its bytes, in whatever
// order they are read, come from the response to one request.
const smallSize = 8 << 20

// Open makes the request whose response Read reads. ctx must live as long as the Reader. Every
// request of the Reader asks for the version that the first one returned, so that versions cannot
// mix.
func (s *Store) Open(ctx context.Context, want objectstore.Object) (objectstore.Reader, error) {
	if err := s.checkKey(want.Key); err != nil {
		return nil, err
	}
	version, match := versionOrMatch(want)
	out, err := s.get(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.full(want.Key), VersionId: version,
		IfMatch: match})
	if err != nil {
		return nil, s.failed("read", want.Key, err)
	}
	obj := objectstore.Object{
		Key:       want.Key,
		ETag:      unquote(out.ETag),
		VersionID: versionID(out.VersionId),
		Size:      aws.ToInt64(out.ContentLength),
		ModTime:   aws.ToTime(out.LastModified),
	}
	if obj.Size <= smallSize {
		return &smallReader{reader: reader{ctx: ctx, store: s, obj: obj, body: out.Body}}, nil
	}
	return &reader{ctx: ctx, store: s, obj: obj, body: out.Body}, nil
}

// A reader reads an object in memory that does not depend on the object's size.
type reader struct {
	ctx   context.Context
	store *Store
	obj   objectstore.Object // the version that is being read
	off   int64              // Read's position

	mu      sync.Mutex    // guards what follows
	body    io.ReadCloser // from off to the end; nil until it is needed
	started bool          // something was read from body; ReadAt may close it before
	streams []*stream     // kept for calls that continue them, oldest first
}

func (r *reader) Object() objectstore.Object { return r.obj }

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for broken := 0; ; broken++ {
		body, err := r.sequential()
		if err != nil {
			return 0, err
		}
		n, err := body.Read(p)
		r.off += int64(n)
		ended := errors.Is(err, io.EOF)
		if err == nil || ended && r.off == r.obj.Size {
			return n, err
		}
		if ended {
			err = io.ErrUnexpectedEOF
		}
		// an error at the end: the checksum does not match
		if r.off != r.obj.Size {
			err = brokenOff(r.ctx, err)
		}
		if r.off == r.obj.Size || broken == maxResumes || r.ctx.Err() != nil {
			return n, fmt.Errorf("read %s at byte %d: %w", r.store.URI(r.obj.Key), r.off, err)
		}
		r.drop()
		if n > 0 {
			return n, nil // the next Read continues from here
		}
	}
}

// sequential returns the stream that begins at off.
func (r *reader) sequential() (io.Reader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = true
	if r.body == nil {
		if r.off == r.obj.Size {
			return eof{}, nil
		}
		body, err := r.request(r.ctx, fmt.Sprintf("bytes=%d-", r.off))
		if err != nil {
			return nil, err
		}
		r.body = body
	}
	return r.body, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (r *reader) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeBody()
}

func (r *reader) dropUnused() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		r.closeBody()
	}
}

// closeBody closes the stream. The error of closing does not matter for bytes that were not read.
func (r *reader) closeBody() {
	if r.body != nil {
		_ = r.body.Close()
		r.body = nil
	}
}

// ReadAt may be called in several places at the same time. A call that begins where an earlier one
// ended continues that call's stream, which then requests readAhead bytes at a time: a conversion
// reads many megabytes from each of its places. A Reader that begins with ReadAt closes the stream
// that Open began, so that no connection stays open unused.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if off >= r.obj.Size {
		return 0, io.EOF
	}
	r.dropUnused()
	var end error
	if rest := r.obj.Size - off; int64(len(p)) > rest {
		p, end = p[:rest], io.EOF
	}
	if len(p) == 0 {
		return 0, end
	}
	ahead := int64(readAhead)
	s := r.takeStream(off)
	if s == nil {
		s, ahead = &stream{at: off, end: off}, 0
	}
	done := 0
	for broken := 0; done < len(p); {
		n, err := r.readOn(s, p[done:], ahead)
		done += n
		if err == nil {
			continue
		}
		s.close()
		if broken == maxResumes || r.ctx.Err() != nil || errors.Is(err, objectstore.ErrChanged) ||
			errors.Is(err, objectstore.ErrNotFound) {
			return done, fmt.Errorf("read %s at byte %d: %w", r.store.URI(r.obj.Key), off, brokenOff(r.ctx, err))
		}
		broken++
	}
	r.keepStream(s)
	return done, end
}

const (
	// readAhead is how many bytes a continued stream requests at a time.
	readAhead = 4 << 20
	// maxStreams is how many streams are kept for later calls.
	maxStreams = 16
)

// A stream reads an object from some offset on, request by request. Only one ReadAt uses it at a
// time.
type stream struct {
	at, end int64         // the offset, and the end of body
	body    io.ReadCloser // nil if at is end
}

// readOn reads into p the rest of the current request, or else of a new one for p's bytes, or for
// ahead bytes if that is more.
func (r *reader) readOn(s *stream, p []byte, ahead int64) (int, error) {
	if s.body == nil {
		end := min(s.at+max(int64(len(p)), ahead), r.obj.Size)
		body, err := r.request(r.ctx, fmt.Sprintf("bytes=%d-%d", s.at, end-1))
		if err != nil {
			return 0, err
		}
		s.body, s.end = body, end
	}
	n, err := io.ReadFull(s.body, p[:min(int64(len(p)), s.end-s.at)])
	s.at += int64(n)
	if err == nil && s.at == s.end {
		err = s.body.Close()
		s.body = nil
	}
	return n, err
}

func (s *stream) close() {
	if s.body != nil {
		_ = s.body.Close()
		s.body = nil
	}
	s.end = s.at
}

// takeStream removes and returns the stream that is at off; nil if there is none.
func (r *reader) takeStream(off int64) *stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.streams, func(s *stream) bool { return s.at == off })
	if i < 0 {
		return nil
	}
	s := r.streams[i]
	r.streams = slices.Delete(r.streams, i, i+1)
	return s
}

func (r *reader) keepStream(s *stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams = append(r.streams, s); len(r.streams) > maxStreams {
		r.streams[0].close()
		r.streams = slices.Delete(r.streams, 0, 1)
	}
}

// Close ends all streams. It never fails: everything that was read was of one version.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.streams {
		s.close()
	}
	r.streams = nil
	r.closeBody()
	return nil
}

// request requests a range of the version that is being read.
func (r *reader) request(ctx context.Context, byteRange string) (io.ReadCloser, error) {
	version, match := versionOrMatch(r.obj)
	out, err := r.store.get(ctx, &s3.GetObjectInput{
		Bucket: &r.store.bucket, Key: r.store.full(r.obj.Key), VersionId: version, IfMatch: match, Range: &byteRange,
	})
	if err != nil {
		return nil, r.store.failed("read", r.obj.Key, err)
	}
	return out.Body, nil
}
