package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// withoutCode returns a document's lines, with those of code blocks empty.
func withoutCode(text string) []string {
	lines := strings.Split(text, "\n")
	inCode := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if inCode || fence {
			lines[i] = ""
		}
		if fence {
			inCode = !inCode
		}
	}
	return lines
}

// anchors returns the names under which a document's headings can be linked, as GitHub and GitLab make them.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, line := range withoutCode(text) {
		level := len(line) - len(strings.TrimLeft(line, "#"))
		if level == 0 || !strings.HasPrefix(line[level:], " ") {
			continue
		}
		var name strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(line[level:])) {
			switch {
			case r == ' ':
				name.WriteByte('-')
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				name.WriteRune(r)
			}
		}
		names[name.String()] = true
	}
	return names
}

func TestLinksResolve(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, file := range sourceFiles(t, ".md") {
		for i, line := range withoutCode(read(t, file)) {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				target, anchor, _ := strings.Cut(m[1], "#")
				if strings.Contains(target, "://") {
					continue
				}
				linked := file
				if target != "" {
					linked = path.Join(path.Dir(file), target)
				}
				if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(linked))); err != nil {
					t.Errorf("%s:%d: the link %s leads nowhere", file, i+1, m[1])
					continue
				}
				if anchor != "" && !anchors(read(t, linked))[anchor] {
					t.Errorf("%s:%d: the link %s names a heading that %s does not have", file, i+1, m[1], linked)
				}
			}
		}
	}
}

// TestDocumentsWrap checks that text ends by column 120. Tables and code blocks cannot be wrapped.
func TestDocumentsWrap(t *testing.T) {
	const width = 120
	for _, file := range sourceFiles(t, ".md") {
		for i, line := range withoutCode(read(t, file)) {
			if n := utf8.RuneCountInString(line); n > width && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d: the line has %d columns, more than %d", file, i+1, n, width)
			}
		}
	}
}
