package settings

import "strings"

// A Place is the setting of one place of a pipeline.
type Place struct {
	Flag     string
	Variable string // a path, an s3:// URL or the name of a bucket; the functions only take a bucket or table
	Folder   string // the folder of a bucket that is named alone
	Default  string // in the root
	Doc      string
}

// Places are the settings of the places, the root excepted.
var Places = []Place{
	{"input", "INPUT_BUCKET", "/pipeline/input", "input", "where files arrive: a directory or s3:// URL"},
	{"output", "OUTPUT_BUCKET", "", "output", "where Parquet is published"},
	{"manifests", "MANIFEST_BUCKET", "/manifests", "manifests", "where manifests and the schema log are"},
	{"quarantine", "QUARANTINE_BUCKET", "", "quarantine", "where invalid files and rejected records are kept"},
	{"ledger", "TRACKING_TABLE", "", "tracking.db", "file of the ledger"},
}

// Address returns the place in a root that the value of the variable names; empty if value is.
func (p Place) Address(value, root string) string {
	switch {
	case value == "":
		return ""
	case p.Variable == "TRACKING_TABLE" && !strings.ContainsAny(value, `/\.`):
		return root + "/" + value + ".db"
	case p.Variable == "TRACKING_TABLE", strings.ContainsAny(value, `/\`):
		return value
	}
	return "s3://" + value + p.Folder
}
