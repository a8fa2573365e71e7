package main

import (
	"archive/tar"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// verifyImage unpacks an OCI archive and checks its layout, digests, configuration and files.
func verifyImage(archive string) error {
	folder, err := os.MkdirTemp("", "ndjson-parquet-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := unpack(archive, folder); err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	top, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		return err
	}
	if err := validate.Index(top); err != nil {
		return err
	}
	manifest, err := top.IndexManifest()
	if err != nil {
		return err
	}
	if len(manifest.Manifests) != 1 || manifest.Manifests[0].MediaType != types.OCIImageIndex {
		return fmt.Errorf("the layout's index has %+v, want one image index", manifest.Manifests)
	}
	if manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] == "" {
		return errors.New("the image has no name")
	}
	index, err := top.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		return err
	}
	if manifest, err = index.IndexManifest(); err != nil {
		return err
	}
	var processors []string
	for _, m := range manifest.Manifests {
		if m.Platform == nil || m.Platform.OS != "linux" {
			return fmt.Errorf("an image is for %+v", m.Platform)
		}
		processors = append(processors, m.Platform.Architecture)
		image, err := index.Image(m.Digest)
		if err != nil {
			return err
		}
		if err := verifyOneImage(image, m.Platform.Architecture); err != nil {
			return fmt.Errorf("linux/%s: %w", m.Platform.Architecture, err)
		}
	}
	if want := []string{"amd64", "arm64"}; !slices.Equal(processors, want) {
		return fmt.Errorf("the image is for %v, want %v", processors, want)
	}
	return nil
}

// unpack writes the files of a tar archive below a folder.
func unpack(archive, folder string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for reader := tar.NewReader(f); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			return err
		}
		if err := root.MkdirAll(path.Dir(header.Name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(header.Name, content, 0o644); err != nil {
			return err
		}
	}
}

func verifyOneImage(image v1.Image, processor string) error {
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	c := config.Config
	entrypoint := []string{"/usr/bin/ndjson-parquet"}
	if config.Architecture != processor || c.User != "65532:65532" || !slices.Equal(c.Entrypoint, entrypoint) ||
		c.Labels["org.opencontainers.image.version"] == "" || c.Labels["org.opencontainers.image.revision"] == "" {
		return fmt.Errorf("unexpected configuration of %s: %+v", config.Architecture, c)
	}
	flat := mutate.Extract(image)
	defer flat.Close()
	headers, contents := map[string]*tar.Header{}, map[string][]byte{}
	for reader := tar.NewReader(flat); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(header.Name, "/")
		headers[name] = header
		if contents[name], err = io.ReadAll(reader); err != nil {
			return err
		}
	}
	for name, want := range map[string]tar.Header{
		"data":                   {Mode: 0o755, Uid: 65532, Gid: 65532},
		"tmp":                    {Mode: 0o1777},
		"usr/bin/ndjson-parquet": {Mode: 0o755},
		"usr/share/doc/ndjson-parquet/THIRD_PARTY_NOTICES": {Mode: 0o644},
	} {
		got := headers[name]
		if got == nil || got.Mode != want.Mode || got.Uid != want.Uid || got.Gid != want.Gid {
			return fmt.Errorf("%s in the image is %+v, want %+v", name, got, want)
		}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(contents["etc/ssl/certs/ca-certificates.crt"]) {
		return errors.New("the image has no certificate authorities")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != processor {
		return nil
	}
	return runProgram(contents["usr/bin/ndjson-parquet"], c.Labels["org.opencontainers.image.version"])
}

// runProgram runs the image's program with nothing but what the image has: no C library, no shell.
func runProgram(program []byte, version string) error {
	folder, err := os.MkdirTemp("", "ndjson-parquet-program-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	name := filepath.Join(folder, "ndjson-parquet")
	if err := os.WriteFile(name, program, 0o700); err != nil {
		return err
	}
	out, err := exec.Command(name, "--version").CombinedOutput()
	if want := "ndjson-parquet " + version + "\n"; err != nil || string(out) != want {
		return fmt.Errorf("the image's program prints %q (%w), want %q", out, err, want)
	}
	return nil
}
