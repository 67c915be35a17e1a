//go:build !go1.25

package main

// quietUnique tells whether package unique leaves nothing behind. Up to Go 1.24 it looks through its maps during each
// collection and allocates meanwhile: that garbage is left over by the collection that made it.
const quietUnique = false
