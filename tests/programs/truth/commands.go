package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// obey does one command from stdin:
//
//	print        prints everything again
//	ops SEED N   does N random operations on the maps of the set "ops", then prints everything
//	gc           collects garbage twice, then prints everything (and what is gone)
//	corrupt      breaks the maps of the set "victims", each in its own way, and says how
//	crash        ends the program with a core dump
//	quit         ends the program
func obey(line string) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "print":
	case "gc":
		runGC()
	case "ops":
		doOps(number(words, 1), int(number(words, 2)))
	case "corrupt":
		corrupt()
		return
	case "crash":
		debug.SetTraceback("crash")
		syscall.Kill(os.Getpid(), syscall.SIGABRT)
		return
	case "quit":
		os.Exit(0)
	default:
		fatal("unknown command %q", line)
	}
	printAll()
}

func number(words []string, i int) int64 {
	if i >= len(words) {
		fatal("%s: argument %d is missing", words[0], i)
	}
	n, err := strconv.ParseInt(words[i], 10, 64)
	if err != nil {
		fatal("%s: %v", words[0], err)
	}
	return n
}
