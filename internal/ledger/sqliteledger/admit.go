package sqliteledger

import (
	"context"
	"encoding/json"
	"errors"

	"ndjson-parquet/internal/pipeline"
)

// maxGroup limits the arrivals that share a commit, so that none of them waits long.
const maxGroup = 1000

// An arrival is a call of Admit that waits for its answer.
type arrival struct {
	ctx     context.Context
	request pipeline.AdmitRequest
	answer  chan<- answer
}

type answer struct {
	admission pipeline.Admission
	err       error
}

// Admit implements pipeline.Ledger. A commit costs a synchronisation of the disk, which takes
// milliseconds. All calls that wait when a commit has ended therefore share the next one. Each
// returns when its own commit is on disk.
func (l *Ledger) Admit(ctx context.Context, r pipeline.AdmitRequest) (pipeline.Admission, error) {
	if err := errors.Join(ctx.Err(), r.Check()); err != nil {
		return pipeline.Admission{}, err
	}
	answers := make(chan answer, 1)
	select {
	case l.arrivals <- arrival{ctx, r, answers}:
	case <-ctx.Done():
		return pipeline.Admission{}, ctx.Err()
	case <-l.closing:
		return pipeline.Admission{}, explain(l.path, errClosed)
	}
	select {
	case a := <-answers:
		return a.admission, explain(l.path, a.err)
	case <-ctx.Done():
		return pipeline.Admission{}, ctx.Err()
	case <-l.closing:
		// The last group may have been answered in the meantime.
		l.admitter.Wait()
		select {
		case a := <-answers:
			return a.admission, explain(l.path, a.err)
		default:
			return pipeline.Admission{}, explain(l.path, errClosed)
		}
	}
}

// admitGroups admits arrivals in groups until the ledger is closed.
func (l *Ledger) admitGroups() {
	group := make([]arrival, 0, maxGroup)
	for {
		select {
		case <-l.closing:
			return
		case a := <-l.arrivals:
			group = append(group[:0], a)
		}
		for len(group) < maxGroup && len(l.arrivals) > 0 {
			group = append(group, <-l.arrivals) // no other goroutine receives
		}
		l.admitGroup(group)
	}
}

// admitGroup admits a group in one transaction and answers each call.
func (l *Ledger) admitGroup(group []arrival) {
	answers := make([]answer, len(group))
	err := l.writer.write(context.Background(), func(t *transaction) error {
		for i, a := range group {
			if answers[i].err = a.ctx.Err(); answers[i].err != nil {
				continue // its caller does not wait any more
			}
			var err error
			if answers[i].admission, err = admitOne(t, a.request); err != nil {
				return err
			}
		}
		return nil
	})
	for i, a := range group {
		if err != nil {
			answers[i] = answer{err: err}
		}
		a.answer <- answers[i]
	}
}

func admitOne(t *transaction, r pipeline.AdmitRequest) (pipeline.Admission, error) {
	admission := r.Admission(nil)
	inserted, err := t.insert(admission.File)
	if err != nil || inserted {
		return admission, err
	}
	row, _, err := t.file(r.File.DatePrefix, r.File.Key)
	if err != nil {
		return pipeline.Admission{}, err
	}
	admission = r.Admission(&row)
	if !admission.Written() {
		return admission, nil
	}
	switch further, found, err := t.file(r.File.DatePrefix, pipeline.FurtherKey(r.File.Key, r.File.Version)); {
	case err != nil:
		return pipeline.Admission{}, err
	case found:
		return pipeline.Admission{Verdict: pipeline.Known, File: further}, nil
	}
	if admission.File.Key == row.Key {
		err = t.update(row, admission.File)
	} else {
		_, err = t.insert(admission.File)
	}
	return admission, err
}

// selectVersions reads what decides whether files were seen: the rows of many keys of one date. The
// keys are JSON.
const selectVersions = `SELECT f.file_key, f.status, f.reason, f.etag, f.version_id, f.sequencer
	FROM json_each(?2) AS asked CROSS JOIN file_tracking AS f ON f.date_prefix = ?1 AND f.file_key = asked.value`

// Unseen implements pipeline.Ledger. It queries all files of a date at once, and then further
// versions of the few files whose version differs from that of their row.
func (l *Ledger) Unseen(ctx context.Context, files []pipeline.File) ([]pipeline.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var firsts, furthers rowSet
	for _, f := range files {
		firsts.ask(f.DatePrefix, f.Key)
	}
	if err := firsts.read(ctx, l); err != nil {
		return nil, explain(l.path, err)
	}
	written := make([]bool, len(files)) // by the rows of the keys alone
	for i, f := range files {
		r := pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteQuarantine}
		if written[i] = r.Admission(firsts.row(f.DatePrefix, f.Key)).Written(); !written[i] {
			continue
		}
		furthers.ask(f.DatePrefix, pipeline.FurtherKey(f.Key, f.Version))
	}
	if err := furthers.read(ctx, l); err != nil {
		return nil, explain(l.path, err)
	}
	var unseen []pipeline.File
	for i, f := range files {
		if written[i] && furthers.row(f.DatePrefix, pipeline.FurtherKey(f.Key, f.Version)) == nil {
			unseen = append(unseen, f)
		}
	}
	return unseen, nil
}

// A rowSet is a set of keys by date and the columns of their rows that AdmitRequest.Admission
// needs.
type rowSet struct {
	asked map[string][]string
	rows  map[[2]string]pipeline.File
}

func (s *rowSet) ask(date, key string) {
	if s.asked == nil {
		s.asked = map[string][]string{}
	}
	s.asked[date] = append(s.asked[date], key)
}

func (s *rowSet) row(date, key string) *pipeline.File {
	if f, ok := s.rows[[2]string{date, key}]; ok {
		return &f
	}
	return nil
}

func (s *rowSet) read(ctx context.Context, l *Ledger) error {
	s.rows = map[[2]string]pipeline.File{}
	for date, keys := range s.asked {
		list, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		rows, err := l.reader.QueryContext(ctx, selectVersions, date, string(list))
		found, err := collect(rows, err, func(row interface{ Scan(...any) error }) (pipeline.File, error) {
			f := pipeline.File{DatePrefix: date}
			err := row.Scan(&f.Key, &f.Status, &f.Reason, &f.ETag, &f.VersionID, &f.Sequencer)
			return f, err
		})
		if err != nil {
			return err
		}
		for _, f := range found {
			s.rows[[2]string{date, f.Key}] = f
		}
	}
	return nil
}
