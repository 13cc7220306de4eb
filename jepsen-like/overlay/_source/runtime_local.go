package runtime

import "unsafe"

//go:linkname time_ownSkew time.ownSkew
func time_ownSkew() unsafe.Pointer { return getg().skew }

//go:linkname time_setOwnSkew time.setOwnSkew
func time_setOwnSkew(skew unsafe.Pointer) { getg().skew = skew }
