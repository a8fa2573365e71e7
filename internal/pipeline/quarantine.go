package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ndjson-parquet/internal/objectstore"
)

// Object stores allow keys of 1,024 bytes, some of which are the prefix of the place; file systems
// allow names of 255 bytes.
const (
	longestQuarantineKey  = 768 // bytes, without reasonEnding
	longestQuarantineName = 240 // bytes of an element, without reasonEnding
	reasonEnding          = ".reason.json"
)

// QuarantineKey is the key under which the bytes of a quarantined file are kept. If the file's own
// key is too long for that, or not one of a path, it is replaced by a hash and the end of the
// file's name; the reason next to it has the whole key.
func QuarantineKey(f File) string {
	folder := "files/" + f.DatePrefix + "/"
	if len(folder)+len(f.Key) <= longestQuarantineKey && objectstore.CheckKey(f.Key) == nil {
		fits := true
		for element := range strings.SplitSeq(f.Key, "/") {
			fits = fits && len(element) <= longestQuarantineName
		}
		if fits {
			return folder + f.Key
		}
	}
	sum := sha256.Sum256([]byte(f.Key))
	name := f.Key[strings.LastIndexByte(f.Key, '/')+1:]
	const shown = 120 // bytes
	name = strings.ToValidUTF8(strings.ReplaceAll(name[max(0, len(name)-shown):], "\x00", ""), "")
	return folder + "long/" + hex.EncodeToString(sum[:16]) + "-" + name
}

// quarantineCopy copies the version o of the input to f's key in quarantine and writes the reason
// next to it.
func (p *Pipeline) quarantineCopy(ctx context.Context, f File, o objectstore.Object) (objectstore.Object, error) {
	key := QuarantineKey(f)
	copied, err := objectstore.Copy(ctx, p.Input, o, p.Quarantine, key, p.Scratch)
	if errors.Is(err, objectstore.ErrBadKey) && f.Reason == ReasonBadName {
		// The store cannot read an object of this name. It stays in the input, and the reason says
		// where it is.
		copied, err = objectstore.Object{}, nil
	}
	if err != nil {
		return copied, err
	}
	note, err := json.MarshalIndent(struct {
		File   string `json:"file"`
		Path   string `json:"file_path"`
		ETag   string `json:"etag"`
		Size   int64  `json:"size_bytes"`
		Reason string `json:"reason"`
		Detail string `json:"detail"`
	}{f.Key, p.Input.URI(o.Key), o.ETag, o.Size, f.Reason, f.Detail}, "", "  ")
	if err != nil {
		return copied, err
	}
	_, err = objectstore.PutBytes(ctx, p.Quarantine, key+reasonEnding, note)
	return copied, err
}

// removeFromInput deletes a quarantined version from the input if the pipeline owns the input.
func (p *Pipeline) removeFromInput(ctx context.Context, o objectstore.Object) error {
	if !p.Config.OwnsInput {
		return nil
	}
	err := p.Input.DeleteVersion(ctx, o)
	if errors.Is(err, objectstore.ErrBadKey) {
		return nil // it cannot be addressed, and stays
	}
	return err
}

// Release puts a quarantined file back to pending at the operator's request: the limits that
// quarantined it no longer apply. Its bytes are read from the input if that still has the version,
// otherwise from quarantine. ErrState if the file is not quarantined or its name has no date.
func (p *Pipeline) Release(ctx context.Context, date, key string) (File, error) {
	f, err := p.Ledger.File(ctx, date, key)
	if err != nil {
		return f, err
	}
	if f.Status != Quarantined {
		return f, fmt.Errorf("%s is %s, not quarantined: %w", key, f.Status, ErrState)
	}
	switch f.Reason {
	case ReasonFutureDate:
		if reason, detail := p.Config.tooEarly(date, p.now()); reason != "" {
			return f, fmt.Errorf("%s cannot be released yet: %s: %w", key, detail, ErrState)
		}
	case ReasonNoDate, ReasonBadDate, ReasonBadName:
		return f, fmt.Errorf("%s is quarantined as %s: give the file a valid name and put it into the input again: %w",
			key, f.Reason, ErrState)
	}
	inputKey := key
	if f.Reason == ReasonOverwritten {
		inputKey = key[:len(key)-len("#")-len(f.Token())]
	}
	place, readETag := p.Input.URI(inputKey), ""
	if o, err := p.Input.Head(ctx, inputKey); errors.Is(err, objectstore.ErrNotFound) ||
		err == nil && o.ETag != f.ETag {
		o, err = p.Quarantine.Head(ctx, QuarantineKey(f))
		if err != nil {
			return f, fmt.Errorf("neither the input nor quarantine has the bytes of %s: %w", key, err)
		}
		place, readETag = p.Quarantine.URI(o.Key), o.ETag
	} else if err != nil {
		return f, err
	}
	return p.Ledger.Release(ctx, date, key, place, readETag, p.now())
}

// RepairQuarantine completes what a crash interrupted: it makes missing copies and removes
// originals that were left. It reads every quarantined row, so it is meant for the start of a
// process, not for every sweep. It continues after a file that cannot be repaired and returns the
// errors together.
func (p *Pipeline) RepairQuarantine(ctx context.Context) error {
	var failures []error
	for f, err := range p.Ledger.Files(ctx, "", Quarantined) {
		if err != nil {
			return err
		}
		inputKey := f.Key
		if f.Reason == ReasonBadName {
			continue // its admission completes the copy
		}
		if f.Reason == ReasonOverwritten {
			inputKey = f.Key[:len(f.Key)-len("#")-len(f.Token())]
		}
		o, err := p.Input.Head(ctx, inputKey)
		if errors.Is(err, objectstore.ErrNotFound) || err == nil && o.ETag != f.ETag {
			continue
		}
		if err == nil {
			_, err = p.Quarantine.Head(ctx, QuarantineKey(f))
		}
		if errors.Is(err, objectstore.ErrNotFound) {
			_, err = p.quarantineCopy(ctx, f, o)
		}
		if err == nil && f.Reason != ReasonOverwritten {
			err = p.removeFromInput(ctx, o)
		}
		if err != nil && !errors.Is(err, objectstore.ErrChanged) && !errors.Is(err, objectstore.ErrNotFound) {
			failures = append(failures, fmt.Errorf("repair quarantine of %s: %w", f.Key, err))
		}
	}
	return errors.Join(failures...)
}
