package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// module is the path of the repository's Go module.
const module = "ndjson-parquet"

// goCommand returns a Go command in the repository for a platform, whose result depends on the
// source alone: settings of the user's environment that change the program are replaced.
func (s source) goCommand(p platform, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(),
		"GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0",
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GODEBUG=",
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", s.time.Unix()),
	)
	return cmd
}

// buildFlags are those of every build. The version is set by the linker rather than stamped by the
// toolchain, so that it does not depend on the state of the checkout's tags.
func (s source) buildFlags() []string {
	stamp := module + "/internal/buildinfo"
	return []string{
		"-trimpath", "-buildvcs=false", "-mod=readonly",
		fmt.Sprintf("-ldflags=-s -w -X %s.version=%s -X %s.revision=%s", stamp, s.version, stamp, s.revision),
	}
}

// buildProgram compiles the command for a platform into a file.
func (s source) buildProgram(p platform, target string) error {
	args := append([]string{"build"}, s.buildFlags()...)
	_, err := output(s.goCommand(p, append(args, "-o", target, "./cmd/ndjson-parquet")...))
	return err
}

// buildManual generates the manual pages and shell completions, by running the program of this
// machine in a form built for it.
func (s source) buildManual(folder string) ([]file, error) {
	host, err := output(exec.Command("go", "env", "GOHOSTOS", "GOHOSTARCH"))
	if err != nil {
		return nil, err
	}
	system, arch, _ := strings.Cut(host, "\n")
	args := append([]string{"run", "-tags=manual"}, s.buildFlags()...)
	if _, err := output(s.goCommand(platform{system, arch},
		append(args, "./cmd/ndjson-parquet", folder)...)); err != nil {
		return nil, err
	}
	return readTree(folder)
}
