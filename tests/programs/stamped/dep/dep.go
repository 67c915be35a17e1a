// Package dep is a dependency that a stamped program has.
package dep

import "crypto/md5"

// Sum is not inlined, so that the table of functions names it.
//
//go:noinline
func Sum(text string) [md5.Size]byte {
	return md5.Sum([]byte(text))
}
