package counters

import (
	"expvar"
)

// A package that counts serves nothing.
var served = expvar.NewInt("served")

func Count() { served.Add(1) }
