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

// Files named by local clocks: yesterday's wait until the grace is over and go together, tomorrow's wait for their day.
func TestC24_LocalDates(t *testing.T) {
	w := newWorld(t, settings{})
	now := time.Now().UTC()
	ends := now.Add(12 * time.Second)
	for _, f := range w.functions { // none has been started yet
		f.env = append(f.env, fmt.Sprintf("FLUSH_GRACE_SECONDS=%f", ends.Sub(now.Truncate(24*time.Hour)).Seconds()))
	}
	yesterday, tomorrow := now.AddDate(0, 0, -1).Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly)
	w.putFiles(t, yesterday, 0, 3)
	w.putFiles(t, tomorrow, 3, 4)
	w.handed(t, 4)
	w.sweep(t, "sweep")
	got := w.files(t, yesterday)
	if time.Now().After(ends) {
		t.Skip("the machine is too slow to look at the files before the grace is over")
	}
	if got["pending"] != 3 {
		t.Errorf("files of yesterday in the grace: %v", got)
	}
	time.Sleep(time.Until(ends))
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
