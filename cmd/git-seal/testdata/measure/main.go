//go:build unix

// Measure runs a command and writes what it cost to the file named first: wall
// and CPU time of the command and of all it waited for, in nanoseconds, and the
// largest peak memory of one of these processes, in bytes.
//
// It is a program of its own because Linux counts the memory of the process
// that started a command as the command's: a small one has to start it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

func main() {
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	peak := usage.Maxrss
	if runtime.GOOS != "darwin" {
		peak *= 1024
	}
	cost := fmt.Sprintln(wall.Nanoseconds(), usage.Utime.Nano()+usage.Stime.Nano(), peak)
	if err := os.WriteFile(os.Args[1], []byte(cost), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
