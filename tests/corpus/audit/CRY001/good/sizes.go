package sizes

import "crypto/md5"

// A length is no use of the algorithm.
func length() int {
	return md5.Size
}

// Nor is the length of an array.
var empty [md5.Size]byte
