package docs

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPicturesOfTheStateMachineShowItsTransitions compares the transitions in the state machine's
// definition with those in ARCHITECTURE.md and in the source of the picture.
func TestPicturesOfTheStateMachineShowItsTransitions(t *testing.T) {
	want := definedTransitions(t)
	_, section, _ := strings.Cut(read(t, "docs/ARCHITECTURE.md"), "\n## On AWS\n")
	_, section, _ = strings.Cut(section, "flowchart TD\n")
	section, _, _ = strings.Cut(section, "```")
	arrow := regexp.MustCompile(`(?m)^\s*([A-Za-z]+) (?:-- [^-\n]* -->|-->|->) ([A-Za-z]+)`)
	if diff := cmp.Diff(want, drawnTransitions(arrow, section)); diff != "" {
		t.Errorf("docs/ARCHITECTURE.md (-defined +drawn):\n%s", diff)
	}
	if diff := cmp.Diff(want, drawnTransitions(arrow, read(t, "docs/pictures/state-machine.d2"))); diff != "" {
		t.Errorf("docs/pictures/state-machine.d2 (-defined +drawn):\n%s", diff)
	}
}

// definedTransitions returns the transitions of the definition as "From To", sorted.
func definedTransitions(t *testing.T) []string {
	t.Helper()
	text := read(t, "terraform/modules/step_functions/definition.asl.json")
	text = regexp.MustCompile(`: \$\{[a-z_]+\}`).ReplaceAllString(text, ": 1") // numbers that Terraform fills in
	type next struct{ Next string }
	var definition struct {
		States map[string]struct {
			Next, Default  string
			Catch, Choices []next
		}
	}
	if err := json.Unmarshal([]byte(text), &definition); err != nil {
		t.Fatal(err)
	}
	transitions := map[string]bool{}
	for name, state := range definition.States {
		for _, n := range append(append(state.Catch, state.Choices...), next{state.Next}, next{state.Default}) {
			if n.Next != "" {
				transitions[name+" "+n.Next] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(transitions))
}

func drawnTransitions(arrow *regexp.Regexp, text string) []string {
	transitions := map[string]bool{}
	for _, m := range arrow.FindAllStringSubmatch(text, -1) {
		transitions[m[1]+" "+m[2]] = true
	}
	return slices.Sorted(maps.Keys(transitions))
}
