// The compiler refuses this on purpose.
package main

func main() {
	var number int = "no number"
	_ = number
}
