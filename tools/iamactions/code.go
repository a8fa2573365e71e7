package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const servicePackages = "github.com/aws/aws-sdk-go-v2/service/"

// operationNames are the identifiers of a service's package that only a call of the operation
// needs.
var operationNames = regexp.MustCompile(`^(?:New)?(\w+?)(?:Input|Paginator)$`)

// transactionParts are the types of a DynamoDB transaction's parts, each of which needs the
// permission of its own operation.
var transactionParts = map[string]string{
	"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
}

// An operation of AWS ("s3:PutObject"), and a package that calls it.
type operation struct{ name, caller string }

func (o operation) compare(p operation) int {
	return cmp.Or(strings.Compare(o.name, p.name), strings.Compare(o.caller, p.caller))
}

// called lists the operations that a package and those it imports from its own module call.
func called(pkg string) (map[operation]bool, error) {
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,Module", pkg)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", pkg, err)
	}
	operations := map[operation]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
			Module          *struct{ Main bool }
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, file := range p.GoFiles {
			if err := calledIn(filepath.Join(p.Dir, file), p.ImportPath, operations); err != nil {
				return nil, err
			}
		}
	}
	if len(operations) == 0 {
		return nil, fmt.Errorf("%s calls no AWS operation: is it the right package?", pkg)
	}
	return operations, nil
}

// calledIn adds the operations of one file.
func calledIn(file, importPath string, operations map[operation]bool) error {
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	services := map[string]string{} // the file's name for a service's package → the service
	for _, spec := range tree.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		service, ok := strings.CutPrefix(full, servicePackages)
		if !ok {
			continue
		}
		name := path.Base(full)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		services[name] = service
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		service := services[x.Name]
		if m := operationNames.FindStringSubmatch(sel.Sel.Name); m != nil && service != "" &&
			!strings.Contains(service, "/") {
			operations[operation{service + ":" + m[1], importPath}] = true
		}
		if part, ok := transactionParts[sel.Sel.Name]; ok && service == "dynamodb/types" {
			operations[operation{"dynamodb:" + part, importPath}] = true
		}
		return true
	})
	return nil
}
