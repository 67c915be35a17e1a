// An experiment that starts itself again.
package main

import (
	"bytes"
	"os"
	"os/exec"
)

// runAgain runs this program once more with further environment variables (NAME=VALUE), by which it knows that it is the
// child, and returns what it wrote to its two outputs, the runtime's lines of GODEBUG=gctrace=1 among them.
func runAgain(env ...string) (out, log string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", "", err
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	err = child.Run()
	return stdout.String(), stderr.String(), err
}
