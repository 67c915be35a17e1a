//go:build printed

package main

import "syscall/js"

// As printed, the worker hands a function to JavaScript: a package that exists for GOOS=js only.
func work() {
	js.Global().Set("answer", js.FuncOf(func(js.Value, []js.Value) any { return "from Go" }))
}
