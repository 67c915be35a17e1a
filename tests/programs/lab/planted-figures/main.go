// Figures whose truth everybody knows, between lines that are no records.
package main

import (
	"fmt"
	"math/rand"
	"runtime"
	"unsafe"
)

func measure() {
	fmt.Println("this is no record")
	fmt.Println("{\"arm\": \"main\", \"name\": \"size\"")
	emit("int16", "size", float64(unsafe.Sizeof(int16(0))), "bytes")
	emit("int32", "size", float64(unsafe.Sizeof(int32(0))), "bytes")
	emit("int64", "size", float64(unsafe.Sizeof(int64(0))), "bytes")
	fmt.Println("{}", "[1, 2", "\x00\xff")
	truth("", "tagged", tagged)
	for _, die := range []string{"red", "green", "blue"} {
		emit(die, "die", float64(1+rand.Intn(3)), "1")
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	emit("", "collections", float64(stats.NumGC), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
