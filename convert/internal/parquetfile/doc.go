// Package parquetfile writes Parquet files column by column.
//
// The work is split in two. A [ColumnEncoder] turns the values of one leaf column of one row group
// into finished pages in memory: it chooses the encoding and the codec from the data, gathers
// statistics, and cuts pages. Encoders are independent, so row groups and columns can be encoded in
// parallel. A [Writer] then streams finished columns to an io.Writer, never seeking back, and
// closes the file with its indexes and footer.
//
// Files use the part of the format that every reader supports: data pages V1, the encodings PLAIN
// and RLE_DICTIONARY, levels in the RLE/bit-packed hybrid, statistics, column and offset indexes.
//
// The bytes are a function of the leaf, the options and the values. They do not depend on time, on
// the number of CPUs, or on how the rows of a column are divided into chunks.
package parquetfile
