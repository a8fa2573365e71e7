package source

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// DiagnosisBytes is how much of the start of a source Diagnose needs.
const DiagnosisBytes = 64 << 10

// Diagnose says in English what a source probably is of which no line is a JSON object, and what
// can be done about it. head is its start, after decompression.
func Diagnose(head []byte) string {
	for _, f := range foreign {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return f.diagnosis
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n\x00\x1E")
	switch {
	case isUTF16(head, binary.LittleEndian):
		return "it seems to be UTF-16 (little-endian) without a byte order mark; convert it to UTF-8, or add the mark"
	case isUTF16(head, binary.BigEndian):
		return "it seems to be UTF-16 (big-endian) without a byte order mark; convert it to UTF-8, or add the mark"
	case isBinary(head):
		if entropy(head) > 7.5 {
			return "it is binary, and seems to be encrypted, or compressed in a way that is not known"
		}
		return "it is binary and not text"
	case !utf8.Valid(wholeCharacters(head)):
		return "it is text in another encoding than UTF-8; convert it to UTF-8"
	case len(text) == 0:
		return "its start has no text"
	}
	switch text[0] {
	case '{':
		return diagnoseObject(text)
	case '[':
		if first := firstLine(text); json.Valid(first) && len(first) < len(bytes.TrimRight(text, " \t\r\n")) {
			return "its lines are JSON arrays; the records path # (RECORDS_PATH) reads the elements of arrays " +
				"as records"
		}
		return "it is one JSON array; the records path # (RECORDS_PATH) reads its elements as records"
	case '<':
		lower := strings.ToLower(string(text[:min(len(text), 512)]))
		if strings.HasPrefix(lower, "<!doctype html") || strings.HasPrefix(lower, "<html") {
			return "it is HTML, such as the error page of a server; fetch the file again"
		}
		return "it is XML, such as the error message of an object store; convert it to NDJSON first"
	}
	if json.Valid(firstLine(text)) {
		return "its lines are JSON, but not objects"
	}
	if name := delimiter(text); name != "" {
		return "it seems to be CSV, separated by " + name + "; convert it to NDJSON first"
	}
	return "it is text, but not JSON"
}

// foreign are formats that begin with certain bytes.
var foreign = []struct {
	at               int
	magic, diagnosis string
}{
	{0, "PAR1", "it is a Parquet file already"},
	{0, "Obj\x01", "it is an Avro file; convert it to NDJSON first"},
	{0, "ORC", "it is an ORC file; convert it to NDJSON first"},
	{0, "ARROW1", "it is an Arrow file; convert it to NDJSON first"},
	{0, "PK\x03\x04", "it is a ZIP archive, or a file based on one, such as XLSX; unpack it first"},
	{0, "7z\xBC\xAF\x27\x1C", "it is a 7z archive; unpack it first"},
	{0, "Rar!", "it is a RAR archive; unpack it first"},
	{257, "ustar", "it is a tar archive; unpack it first"},
	{0, "\x1F\x8B", "it is gzip data; remove what is wrapped around it"},
	{0, "\x1F\x9D", "it is compressed with compress (.Z); decompress it first"},
	{0, "LZIP", "it is compressed with lzip; decompress it first"},
	{0, "\x89LZO", "it is compressed with lzop; decompress it first"},
	{0, "\x5D\x00\x00", "it is compressed with lzma; decompress it first"},
	{0, "\x02\x21\x4C\x18", "it is compressed with lz4 in its legacy form; compress it with a newer lz4"},
	{0, "H4sI", "it is gzip data in base64; decode it first"},
	{0, "%PDF", "it is a PDF file"},
	{0, "SQLite format 3", "it is an SQLite database; export it as NDJSON first"},
	{0, "Salted__", "it is encrypted with openssl; decrypt it first"},
	{0, "age-encryption.org", "it is encrypted with age; decrypt it first"},
	{0, "-----BEGIN PGP", "it is encrypted or signed with PGP; decrypt it first"},
	{0, "\xFF\xFE\x00\x00", "it is UTF-32 (little-endian); convert it to UTF-8"},
	{0, "\x00\x00\xFE\xFF", "it is UTF-32 (big-endian); convert it to UTF-8"},
}

// diagnoseObject diagnoses a text that begins with a brace.
func diagnoseObject(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		_, err := d.Token()
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			if rest := bytes.TrimLeft(text[1:], " \t\r\n"); len(rest) > 0 && rest[0] == '\'' {
				return "its objects have single quotes, as Python prints a dict; write it with json.dumps"
			}
			return "it begins with an object that is not valid JSON: " + syntax.Error()
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if len(text) < DiagnosisBytes-4 && len(firstLine(text)) == len(bytes.TrimRight(text, " \t\r\n")) {
				return "it ends before its first object is complete"
			}
			return "it is JSON whose objects take several lines; " +
				"the records path # (RECORDS_PATH) reads each object as a record, and /NAME the elements of the " +
				"array NAME in it"
		case err != nil:
			return "it begins with an object that is not valid JSON: " + err.Error()
		}
	}
}

// firstLine returns the first line without white space at its end.
func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.TrimRight(line, " \t\r")
}

// isUTF16 reports whether a text has the NULs of UTF-16 in one byte of two.
func isUTF16(head []byte, order binary.ByteOrder) bool {
	units, small := 0, 0
	for i := 0; i+1 < min(len(head), 4096); i += 2 {
		units++
		if u := order.Uint16(head[i:]); u >= ' ' && u < 0x7F || u == '\n' || u == '\r' || u == '\t' {
			small++
		}
	}
	return units >= 2 && small*10 >= units*6 && bytes.IndexByte(head, 0) >= 0
}

// isBinary reports whether more than a few bytes are not those of text.
func isBinary(head []byte) bool {
	odd := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1E && c != 0x1B || c == 0x7F {
			odd++
		}
	}
	return odd*50 > len(head)
}

// entropy returns the entropy of the bytes, in bits per byte.
func entropy(b []byte) (bits float64) {
	var counts [256]float64
	for _, c := range b {
		counts[c]++
	}
	for _, n := range counts {
		if n > 0 {
			share := n / float64(len(b))
			bits -= share * math.Log2(share)
		}
	}
	// A short text cannot have the entropy of a long one.
	return bits * 8 / min(8, math.Log2(float64(max(len(b), 2))))
}

// wholeCharacters drops an incomplete character at the end of b.
func wholeCharacters(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// delimiter returns the name of the character that separates the columns of a table, or nothing.
// Its first lines have it equally often.
func delimiter(text []byte) string {
	lines := strings.SplitN(string(text), "\n", 4)
	if len(lines) < 2 {
		return ""
	}
	lines = lines[:len(lines)-1]
	for _, d := range []struct{ text, name string }{{",", "commas"}, {";", "semicolons"}, {"\t", "tabs"},
		{"|", "bars"}} {
		n := strings.Count(lines[0], d.text)
		same := n > 0
		for _, line := range lines[1:] {
			same = same && strings.Count(line, d.text) >= n
		}
		if same {
			return d.name
		}
	}
	return ""
}
