// Package parquetfile writes Parquet files column by column, as fast as the column data can be
// compressed.
//
// The work is split in two. A [ColumnEncoder] turns the values of one leaf column of one row group
// into finished pages in memory: it chooses the encoding and the codec from the data, gathers
// statistics, and cuts pages. Encoders are independent, so row groups and columns can be encoded in
// parallel. A [Writer] then streams finished columns to an io.Writer, never seeking back, and
// closes the file with its indexes and footer.
//
// What is written is the conservative part of the format that every reader knows: data pages V1,
// the encodings PLAIN and RLE_DICTIONARY, levels in the RLE/bit-packed hybrid, statistics, column
// and offset indexes.
//
// The bytes are a pure function of the leaf, the options and the values: neither time, nor CPU
// count, nor the way a column's rows are divided into chunks changes them.
package parquetfile
