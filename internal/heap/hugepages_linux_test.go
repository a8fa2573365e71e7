package heap

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// TestHugePages checks that later allocations are in memory for which huge pages were requested.
func TestHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	preferHugePages(hugePages)
	var buffers [][]byte
	marked := 0
	for range 20 {
		b := make([]byte, 1<<20)
		if slices.Contains(mappingFlags(t, uintptr(unsafe.Pointer(&b[0]))), "hg") {
			marked++
		}
		buffers = append(buffers, b)
	}
	runtime.KeepAlive(buffers)
	if marked < 15 { // some may be in the earlier heap
		t.Errorf("%d of 20 buffers are in huge pages", marked)
	}
}

// mappingFlags returns the flags of the mapping that an address is in, see proc_pid_smaps(5).
func mappingFlags(t *testing.T, address uintptr) []string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			inside = from <= address && address < to
		} else if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && inside {
			return strings.Fields(flags)
		}
	}
	t.Fatalf("%x is in no mapping", address)
	return nil
}
