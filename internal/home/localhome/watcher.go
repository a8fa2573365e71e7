package localhome

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"ndjson-parquet/internal/objectstore/dirstore"
)

// A watcher tells which files of a directory, at any depth, may have changed. It is only a hint: events may be lost, and
// the listing finds what they missed.
type watcher struct {
	root   string
	notify *fsnotify.Watcher
	log    *slog.Logger
	hints  chan hint
}

// A hint tells of a file that may have changed.
type hint struct {
	key string // relative to the watched root, with slashes
	// whole: the file was renamed to this name, so that nobody is writing it any more.
	whole bool
}

// watch begins to watch root and the folders in it.
func watch(root string, log *slog.Logger) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	w := &watcher{root: root, notify: notify, log: log, hints: make(chan hint, 4096)}
	w.addFolder(root)
	return w, nil
}

// addFolder watches a folder and those in it, and reports the files that are already there.
func (w *watcher) addFolder(folder string) {
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone again
		case err != nil:
			return err
		case path != w.root && dirstore.Ignored(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
			return w.notify.Add(path)
		case folder != w.root:
			w.report(path, false)
		}
		return nil
	})
	if err != nil {
		w.log.Warn("not every folder can be watched; the listing finds files there a little later", "folder", folder, "error", err)
	}
}

// run reports events until ctx ends.
func (w *watcher) run(ctx context.Context) {
	defer func() { _ = w.notify.Close() }()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if dirstore.Ignored(filepath.Base(e.Name)) || !e.Has(fsnotify.Create|fsnotify.Write) {
				continue
			}
			if e.Has(fsnotify.Create) && isFolder(e.Name) {
				w.addFolder(e.Name)
				continue
			}
			w.report(e.Name, e.Has(fsnotify.Create) && renamedInside(e))
		case err, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			w.log.Warn("events of the input were lost; the listing finds what they told of", "error", err)
		}
	}
}

// report passes on a file's key, unless there are so many that the listing is the better way.
func (w *watcher) report(path string, whole bool) {
	rel, err := filepath.Rel(w.root, path)
	if err != nil {
		return
	}
	select {
	case w.hints <- hint{filepath.ToSlash(rel), whole}:
	default:
	}
}

// renamedInside reports whether a file got its name by being renamed from another name that is watched: so programs do that
// write under a hidden or temporary name first. fsnotify knows it by the cookie of the two events, and tells it only in an event's text.
func renamedInside(e fsnotify.Event) bool { return strings.Contains(e.String(), `" ← "`) }

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
