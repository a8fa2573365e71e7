// Command iam-actions compares what roles allow with what code calls. It reads the AWS operations
// that a Go command and the packages of its module call, and the policies of an applied Terraform
// state, and reports calls that no function's role allows, and allowed actions that no code calls
// and no argument of exceptions.go explains.
//
//	iam-actions -state state.json ./cmd/lambda
//
// state.json is what `tofu show -json` prints.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	statePath := flag.String("state", "", "applied state, as JSON")
	flag.Parse()
	if *statePath == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: iam-actions -state FILE PACKAGE")
		os.Exit(2)
	}
	problems, err := compare(*statePath, flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "iam-actions:", err)
		os.Exit(1)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

func compare(statePath, pkg string) ([]string, error) {
	operations, err := called(pkg)
	if err != nil {
		return nil, err
	}
	granted, err := allowed(statePath)
	if err != nil {
		return nil, err
	}
	var problems []string
	needed := map[permission]bool{}
	for _, op := range slices.SortedFunc(maps.Keys(operations), operation.compare) {
		for _, p := range op.permissions() {
			needed[p] = true
			if _, why := notDeployed[op.name]; !granted[p] && !why {
				problems = append(problems, fmt.Sprintf("%s calls %s, and no function's role allows %s", op.caller,
					op.name, p))
			}
		}
	}
	for p := range granted {
		if strings.Contains(p.action, "*") {
			problems = append(problems, fmt.Sprintf("a function's role allows %s: name the actions", p))
		} else if _, why := beyondCalls[p.action]; !needed[p] && !why {
			problems = append(problems, fmt.Sprintf("a function's role allows %s, and no code calls it", p))
		}
	}
	slices.Sort(problems)
	return problems, nil
}
