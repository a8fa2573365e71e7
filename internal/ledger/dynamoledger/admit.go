package dynamoledger

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ndjson-parquet/internal/pipeline"
)

// Admit implements pipeline.Ledger. A new file costs one request; so does a known version.
func (l *Ledger) Admit(ctx context.Context, r pipeline.AdmitRequest) (a pipeline.Admission, err error) {
	if err := cmp.Or(ctx.Err(), r.Check()); err != nil {
		return a, err
	}
	if err := l.register(ctx, r.File.DatePrefix, r.Now); err != nil {
		return a, l.explain("write to", err)
	}
	next := r.Admission(nil)
	condition := absent()
	err = again(ctx, func() error {
		written, existing, err := l.putIf(ctx, l.fileItem(next.File, ""), condition)
		if err != nil {
			return err
		}
		if written {
			a = next
			return nil
		}
		if existing == nil { // the row has expired in between
			next, condition = r.Admission(nil), absent()
			return errContended
		}
		row := existing.file()
		if next.File.Key != r.File.Key { // the version has a separate row already
			a = pipeline.Admission{Verdict: pipeline.Known, File: row}
			return nil
		}
		next = r.Admission(&row)
		switch {
		case !next.Written():
			a = next
			return nil
		case next.File.Key == row.Key:
			// The separate row of a further version is written only while this row is claimed. If
			// that happens after this read, this row changes too.
			further, err := l.get(ctx, key(r.File.DatePrefix, pipeline.FurtherKey(r.File.Key, r.File.Version)))
			if err != nil {
				return err
			}
			if further != nil {
				a = pipeline.Admission{Verdict: pipeline.Known, File: further.file()}
				return nil
			}
			condition = l.unchanged(row)
		default:
			condition = absent()
		}
		return errContended
	})
	return a, l.explain("write to", err)
}

// Unseen implements pipeline.Ledger. Its reads are eventually consistent: a version that was
// admitted a moment ago may seem unseen.
func (l *Ledger) Unseen(ctx context.Context, files []pipeline.File) ([]pipeline.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	firsts, err := l.rowsByKey(ctx, files)
	if err != nil {
		return nil, err
	}
	unseen := make([]bool, len(files)) // by the rows of the keys alone
	var furthers []pipeline.File
	for i, f := range files {
		var row *pipeline.File
		if r, ok := firsts[[2]string{f.DatePrefix, f.Key}]; ok {
			row = &r
		}
		r := pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteQuarantine}
		if unseen[i] = r.Admission(row).Written(); !unseen[i] {
			continue
		}
		f.Key = pipeline.FurtherKey(f.Key, f.Version)
		furthers = append(furthers, f)
	}
	seen, err := l.rowsByKey(ctx, furthers)
	if err != nil {
		return nil, err
	}
	var found []pipeline.File
	for i, f := range files {
		if _, known := seen[[2]string{f.DatePrefix, pipeline.FurtherKey(f.Key, f.Version)}]; unseen[i] && !known {
			found = append(found, f)
		}
	}
	return found, nil
}

// leastRange is the number of keys of one date from which on their rows are read as a range, which
// takes a request of its own.
const leastRange = 10

// rowsByKey reads the rows of files, by date and key. Keys of a date that follow each other, as in
// a listing, are read as a range; other keys individually, up to a hundred with a request.
func (l *Ledger) rowsByKey(ctx context.Context, files []pipeline.File) (map[[2]string]pipeline.File, error) {
	byDate := map[string][]string{}
	for _, f := range files {
		byDate[f.DatePrefix] = append(byDate[f.DatePrefix], f.Key)
	}
	found := map[[2]string]pipeline.File{}
	var alone []item
	for date, keys := range byDate {
		slices.Sort(keys)
		keys = slices.Compact(keys)
		if len(keys) >= leastRange {
			var err error
			if keys, err = l.readRange(ctx, date, keys, found); err != nil {
				return nil, l.explain("read", err)
			}
		}
		for _, k := range keys {
			alone = append(alone, key(date, k))
		}
	}
	rows, err := l.getAll(ctx, alone, false)
	if err != nil {
		return nil, l.explain("read", err)
	}
	for _, row := range rows {
		found[[2]string{row.text(datePrefix), row.text(fileKey)}] = row.file()
	}
	return found, nil
}

// maxRowsPerKey is how many rows for each key a range may have before reading it costs more than
// asking for the keys: a key costs half a read unit, and a range half a unit for each 4 KB, which
// is about six rows.
const maxRowsPerKey = 4

// readRange reads the rows of a date from the first of the sorted keys to the last and adds those
// of the keys to found. It stops when it has read too many other rows, and returns the keys that it
// has not reached.
func (l *Ledger) readRange(ctx context.Context, date string, keys []string,
	found map[[2]string]pipeline.File) ([]string, error) {
	read := 0
	for row, err := range l.query(ctx, dynamodb.QueryInput{
		KeyConditionExpression:    ptr("#d = :d AND #k BETWEEN :first AND :last"),
		ExpressionAttributeNames:  map[string]string{"#d": datePrefix, "#k": fileKey},
		ExpressionAttributeValues: item{":d": text(date), ":first": text(keys[0]), ":last": text(keys[len(keys)-1])},
	}) {
		if err != nil {
			return nil, err
		}
		name := row.text(fileKey)
		i, wanted := slices.BinarySearch(keys, name)
		if wanted {
			found[[2]string{date, name}] = row.file()
			i++
		}
		if read++; read == maxRowsPerKey*len(keys) {
			return keys[i:], nil
		}
	}
	return nil, nil
}

// registration is how long a process relies on a date being in the list of dates. The row of a date
// lives longer by this time than the rows of the files that it stands for.
const registration = 24 * time.Hour

// register adds a date to the list of dates before its first file is written, so that the files can
// be found without scanning the table. A process does so once a day for each date.
func (l *Ledger) register(ctx context.Context, date string, now time.Time) error {
	if last, ok := l.registered.Load(date); ok && now.Sub(last.(time.Time)) < registration {
		return nil
	}
	row := key(datesPrefix, date)
	l.setTTL(row, now.Add(2*registration))
	if _, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &l.table, Item: row}); err != nil {
		return err
	}
	l.registered.Store(date, now)
	return nil
}

func sortByArrival(files []pipeline.File) {
	slices.SortFunc(files, func(a, b pipeline.File) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Key, b.Key))
	})
}
