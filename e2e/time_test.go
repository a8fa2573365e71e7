package e2e

import (
	"fmt"
	"testing"
	"time"
)

func TestC23_FilesOfADateThatIsOver(t *testing.T) {
	w := newWorld(t, settings{variables: heldOpen})
	date := over()
	w.putFiles(t, date, 0, 3)
	w.waitFor(t, date, map[string]int{"pending": 3})
	w.sweep(t, "sweep")
	w.waitFor(t, date, map[string]int{"completed": 3})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(3)...)
}

// Files named by local clocks: yesterday's wait until the grace is over and go together, tomorrow's
// wait for their day.
func TestC24_LocalDates(t *testing.T) {
	w := newWorld(t, settings{})
	now := time.Now().UTC()
	sinceMidnight := now.Sub(now.Truncate(24 * time.Hour))
	grace := func(d time.Duration) {
		for _, f := range w.functions {
			f.configure("FLUSH_GRACE_SECONDS", fmt.Sprintf("%f", d.Seconds()))
		}
	}
	grace(sinceMidnight + time.Hour) // an hour of it is left
	yesterday, tomorrow := now.AddDate(0, 0, -1).Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly)
	w.putFiles(t, yesterday, 0, 3)
	w.putFiles(t, tomorrow, 3, 4)
	w.handed(t, 4)
	w.sweep(t, "sweep")
	if got := w.files(t, yesterday); got["pending"] != 3 {
		t.Errorf("files of yesterday in the grace: %v", got)
	}
	grace(sinceMidnight) // it was over when the test began
	w.sweep(t, "sweep")
	w.waitFor(t, yesterday, map[string]int{"completed": 3})
	w.waitFor(t, tomorrow, map[string]int{"pending": 1})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, yesterday, upTo(3)...)
	w.checkQuiet(t)
}

func TestC25_LateFileOfADateThatIsOver(t *testing.T) {
	w := newWorld(t, settings{})
	date := over()
	w.putFiles(t, date, 0, 1)
	w.waitFor(t, date, map[string]int{"completed": 1})
	w.putFiles(t, date, 1, 2)
	w.waitFor(t, date, map[string]int{"completed": 2})
	w.executions(t, "SUCCEEDED", 2)
	w.checkOutput(t, date, 0, 1)
	w.checkQuiet(t)
}
