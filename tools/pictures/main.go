// Command pictures renders the D2 sources of a folder as SVG beside them: NAME.d2 becomes NAME.svg.
// With -check it writes nothing, and fails where a committed picture is not what its source gives.
//
// usage: pictures [-check] FOLDER
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"oss.terrastruct.com/d2/d2graph"
	"oss.terrastruct.com/d2/d2layouts/d2elklayout"
	"oss.terrastruct.com/d2/d2lib"
	"oss.terrastruct.com/d2/d2renderers/d2svg"
	"oss.terrastruct.com/d2/d2themes/d2themescatalog"
	"oss.terrastruct.com/d2/lib/log"
	"oss.terrastruct.com/d2/lib/textmeasure"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail where a picture is out of date")
	flag.Parse()
	if err := render(flag.Arg(0), *check); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func render(folder string, check bool) error {
	sources, err := filepath.Glob(filepath.Join(folder, "*.d2"))
	if err != nil || len(sources) == 0 {
		return fmt.Errorf("no D2 sources in %q (%w)", folder, err)
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		svg, err := picture(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		target := strings.TrimSuffix(source, ".d2") + ".svg"
		if check {
			if old, err := os.ReadFile(target); err != nil || !bytes.Equal(old, svg) {
				return errors.Join(fmt.Errorf("%s is not what %s gives: run docs/pictures/draw", target, source), err)
			}
			continue
		}
		if err := os.WriteFile(target, svg, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// picture renders one source. The layout is deterministic.
func picture(source string) ([]byte, error) {
	ctx := log.With(context.Background(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ruler, err := textmeasure.NewRuler()
	if err != nil {
		return nil, err
	}
	pad, theme := int64(16), d2themescatalog.NeutralDefault.ID
	options := &d2svg.RenderOpts{Pad: &pad, ThemeID: &theme}
	layout := func(string) (d2graph.LayoutGraph, error) { return d2elklayout.DefaultLayout, nil }
	diagram, _, err := d2lib.Compile(ctx, source, &d2lib.CompileOptions{LayoutResolver: layout, Ruler: ruler}, options)
	if err != nil {
		return nil, err
	}
	return d2svg.Render(diagram, options)
}
