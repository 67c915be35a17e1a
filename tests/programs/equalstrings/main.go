// Program equalstrings holds strings of which it is known how often each is there. It prints a line when they are
// made, and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// text returns a string of n bytes that begins with a mark; it is made anew by each call.
func text(mark string, n int) string {
	return strings.Clone(mark + strings.Repeat("=", n-len(mark)))
}

type named struct {
	id   int
	name string
}

var (
	slots    []string
	long     []*named
	large    [3]string
	values   map[int]string
	boxes    []any
	one, two string
	sixteen  []string

	shared   []string
	binary   [][]byte
	whole    []string
	parts    []string
	leftover []string
	single   []string
	near     []string
)

func main() {
	for i := 0; i < 1000; i++ {
		slots = append(slots, text("held by slots", 40))
	}
	for i := 0; i < 10; i++ {
		long = append(long, &named{i, text("held by structs", 5000)})
	}
	for i := range large {
		large[i] = text("held by an array", 100<<10)
	}
	values = make(map[int]string)
	for i := 0; i < 20; i++ {
		values[i] = text("held by a map", 25)
	}
	for i := 0; i < 7; i++ {
		boxes = append(boxes, text("held by interfaces", 60))
	}
	one, two = text("held by variables", 90), text("held by variables", 90)
	for i := 0; i < 30; i++ {
		sixteen = append(sixteen, text("sixteen", 16))
	}

	// What follows holds nothing twice, but for leftover.
	again := text("one array", 200)
	for i := 0; i < 50; i++ {
		shared = append(shared, again)
	}
	for i := 0; i < 5; i++ {
		binary = append(binary, []byte(text("no string", 300)))
	}
	for i := 0; i < 4; i++ { // the arrays differ, their beginnings do not
		whole = append(whole, text("different", 400)+strconv.Itoa(i))
		parts = append(parts, whole[i][:300])
	}
	for i := 0; i < 6; i++ { // of each array only the beginning is left
		leftover = append(leftover, (text("left over", 400) + strconv.Itoa(i))[:300])
	}
	for i := 0; i < 100; i++ {
		single = append(single, text("unique"+strconv.Itoa(i)+"-", 40))
	}
	near = append(near, text("near", 100), text("near", 101), text("near", 99)+"!")
	runtime.GC()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(again)
}
