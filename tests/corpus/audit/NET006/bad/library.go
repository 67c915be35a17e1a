package library

import (
	_ "net/http/pprof" // want
)

func Init() {}
