// The lab's starter: it starts one program and tells what the kernel says of it.
//
// A child that a large process starts inherits that process' peak of memory (ru_maxrss survives exec), so the lab
// starts programs from this small one. It also times a fixed loop first: how calm the machine is.
//
// usage: shim REPORT-FD LIFE-FD PROGRAM [ARG...]; each variable of the environment has a "_" before its name, which the
// program gets without it. On REPORT-FD it writes "pid N" and "end STATUS SIGNAL WALL-NS CPU-NS MAXRSS-KIB LOOP-NS", or
// "failed WHY". When LIFE-FD is closed, the lab is gone: it ends the whole process group.
package main

import (
	"os"
	"strconv"
	"syscall"
	"time"
)

const rounds = 1 << 20

var sink uint64

// loop returns the nanoseconds of a fixed amount of work: xorshift, no memory.
func loop() int64 {
	start := time.Now()
	x := uint64(88172645463325252)
	for i := 0; i < rounds; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	sink = x
	return time.Since(start).Nanoseconds()
}

func tell(report int, text string) {
	_, _ = syscall.Write(report, []byte(text+"\n"))
}

func main() {
	if len(os.Args) < 4 {
		os.Exit(64)
	}
	report, _ := strconv.Atoi(os.Args[1])
	life, _ := strconv.Atoi(os.Args[2])
	syscall.CloseOnExec(report)
	syscall.CloseOnExec(life)
	go func() {
		var one [1]byte
		for {
			n, err := syscall.Read(life, one[:])
			if n == 0 && err == nil {
				_ = syscall.Kill(0, syscall.SIGKILL)
			}
			if err != nil && err != syscall.EINTR {
				return
			}
		}
	}()
	var env []string
	for _, each := range os.Environ() {
		if each[0] == '_' {
			env = append(env, each[1:])
		}
	}
	calm := loop()
	start := time.Now()
	pid, err := syscall.ForkExec(os.Args[3], os.Args[3:], &syscall.ProcAttr{Env: env, Files: []uintptr{0, 1, 2}})
	if err != nil {
		tell(report, "failed "+err.Error())
		return
	}
	tell(report, "pid "+strconv.Itoa(pid))
	var status syscall.WaitStatus
	var usage syscall.Rusage
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &usage); err != syscall.EINTR {
			break
		}
	}
	wall := time.Since(start).Nanoseconds()
	signal := 0
	if status.Signaled() {
		signal = int(status.Signal())
	}
	cpu := usage.Utime.Nano() + usage.Stime.Nano()
	tell(report, "end "+strconv.Itoa(status.ExitStatus())+" "+strconv.Itoa(signal)+" "+strconv.FormatInt(wall, 10)+" "+
		strconv.FormatInt(cpu, 10)+" "+strconv.FormatInt(usage.Maxrss, 10)+" "+strconv.FormatInt(calm, 10))
}
