package sqliteledger

import "ndjson-parquet/internal/pipeline"

// file reads a row; false if there is none.
func (t *transaction) file(date, key string) (pipeline.File, bool, error) {
	rows, err := t.query(selectFile, date, key)
	found, err := collect(rows, err, scanFile)
	if err != nil || len(found) == 0 {
		return pipeline.File{}, false, err
	}
	return found[0], true, nil
}

// insert writes a new row. If there is a row with the key, it writes nothing and returns false.
func (t *transaction) insert(f pipeline.File) (bool, error) {
	inserted, err := t.exec(insertFile, fileValues(f)...)
	if err != nil || inserted == 0 {
		return false, err
	}
	t.sums.add(f, 1)
	return true, nil
}

// update replaces the row was by is, which has the same key.
func (t *transaction) update(was, is pipeline.File) error {
	if _, err := t.exec(updateFile, fileValues(is)...); err != nil {
		return err
	}
	t.sums.add(was, -1)
	t.sums.add(is, 1)
	return nil
}
