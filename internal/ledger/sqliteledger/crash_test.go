package sqliteledger

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// crashingProcess is the environment variable that names the ledger on which a process of this test
// binary works until it is killed.
const crashingProcess = "SQLITE_TEST_CRASHING_PROCESS"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashingProcess); path != "" {
		workUntilKilled(path)
	}
	os.Exit(m.Run())
}

// workUntilKilled admits and claims, and prints what was acknowledged.
func workUntilKilled(path string) {
	l, err := Open(path)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var printing sync.Mutex
	ctx := context.Background()
	for g := range 8 {
		go func() {
			for i := g; ; i += 8 {
				r := request(day, i)
				a, err := l.Admit(ctx, r)
				printing.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println("admitted", a.File.Key)
				}
				printing.Unlock()
			}
		}()
	}
	for {
		b, files, err := l.Claim(ctx, claimRequest(day, 3, 3))
		printing.Lock()
		for _, f := range files {
			fmt.Println("claimed", f.Key, b.ID)
		}
		if err != nil {
			fmt.Println("error", err)
		}
		printing.Unlock()
	}
}

func TestC10_KilledProcessLosesNothingItAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tracking.db")
	admitted, claimed := map[string]bool{}, map[string]string{}
	for range 5 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashingProcess+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(100+rand.IntN(300))*time.Millisecond, func() { _ = child.Process.Kill() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch words := strings.Fields(lines.Text()); {
			case len(words) == 2 && words[0] == "admitted":
				admitted[words[1]] = true
			case len(words) == 3 && words[0] == "claimed":
				if before, twice := claimed[words[1]]; twice {
					t.Errorf("%s was claimed into %s and %s", words[1], before, words[2])
				}
				claimed[words[1]] = words[2]
			case len(words) > 0 && words[0] == "error":
				t.Error(lines.Text())
			}
		}
		kill.Stop()
		_ = child.Wait() // it was killed
	}
	if len(admitted) == 0 || len(claimed) == 0 {
		t.Fatalf("%d files were admitted and %d claimed: too few to tell anything", len(admitted), len(claimed))
	}
	l := openAt(t, path)
	for key := range admitted {
		f, err := l.File(t.Context(), day, key)
		if err != nil {
			t.Errorf("was admitted, but: %v", err)
		} else if batch := claimed[key]; batch != "" && string(f.BatchID) != batch {
			t.Errorf("%s was claimed into %s, but its row says %q", key, batch, f.BatchID)
		}
	}
	// Every file is pending, or in exactly the batch that counts it.
	of := map[pipeline.BatchID]int{}
	for f, err := range l.Files(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if (f.Status == pipeline.Pending) != (f.BatchID == "") {
			t.Errorf("%s is %s in batch %q", f.Key, f.Status, f.BatchID)
		}
		of[f.BatchID]++
	}
	for b, err := range l.Batches(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if of[b.ID] != b.FileCount {
			t.Errorf("batch %s has %d files, its row says %d", b.ID, of[b.ID], b.FileCount)
		}
	}
	t.Logf("%d files admitted, %d claimed", len(admitted), len(claimed))
}
