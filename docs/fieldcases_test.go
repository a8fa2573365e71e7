package docs

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the lists of tests in FIELD-CASES.md")

const fieldCases = "docs/FIELD-CASES.md"

// Names of tests, subtests and test inputs, by the extension of their file.
var testNames = map[string]*regexp.Regexp{
	".go": regexp.MustCompile(`(?m)^func (Test\w+)\(|"(C\d+[_ :][^"]*)"`),
	".py": regexp.MustCompile(`(?m)^ *def (test_\w+)\(|"(C\d+ [^"]+)"`),
}

// caseNumber finds the cases in a name such as TestC10_C12_Killed, test_C34_truncation or "C3: a
// lost event".
var caseNumber = regexp.MustCompile(`(?:^|_|[ ]|^Test)C(\d+)(?:[_ :]|$)`)

var caseHeading = regexp.MustCompile(`^### C(\d+)\. `)

// A namedTest is a test, a subtest or a test input, and the file it is in.
type namedTest struct{ file, name string }

// findTests returns all tests in the order of files, and in each file in the order of the text.
func findTests(t *testing.T) []namedTest {
	t.Helper()
	var tests []namedTest
	for _, file := range sourceFiles(t, ".go", ".py") {
		if strings.HasPrefix(file, "docs/") {
			continue
		}
		for _, m := range testNames[file[strings.LastIndex(file, "."):]].FindAllStringSubmatch(read(t, file), -1) {
			test := namedTest{file, m[1] + m[2]}
			if !slices.Contains(tests, test) {
				tests = append(tests, test)
			}
		}
	}
	return tests
}

func casesOf(name string) []int {
	var cases []int
	// Neighbours share the character between them, so the search goes on at each number's end.
	for rest := name; ; {
		m := caseNumber.FindStringSubmatchIndex(rest)
		if m == nil {
			return cases
		}
		n, err := strconv.Atoi(rest[m[2]:m[3]])
		if err == nil {
			cases = append(cases, n)
		}
		rest = rest[m[3]:]
	}
}

// TestFieldCasesNameTheirTests checks that each case lists exactly the tests that carry its number.
// A test without a number may be listed too, as long as it exists.
func TestFieldCasesNameTheirTests(t *testing.T) {
	text := read(t, fieldCases)
	all := findTests(t)

	documented := map[int]bool{}
	var want strings.Builder
	sections := strings.Split(text, "\n### ")
	want.WriteString(sections[0])
	for _, section := range sections[1:] {
		section = "### " + section
		m := caseHeading.FindStringSubmatch(section)
		if m == nil {
			t.Fatalf("%s: %q is not a heading of the form \"### C1. Title\"", fieldCases, firstLine(section))
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		documented[n] = true

		list := listOf(section)
		tests := testsOfCase(n, all, list)
		if len(tests) == 0 {
			t.Errorf("%s: no test holds C%d", fieldCases, n)
		}
		rendered := renderList(tests)
		if rendered != list && !*update {
			t.Errorf("%s: the tests of C%d have changed; go test ./docs -update rewrites the list:\n got %s\nwant %s",
				fieldCases, n, list, rendered)
		}
		want.WriteString("\n" + strings.Replace(section, list, rendered, 1))
	}
	for n := 1; n <= 43; n++ {
		if !documented[n] {
			t.Errorf("%s: C%d is missing", fieldCases, n)
		}
	}
	for _, test := range all {
		for _, n := range casesOf(test.name) {
			if !documented[n] {
				t.Errorf("%s: %s belongs to C%d, which %s does not have", test.file, test.name, n, fieldCases)
			}
		}
	}
	if *update {
		if err := os.WriteFile(root+"/"+fieldCases, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// listOf returns the list at the end of a case's section, from its first "- " to its last line.
func listOf(section string) string {
	_, list, found := strings.Cut(section, "\n- ")
	if !found {
		return ""
	}
	list, _, _ = strings.Cut(list, "\n\n")
	return "- " + strings.TrimRight(list, "\n")
}

var listed = regexp.MustCompile("`([^`]+)`")

// testsOfCase returns the tests that carry a case's number, and those without one that the present list names.
func testsOfCase(n int, all []namedTest, list string) []namedTest {
	var names []string
	for _, m := range listed.FindAllStringSubmatch(list, -1) {
		names = append(names, m[1])
	}
	var tests []namedTest
	for _, test := range all {
		cases := casesOf(test.name)
		if slices.Contains(cases, n) || len(cases) == 0 && slices.Contains(names, test.name) {
			tests = append(tests, test)
		}
	}
	return tests
}

// renderList writes tests as a list, an item for each file. The many inputs of readers/ are one name, "C27 …".
func renderList(tests []namedTest) string {
	const width = 118
	var items []string
	for i := 0; i < len(tests); {
		file := tests[i].file
		var names []string
		for ; i < len(tests) && tests[i].file == file; i++ {
			name := tests[i].name
			if file == "readers/cases.py" {
				number, _, _ := strings.Cut(name, " ")
				name = number + " …"
			}
			if name = "`" + name + "`"; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		item := fmt.Sprintf("- `%s`:", file)
		column := len(item)
		for j, name := range names {
			if j < len(names)-1 {
				name += ","
			}
			if column+1+len(name) > width {
				item += "\n "
				column = 1
			}
			item += " " + name
			column += 1 + len(name)
		}
		items = append(items, item)
	}
	return strings.Join(items, "\n")
}

// TestDocumentsNameTestsThatExist checks every test that a document names.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	exists := map[string]bool{}
	for _, test := range findTests(t) {
		exists[test.name] = true
	}
	name := regexp.MustCompile("`((?:Test|test_)\\w+)`")
	found := 0
	for _, file := range sourceFiles(t, ".md") {
		for _, m := range name.FindAllStringSubmatch(read(t, file), -1) {
			found++
			if !exists[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", file, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no document names a test")
	}
}
