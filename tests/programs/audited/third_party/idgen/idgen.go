// Package idgen numbers payments.
package idgen

import "sync/atomic"

var last atomic.Int64

// Next returns a number that no earlier call returned.
func Next() int64 { return last.Add(1) }
