package localhome

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/objectstore/dirstore"
)

// A watcher reports the files of a directory, at any depth, that may have changed. Its hints only
// save time: events may be lost, and the listing finds what they missed.
type watcher struct {
	root   string
	events notifier
	log    *slog.Logger
	hints  chan hint
}

// A hint names a file that may have changed.
type hint struct {
	key string // relative to the watched root, with slashes
	// whole reports that the file was renamed to this name, and so was complete before.
	whole bool
}

// A notifier is the system's source of events: inotify on Linux, fsnotify elsewhere.
type notifier interface {
	// add watches a folder, without those in it.
	add(folder string) error
	// next returns the next event. The error is errLost if events were lost, and fatal otherwise.
	next() (event, error)
	close() error
}

// An event is a change of a file or folder.
type event struct {
	path    string
	created bool // it was created under this name or renamed to it
	renamed bool // it was renamed to this name; only Linux knows
}

// errLost says that the system dropped events.
var errLost = errors.New("events were lost")

// watch begins to watch root and the folders in it.
func watch(root string, log *slog.Logger) (*watcher, error) {
	events, err := newNotifier()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", root, err)
	}
	w := &watcher{root: root, events: events, log: log, hints: make(chan hint, 4096)}
	w.addFolder(root)
	return w, nil
}

// addFolder watches a folder and those in it, and reports the files that are already there.
func (w *watcher) addFolder(folder string) {
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile
		case err != nil:
			return err
		case path != w.root && dirstore.Ignored(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
			return w.events.add(path)
		case folder != w.root:
			w.report(path, false)
		}
		return nil
	})
	if err != nil {
		w.log.Warn("not every folder can be watched; the listing finds its files later", "folder", folder, "error", err)
	}
}

// run reports events until ctx ends.
func (w *watcher) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = w.events.close() })
	defer stop()
	for {
		e, err := w.events.next()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errLost):
			w.log.Warn("events of the input were lost; the listing finds those files", "error", err)
		case err != nil:
			w.log.Warn("no more events of the input; the listing alone finds new files", "error", err)
			return
		case dirstore.Ignored(filepath.Base(e.path)):
		case e.created && isFolder(e.path):
			w.addFolder(e.path)
		default:
			w.report(e.path, e.renamed)
		}
	}
}

// report passes on a file's key, unless there are so many that the listing is faster.
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

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
