package testenv

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel end a server even if the test process is killed and no cleanup
// runs.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
