// Package nameless creates temporary files that disappear with the process, however it ends. On
// Unix such a file has no name, and Windows deletes it when its last handle is closed. On other
// systems its name stays until the file is closed.
package nameless

// Pattern is the pattern of the name of a file while it has one. A file of that name is left if a
// process is killed between creating the file and removing its name, or where the system cannot
// remove the name of an open file.
const Pattern = "ndjson-parquet-scratch-*"
