//go:build !linux

package localhome

import (
	"errors"
	"fmt"

	"github.com/fsnotify/fsnotify"
)

// An fsnotifier is a notifier.
type fsnotifier struct{ watcher *fsnotify.Watcher }

func newNotifier() (notifier, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return fsnotifier{w}, nil
}

// add implements notifier.
func (n fsnotifier) add(folder string) error { return n.watcher.Add(folder) }

// next implements notifier.
func (n fsnotifier) next() (event, error) {
	for {
		select {
		case e, ok := <-n.watcher.Events:
			if !ok {
				return event{}, errors.New("the watcher is closed")
			}
			if e.Has(fsnotify.Create | fsnotify.Write) {
				return event{path: e.Name, created: e.Has(fsnotify.Create)}, nil
			}
		case err, ok := <-n.watcher.Errors:
			if !ok {
				return event{}, errors.New("the watcher is closed")
			}
			return event{}, fmt.Errorf("%w: %w", errLost, err)
		}
	}
}

// close implements notifier.
func (n fsnotifier) close() error { return n.watcher.Close() }
