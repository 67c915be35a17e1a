// A map whose keys are structs that hold a slice.
package main

func main() {
	m := map[struct{ list []int }]int{}
	println(len(m))
}
