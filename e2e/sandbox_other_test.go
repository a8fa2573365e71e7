//go:build !linux

package e2e

import "os/exec"

// Elsewhere than on Linux a process is not measured.

func isolate(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func peakMemory(int) int64 { return 0 }

func scratchUsed(int, string) int64 { return 0 }
