package transport

import (
	"errors"
	"fmt"
)

// refusalCode is how a refusal travels. The numbers are part of the protocol.
type refusalCode byte

const (
	accepted        refusalCode = 0
	refusedVersion  refusalCode = 1
	refusedCluster  refusalCode = 2
	refusedNode     refusalCode = 3
	refusedPeer     refusalCode = 4
	refusedBusy     refusalCode = 5
	lastRefusalCode             = refusedBusy
)

// refusalReasons holds the error of each code.
var refusalReasons = [lastRefusalCode + 1]error{
	refusedVersion: ErrVersion,
	refusedCluster: ErrWrongCluster,
	refusedNode:    ErrWrongNode,
	refusedPeer:    ErrUnknownPeer,
	refusedBusy:    ErrBusy,
}

// refusal is why the accepting node does not take a connection.
type refusal struct {
	code   refusalCode
	detail string
}

func refuse(code refusalCode, format string, args ...any) *refusal {
	return &refusal{code: code, detail: fmt.Sprintf(format, args...)}
}

// Error returns the reason and the detail.
func (r *refusal) Error() string { return fmt.Sprintf("%v: %s", r.Unwrap(), r.detail) }

// Unwrap returns the sentinel of the code. A code that is not known here comes
// from a later version.
func (r *refusal) Unwrap() error {
	if r.code == accepted || r.code > lastRefusalCode {
		return ErrVersion
	}
	return refusalReasons[r.code]
}

// refusalOf returns the refusal for an error of the handshake, and nil if the
// peer cannot understand one.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if errors.Is(err, ErrVersion) {
		return refuse(refusedVersion, "this node speaks version %d", protocolVersion)
	}
	return nil
}
