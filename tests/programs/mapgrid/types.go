package main

type thing struct {
	Name string
	N    [3]int
}

// padded leaves a hole between its fields, and two blank bytes that do not count.
type padded struct {
	A int8
	B int32
	C int8
	_ [2]byte
	D uint16
}

type pair struct {
	Name string
	N    int32
}

type point struct{ X, Y int16 }

type number32 int32
