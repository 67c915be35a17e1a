// A map that is made with a hash function of its own.
package main

func hash(key string) uint64 { return uint64(len(key)) }

func main() {
	m := make(map[string]int, 8, hash)
	println(len(m))
}
