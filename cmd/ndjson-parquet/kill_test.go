package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
)

// The kill tests kill the real program with SIGKILL at random moments, start it again, and compare
// the result with that of an undisturbed run.

const (
	killFiles = 60 // of two dates
	killRows  = 400
)

// fill puts the files of a kill test into the input: good ones, some with bad lines, some invalid
// ones.
func (s *site) fill(from, to int) {
	for i := from; i < to; i++ {
		date := "2025-01-17"
		if i%3 == 0 {
			date = "2025-01-18"
		}
		content := records(fmt.Sprintf("f%02d", i), killRows)
		if i%5 == 0 {
			content += junk(2)
		}
		name := fmt.Sprintf("%s-f%02d.ndjson", date, i)
		if i%10 == 7 {
			name = fmt.Sprintf("%s-f%02d.csv", date, i)
		}
		s.put(name, content)
	}
}

// An ending is what a history leaves that must not depend on when the program was killed: batches
// are cut differently, since their files come in another order.
type ending struct {
	ids      []string
	rejected int
	files    []string // key, status, reason and counts
}

func (s *site) ending() ending {
	s.t.Helper()
	s.want(0, "verify")
	e := ending{ids: s.ids()}
	paths, _ := filepath.Glob(filepath.Join(s.root, "quarantine", "rejected", "*", "*.ndjson"))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		e.rejected += bytes.Count(data, []byte("\n"))
	}
	for key, f := range s.ledgerFiles() {
		e.files = append(e.files, fmt.Sprintf("%s %s %s %d %d", key, f.Status, f.Reason, f.Rows, f.Rejected))
	}
	slices.Sort(e.files)
	left, _ := filepath.Glob(filepath.Join(s.root, ".scratch", "*"))
	if len(left) > 0 {
		s.t.Errorf("scratch files are left: %v", left)
	}
	return e
}

func (s *site) wantEnding(want ending) {
	s.t.Helper()
	got := s.ending()
	if !slices.Equal(got.ids, want.ids) {
		s.t.Fatalf("%d records, undisturbed %d: %s", len(got.ids), len(want.ids), difference(got.ids, want.ids))
	}
	if got.rejected != want.rejected {
		s.t.Fatalf("%d rejected records are kept, undisturbed %d", got.rejected, want.rejected)
	}
	if !slices.Equal(got.files, want.files) {
		s.t.Fatalf("the ledger differs: %s", difference(got.files, want.files))
	}
}

// undisturbed returns the result of a run that is not killed, and its duration.
func undisturbed(t *testing.T) (ending, time.Duration) {
	s := newSite(t)
	s.fill(0, killFiles)
	began := time.Now()
	s.run(cli.ExitIncomplete)
	took := time.Since(began)
	return s.ending(), took
}

// killAfter starts the program, kills it after a time, and reports whether it still ran then.
func killAfter(t *testing.T, cmd *exec.Cmd, d time.Duration) bool {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

func kills() int {
	if testing.Short() {
		return 3
	}
	return 30
}

func TestC10_RunIsKilledAtRandomMoments(t *testing.T) {
	want, took := undisturbed(t)
	rng := rand.New(rand.NewPCG(10, 1))
	killed := 0
	for range kills() / 3 {
		s := newSite(t)
		s.fill(0, killFiles)
		for range 4 {
			cmd := s.command("run", s.input, "--settle", "0s", "--max-files-per-manifest", "5")
			if killAfter(t, cmd, time.Duration(rng.Float64()*float64(took))) {
				killed++
			} else {
				took = took * 3 / 4 // the machine was busier when an undisturbed run was timed
			}
		}
		s.call("run", s.input, "--settle", "0s")
		s.wantEnding(want)
	}
	if killed == 0 {
		t.Error("every run was over before it was killed: the test shows nothing")
	}
	t.Logf("killed %d runs; an undisturbed one takes %v", killed, took)
}

func TestC10_ServeIsKilledAtRandomMoments(t *testing.T) {
	want, took := undisturbed(t)
	rng := rand.New(rand.NewPCG(10, 2))
	for range max(1, kills()/6) {
		s := newSite(t)
		serve := func() *exec.Cmd {
			return s.command("serve", s.input, "--settle", "20ms", "--list-every", "100ms", "--max-files-per-manifest",
				"4", "--log-level", "error")
		}
		const steps = 6
		for i := range steps {
			cmd := serve()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			s.fill(i*killFiles/steps, (i+1)*killFiles/steps)
			time.Sleep(time.Duration(rng.Float64() * float64(took)))
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		s.call("run", s.input, "--settle", "0s")
		s.wantEnding(want)
	}
}

func TestC11_TwoProcessesRaceOnOneRoot(t *testing.T) {
	want, _ := undisturbed(t)
	s := newSite(t)
	s.fill(0, killFiles)
	var all []*exec.Cmd
	var errs [3]bytes.Buffer
	for i := range errs {
		cmd := s.command("run", s.input, "--settle", "0s", "--max-files-per-manifest", "3")
		cmd.Stderr = &errs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	noted := false
	for i, cmd := range all {
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != cli.ExitDone && code != cli.ExitIncomplete {
			t.Errorf("exit code %d: %s", code, errs[i].String())
		}
		noted = noted || strings.Contains(errs[i].String(), "another process")
	}
	if !noted {
		t.Error("no process noted the others")
	}
	s.wantEnding(want)
}

func TestC10_C11_OneOfTwoProcessesIsKilled(t *testing.T) {
	want, took := undisturbed(t)
	rng := rand.New(rand.NewPCG(10, 3))
	for range max(1, kills()/4) {
		s := newSite(t)
		s.fill(0, killFiles)
		survivor := s.command("run", s.input, "--settle", "0s", "--max-files-per-manifest", "3")
		var stderr bytes.Buffer
		survivor.Stderr = &stderr
		if err := survivor.Start(); err != nil {
			t.Fatal(err)
		}
		killAfter(t, s.command("run", s.input, "--settle", "0s", "--max-files-per-manifest", "3"),
			time.Duration(rng.Float64()*float64(took)))
		_ = survivor.Wait()
		if code := survivor.ProcessState.ExitCode(); code != cli.ExitDone && code != cli.ExitIncomplete {
			t.Fatalf("the survivor: exit code %d: %s", code, stderr.String())
		}
		s.wantEnding(want) // the survivor has taken up what the other left
	}
}
