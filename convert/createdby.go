package convert

import "ndjson-parquet/internal/buildinfo"

// createdBy returns the value of created_by in the files' metadata:
//
//	ndjson-parquet version 1.2.3 (build 0123456789ab)
//
// Readers parse it in order to work around the bugs of known writers. The parenthesis is necessary:
// early versions of parquet-mr, and distributions that carry them, such as CDH 5, match the whole
// string against
//
//	(.+) version ((.*) )?\(build ?(.*)\)
//
// and treat a file that does not match like one of a writer with corrupt statistics: they ignore
// the statistics of strings (PARQUET-251), or refuse to split the file (PARQUET-246). Later
// versions of parquet-mr, and parquet-cpp's ApplicationVersion, make the parenthesis optional.
// parquet-cpp reads the version as MAJOR.MINOR.PATCH with an optional -PRERELEASE, a form that
// 0.0.0-dev has as well.
func createdBy() string { return "ndjson-parquet " + buildinfo.String() }
