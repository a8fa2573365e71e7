package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestContributingListsTheTree checks that the table of folders names every top-level folder and
// every package folder of cmd and internal, and nothing that does not exist.
func TestContributingListsTheTree(t *testing.T) {
	const file = "CONTRIBUTING.md"
	_, section, _ := strings.Cut(read(t, file), "\n## The tree\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 2 {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			listed = append(listed, m[1])
		}
	}
	for _, folder := range listed {
		if info, err := os.Stat(root + "/" + folder); err != nil || !info.IsDir() {
			t.Errorf("%s lists the folder %s, which does not exist", file, folder)
		}
	}
	ignored := regexp.MustCompile(`^(\.|data$|bin$|build$|dist$)`) // as in .gitignore
	for _, parent := range []string{"", "cmd/", "internal/"} {
		entries, err := os.ReadDir(root + "/" + parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			folder := parent + entry.Name()
			if entry.IsDir() && !ignored.MatchString(folder) && folder != "cmd" && folder != "internal" &&
				!slices.Contains(listed, folder) {
				t.Errorf("%s does not list the folder %s", file, folder)
			}
		}
	}
}
