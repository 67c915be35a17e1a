// Programs that end badly, each in its own way.
package main

import (
	"fmt"
	"strings"
	"time"
)

var zero int

func main() {
	lab(map[string]func(){
		"well": func() { emit("", "one", 1, "1") },
		"crash": func() {
			emit("first", "one", 1, "1")
			panic("on purpose")
		},
		"hang": func() { time.Sleep(time.Hour) },
		"babble": func() {
			fmt.Println("{\"arm\":\"babble\",\"name\":\"one\",\"value\":\"one\"}")
			fmt.Println("{\"arm\":\"babble\",\"name\":\"one\",\"value\":1e999}")
			fmt.Println("null", "\x00", strings.Repeat("{", 1000))
		},
		"meant": func() { fmt.Println(1 / zero) },
	})
}
