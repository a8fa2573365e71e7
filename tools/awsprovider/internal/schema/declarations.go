package schema

import (
	"regexp"
	"strings"
)

// declarations is what a module's index.d.ts tells: which properties exist, whether they must be
// set, their types.
type declarations struct {
	structs map[string][]property // interface name → its properties
	classes map[string]*class
	main    string // the class of the resource, data source or provider
}

// A property can be set in a configuration.
type property struct {
	name     string // Terraform's
	typ      string // TypeScript's
	required bool
	block    bool // a nested block, not an attribute whose type is an object
}

// A class has getters; what has no setter is computed by the provider alone.
type class struct {
	getters map[string]string // TypeScript name → type
	setters map[string]bool
}

var (
	interfaceLine = regexp.MustCompile(`^export interface (\w+)`)
	classLine     = regexp.MustCompile(`^export declare class (\w+) extends cdktf\.(\w+)`)
	linkLine      = regexp.MustCompile(`#(\w+) \w+#\w+\}`)
	blockLine     = regexp.MustCompile(`^\s+\* (\w+) block$`)
	propertyLine  = regexp.MustCompile(`^    readonly (\w+)(\??): (.*)$`)
	getterLine    = regexp.MustCompile(`^    get (\w+)\(\): (.*);$`)
	setterLine    = regexp.MustCompile(`^    set (\w+)\(`)
)

// parseDeclarations reads the generated, very regular text of an index.d.ts.
func parseDeclarations(text string) *declarations {
	d := &declarations{structs: map[string][]property{}, classes: map[string]*class{}}
	var (
		inStruct string
		inClass  *class
		next     property
		open     bool // a property whose type goes on over further lines
	)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := interfaceLine.FindStringSubmatch(line); m != nil {
			inStruct, inClass, next = m[1], nil, property{}
			d.structs[inStruct] = []property{}
			continue
		}
		if m := classLine.FindStringSubmatch(line); m != nil {
			inStruct, inClass = "", &class{getters: map[string]string{}, setters: map[string]bool{}}
			d.classes[m[1]] = inClass
			switch m[2] {
			case "TerraformResource", "TerraformDataSource", "TerraformProvider":
				d.main = m[1]
			}
			continue
		}
		if line == "}" {
			inStruct, inClass = "", nil
			continue
		}
		switch {
		case inStruct != "" && open:
			next.typ += " " + strings.TrimSpace(line)
		case inStruct != "":
			if m := linkLine.FindStringSubmatch(line); m != nil {
				next.name = m[1]
			}
			if blockLine.MatchString(line) {
				next.block = true
			}
			m := propertyLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			next.required, next.typ = m[2] == "", m[3]
		case inClass != nil:
			if m := getterLine.FindStringSubmatch(line); m != nil {
				inClass.getters[m[1]] = m[2]
			} else if m := setterLine.FindStringSubmatch(line); m != nil {
				inClass.setters[m[1]] = true
			}
			continue
		default:
			continue
		}
		open = strings.HasPrefix(next.typ, "{") && !strings.Contains(next.typ, "}")
		if !open {
			next.typ = cleanType(next.typ)
			d.structs[inStruct] = append(d.structs[inStruct], next)
			next = property{}
		}
	}
	return d
}

// cleanType removes from a TypeScript type what only CDK needs.
func cleanType(t string) string {
	t = strings.ReplaceAll(t, "| cdktf.IResolvable", "")
	return strings.Trim(strings.TrimSpace(t), "; ")
}

// computed lists the getters of a class that nothing can set.
func (c *class) computed() map[string]string {
	only := map[string]string{}
	for name, typ := range c.getters {
		if base, isInput := strings.CutSuffix(name, "Input"); isInput {
			if _, has := c.getters[base]; has {
				continue
			}
		}
		if !c.setters[name] {
			only[name] = cleanType(typ)
		}
	}
	return only
}
