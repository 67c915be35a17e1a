// An iterator over maps taken from package unsafe.
package main

import "unsafe"

func main() {
	var walk unsafe.MapIter
	_ = walk
}
