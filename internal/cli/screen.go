package cli

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// Control sequences of a terminal.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // the alternate screen, without a cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toStart     = "\x1b[H"
	clearLine   = "\x1b[K"
	clearRest   = "\x1b[J"
)

// A Screen is a terminal's screen that is drawn again in place. Close it, to give the terminal back
// what it showed before.
type Screen struct{ terminal *Terminal }

// OpenScreen returns the screen of standard output; false if that is no terminal.
func (t *Terminal) OpenScreen() (*Screen, bool) {
	if !isTerminal(t.Stdout) || t.Getenv("TERM") == "dumb" {
		return nil, false
	}
	_, _ = t.Stdout.WriteString(enterScreen)
	return &Screen{t}, true
}

// Draw shows a text, cut to the present size of the terminal.
func (s *Screen) Draw(content string) {
	width, height, err := term.GetSize(int(s.terminal.Stdout.Fd()))
	if err != nil || width < 1 || height < 1 {
		width, height = 80, 24
	}
	_, _ = s.terminal.Stdout.WriteString(frame(content, width, height))
}

// frame returns what draws a text on a terminal of the given size over what it shows.
func frame(content string, width, height int) string {
	lines := strings.Split(strings.TrimRight(content, "\n"), "\n")
	lines = lines[:min(len(lines), height)]
	var b strings.Builder
	b.WriteString(toStart)
	for i, line := range lines {
		b.WriteString(text.Trim(line, width) + clearLine)
		if i < len(lines)-1 {
			b.WriteString("\r\n")
		}
	}
	b.WriteString(clearRest)
	return b.String()
}

// Close leaves the screen.
func (s *Screen) Close() { _, _ = s.terminal.Stdout.WriteString(leaveScreen) }
