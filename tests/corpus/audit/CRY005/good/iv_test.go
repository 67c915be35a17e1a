package explicit

import (
	"testing"

	"github.com/tjfoc/gmsm/sm4"
)

// A test compares with the old package.
func TestOld(t *testing.T) {
	_ = sm4.SetIV(make([]byte, 16))
}
