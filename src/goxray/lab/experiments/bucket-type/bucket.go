package main

// Bucket is the article's type: a struct with a pointer to its own kind.
type Bucket struct {
	key   string
	value []byte
	next  *Bucket
}

// chain links two buckets that do not leave the function.
//
//go:noinline
func chain(n int) int {
	last := Bucket{key: "last"}
	first := Bucket{key: "first", next: &last}
	return n + len(first.key) + len(first.next.key)
}

// leaves returns a bucket.
//
//go:noinline
func leaves() *Bucket {
	return &Bucket{key: "kept", next: nil}
}
