package maps

import (
	"internal/abi"
	"unsafe"
)

// hashOf returns the hash of a key. Where things lie varies, and with the
// hashes of addresses the order of a map would: so those have all one hash, and
// are kept in the order in which they come.
func hashOf(typ *abi.MapType, key unsafe.Pointer, seed uintptr) uintptr {
	if isAddress(dynamicType(typ.Key, key)) {
		return 0
	}
	return typ.Hasher(key, seed)
}

func isAddress(t *abi.Type) bool {
	if t == nil {
		return false
	}
	kind := t.Kind()
	return kind == abi.Pointer || kind == abi.Chan || kind == abi.UnsafePointer
}

// dynamicType returns the type of what is in the key if that is an interface,
// nil if nothing is.
func dynamicType(t *abi.Type, key unsafe.Pointer) *abi.Type {
	if t.Kind() != abi.Interface {
		return t
	}
	if len((*abi.InterfaceType)(unsafe.Pointer(t)).Methods) == 0 {
		return *(**abi.Type)(key)
	}
	if table := *(**abi.ITab)(key); table != nil {
		return table.Type
	}
	return nil
}
