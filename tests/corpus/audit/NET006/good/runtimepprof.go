package profiles

import (
	"os"
	"runtime/pprof"
)

// Profiles into a file have no port; net/http/pprof is another package.
func heap(f *os.File) error {
	return pprof.WriteHeapProfile(f)
}
