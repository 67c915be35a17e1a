// Tells whether the C compiler was given -DLAB_MARK=7.
package main

/*
#ifndef LAB_MARK
#define LAB_MARK 0
#endif
static int mark(void) { return LAB_MARK; }
*/
import "C"

func main() {
	lab(map[string]func(){"main": func() { emit("", "mark", float64(C.mark()), "1") }})
}
