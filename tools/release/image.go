package main

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// imageUser is the user and group that the image runs as; "nonroot" of the distroless images has
// this number too.
const imageUser = 65532

// writeImage writes the container image of the Linux products, an index with one image a processor,
// as an OCI archive: the tar file of an OCI image layout.
func writeImage(s source, products []product, work, output string) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range products {
		if p.os != "linux" {
			continue
		}
		image, err := p.image()
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: p.os, Architecture: p.arch}},
		})
	}
	if manifest, err := index.IndexManifest(); err != nil || len(manifest.Manifests) == 0 {
		return err
	}
	index = mutate.Annotations(index, imageLabels(s)).(v1.ImageIndex)
	folder := filepath.Join(work, "image")
	image, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	names := map[string]string{
		"org.opencontainers.image.ref.name": s.version,
		"io.containerd.image.name":          "localhost/ndjson-parquet:" + s.version,
	}
	if err := image.AppendIndex(index, layout.WithAnnotations(names)); err != nil {
		return err
	}
	files, err := readTree(folder)
	if err != nil {
		return err
	}
	name := filepath.Join(output, fmt.Sprintf("ndjson-parquet_%s_oci.tar", s.version))
	return createFile(name, func(w io.Writer) error { return writeTar(w, files, s.time) })
}

func imageLabels(s source) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "ndjson-parquet",
		"org.opencontainers.image.description": summary,
		"org.opencontainers.image.version":     s.version,
		"org.opencontainers.image.revision":    s.revision,
		"org.opencontainers.image.created":     s.time.Format(time.RFC3339),
	}
}

// image makes the image of one processor from nothing: the program, the certificate authorities
// that it trusts, and the folders that it writes to.
func (p product) image() (v1.Image, error) {
	authorities, err := certificateAuthorities()
	if err != nil {
		return nil, err
	}
	base := []file{
		{name: "data/", mode: 0o755, owner: imageUser}, // the default root
		{name: "etc/group", mode: 0o644, content: fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", imageUser)},
		{name: "etc/passwd", mode: 0o644, content: fmt.Appendf(nil,
			"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/tmp:/sbin/nologin\n", imageUser, imageUser)},
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: authorities},
		{name: "tmp/", mode: 0o777 | fs.ModeSticky},
	}
	program := []file{{name: "usr/bin/ndjson-parquet", mode: 0o755, content: p.program}}
	for _, f := range p.papers {
		if f.name == "LICENSE" || f.name == "THIRD_PARTY_NOTICES" {
			f.name = "usr/share/doc/ndjson-parquet/" + f.name
			program = append(program, f)
		}
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, l := range []struct {
		files []file
		made  string
	}{{base, "certificate authorities, user and folders"}, {program, "ndjson-parquet " + p.version}} {
		layer, err := imageLayer(l.files, p.time)
		if err != nil {
			return nil, err
		}
		image, err = mutate.Append(image, mutate.Addendum{
			Layer:   layer,
			History: v1.History{Created: v1.Time{Time: p.time}, CreatedBy: "release", Comment: l.made},
		})
		if err != nil {
			return nil, err
		}
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = p.os, p.arch, v1.Time{Time: p.time}
	config.Config = v1.Config{
		User:       fmt.Sprintf("%d:%d", imageUser, imageUser),
		Env:        []string{"PATH=/usr/bin", "HOME=/tmp"},
		Entrypoint: []string{"/usr/bin/ndjson-parquet"},
		WorkingDir: "/",
		Labels:     imageLabels(p.source),
	}
	return mutate.ConfigFile(image, config)
}

// imageLayer makes a layer of files and the folders above them.
func imageLayer(files []file, modified time.Time) (v1.Layer, error) {
	var archive bytes.Buffer
	if err := writeTar(&archive, withParents(files), modified); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithCompressedCaching)
}

// withParents adds the folders above the files that are not among them.
func withParents(files []file) []file {
	all := slices.Clone(files)
	known := map[string]bool{}
	for _, f := range files {
		known[f.name] = true
	}
	for _, f := range files {
		for parent := path.Dir(strings.TrimSuffix(f.name, "/")); parent != "."; parent = path.Dir(parent) {
			if name := parent + "/"; !known[name] {
				known[name] = true
				all = append(all, file{name: name, mode: 0o755})
			}
		}
	}
	return all
}

// certificateAuthorities returns the roots that Mozilla trusts, in PEM.
func certificateAuthorities() ([]byte, error) {
	var b strings.Builder
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // trusted only for certificates with properties that a PEM file cannot express
		}
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	return []byte(b.String()), nil
}
