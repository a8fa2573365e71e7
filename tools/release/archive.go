package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// writeArchive writes the archive that users unpack by hand: zip for Windows, gzipped tar
// elsewhere.
func (p product) writeArchive(output string) error {
	base := p.baseName()
	files := []file{
		{name: p.programName(), mode: 0o755, content: p.program},
		{name: "sbom.cdx.json", mode: 0o644, content: p.sbom},
	}
	files = append(files, p.papers...)
	files = append(files, p.manual...)
	for i := range files {
		files[i].name = base + "/" + files[i].name
	}
	if p.os == "windows" {
		return createFile(filepath.Join(output, base+".zip"),
			func(w io.Writer) error { return writeZip(w, files, p.time) })
	}
	return createFile(filepath.Join(output, base+".tar.gz"), func(w io.Writer) error {
		compressor, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if err := writeTar(compressor, files, p.time); err != nil {
			return err
		}
		return compressor.Close()
	})
}

// writeTar writes the files in name order, all with one time and owner. A name that ends with a
// slash is a folder.
func writeTar(w io.Writer, files []file, modified time.Time) error {
	archive := tar.NewWriter(w)
	for _, f := range byName(files) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode.Perm()), Size: int64(len(f.content)),
			ModTime: modified,
			Uid:     f.owner, Gid: f.owner, Format: tar.FormatPAX,
		}
		if f.mode&fs.ModeSticky != 0 {
			header.Mode |= 0o1000
		}
		if f.isFolder() {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeZip writes the files in the order given, all with one time.
func writeZip(w io.Writer, files []file, modified time.Time) error {
	archive := zip.NewWriter(w)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: modified.UTC()}
		header.SetMode(f.mode)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}
