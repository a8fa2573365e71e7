package schema

import (
	"regexp"
	"strings"
)

// mappings is what a module's index.js tells: list or set, and Terraform's names of computed
// attributes.
type mappings struct {
	kinds map[string]map[string]string            // function or class → Terraform name → simple, list, set, map, struct
	names map[string]map[string]computedAttribute // class → TypeScript name of a getter → what it reads
}

// A computedAttribute is read by a getter.
type computedAttribute struct {
	name string // Terraform's
	set  bool   // a set, where the type alone would say list
}

var (
	jsFunction  = regexp.MustCompile(`^function (\w+)ToHclTerraform\(`)
	jsClass     = regexp.MustCompile(`^class (\w+) extends cdktf\.(\w+)`)
	jsEntry     = regexp.MustCompile(`^\s+(\w+): \{$`)
	jsKind      = regexp.MustCompile(`^\s+type: "(\w+)",$`)
	jsGetter    = regexp.MustCompile(`^    get (\w+)\(\) \{$`)
	jsAttribute = regexp.MustCompile(`return (cdktf\.Fn\.tolist\()?.*this\.\w+Attribute\('(\w+)'\)`)
	jsMember    = regexp.MustCompile(`this\._(\w+) = new [\w.]+\(this, "(\w+)"(?:, (true|false))?\)`)
)

// parseMappings reads the generated, very regular text of an index.js.
func parseMappings(text string) *mappings {
	m := &mappings{kinds: map[string]map[string]string{}, names: map[string]map[string]computedAttribute{}}
	var owner, class, entry, getter string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if f := jsFunction.FindStringSubmatch(line); f != nil {
			owner, class = f[1], ""
			m.kinds[owner] = map[string]string{}
			continue
		}
		if c := jsClass.FindStringSubmatch(line); c != nil {
			owner, class = c[1], c[1]
			m.kinds[owner], m.names[class] = map[string]string{}, map[string]computedAttribute{}
			continue
		}
		if line == "}" {
			owner, class = "", ""
			continue
		}
		if owner == "" {
			continue
		}
		if e := jsEntry.FindStringSubmatch(line); e != nil {
			entry = e[1]
		} else if k := jsKind.FindStringSubmatch(line); k != nil {
			m.kinds[owner][entry] = k[1]
		}
		if class == "" {
			continue
		}
		if g := jsGetter.FindStringSubmatch(line); g != nil {
			getter = g[1]
		} else if a := jsAttribute.FindStringSubmatch(line); a != nil {
			m.names[class][getter] = computedAttribute{name: a[2], set: a[1] != ""}
		} else if a := jsMember.FindStringSubmatch(line); a != nil {
			m.names[class][a[1]] = computedAttribute{name: a[2], set: a[3] == "true"}
		}
	}
	return m
}
