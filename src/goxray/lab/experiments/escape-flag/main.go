// Objects that a function lets go of and that it keeps to itself, in builds with and without -gcflags=-m.
package main

var kept *[64]int

// own keeps its object to itself.
//
//go:noinline
func own(i int) int {
	object := new([64]int)
	object[i&63] = i
	return object[(i+1)&63] + object[i&63]
}

// given lets its object out.
//
//go:noinline
func given(i int) int {
	kept = new([64]int)
	kept[i&63] = i
	return kept[(i+1)&63]
}

func allocations(f func(i int) int) float64 {
	const rounds = 10_000
	_, number := allocatedBy(func() {
		for i := 0; i < rounds; i++ {
			f(i)
		}
	})
	// A whole number: the runtime's own few objects do not count.
	return float64(number / rounds)
}

func measure() {
	emit("", "objects_kept_to_itself", allocations(own), "1")
	emit("", "objects_let_out", allocations(given), "1")
}

func main() { lab(map[string]func(){"without": measure, "with": measure}) }
