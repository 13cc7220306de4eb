package fsm

import (
	"encoding/binary"
	"fmt"

	"example.com/gstate/tree"
)

// A command is encoded as
//
//	kind     1 byte
//	version  1 byte
//	session, sequence, floor   uvarints
//	body     KindApply: the conditions, then the operations (EncodeBody);
//	         KindOpenSession: nothing
//
// A list is a count as uvarint and its elements. A condition or an operation is
// its kind, 1 byte, its path by tree.AppendPath, and what the kind has beside:
// a revision as uvarint or a value by tree.AppendValue. Each command has one
// encoding; all others of it are refused.
//
// The header stands apart from the body so that a command is encoded once,
// where it is made: when a new session takes over, the header alone changes.

// EncodeBody returns the encoded form of conditions and operations. It checks
// both: the error wraps tree.ErrInvalid or tree.ErrTooLarge.
func EncodeBody(conditions []Condition, operations []Operation) ([]byte, error) {
	command := Command{Kind: KindApply, Conditions: conditions, Operations: operations}
	if err := command.Validate(); err != nil {
		return nil, err
	}
	body := appendBody(nil, conditions, operations)
	if len(body) > MaxCommandBytes-headerBytesMax {
		return nil, fmt.Errorf("%w: a command of %d bytes, the limit is %d", tree.ErrTooLarge, len(body)+headerBytesMax, MaxCommandBytes)
	}
	return body, nil
}

func appendBody(dst []byte, conditions []Condition, operations []Operation) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(conditions)))
	for _, condition := range conditions {
		dst = appendCondition(dst, condition)
	}
	dst = binary.AppendUvarint(dst, uint64(len(operations)))
	for _, operation := range operations {
		dst = appendOperation(dst, operation)
	}
	return dst
}

func appendCondition(dst []byte, c Condition) []byte {
	dst = append(dst, byte(c.Kind))
	dst = tree.AppendPath(dst, c.Path)
	switch c.Kind {
	case CondUnmodified:
		dst = binary.AppendUvarint(dst, c.Revision)
	case CondEquals:
		dst = tree.AppendValue(dst, c.Value)
	}
	return dst
}

func appendOperation(dst []byte, o Operation) []byte {
	dst = append(dst, byte(o.Kind))
	dst = tree.AppendPath(dst, o.Path)
	if o.Kind.carriesValue() {
		dst = tree.AppendValue(dst, o.Value)
	}
	return dst
}

// headerBytesMax is the greatest size of a command without its body.
const headerBytesMax = 2 + 3*binary.MaxVarintLen64

// AppendCommand appends the encoded command to dst. The body comes from
// EncodeBody, and is empty for KindOpenSession.
func AppendCommand(dst []byte, kind Kind, header Header, body []byte) []byte {
	dst = append(dst, byte(kind), commandVersion)
	dst = binary.AppendUvarint(dst, header.Session)
	dst = binary.AppendUvarint(dst, header.Sequence)
	dst = binary.AppendUvarint(dst, header.Floor)
	return append(dst, body...)
}

// CheckKind reports whether this build can apply the encoded command: an
// error wraps tree.ErrVersion, or tree.ErrInvalid if it is too short for a kind. A leader asks before it proposes a command
// that another instance has encoded, since an unknown one stops every replica.
func CheckKind(command []byte) error {
	if len(command) < 2 {
		return fmt.Errorf("%w: a command of %d bytes has no kind and version", tree.ErrInvalid, len(command))
	}
	kind, version := Kind(command[0]), command[1]
	if kind != KindOpenSession && kind != KindApply {
		return fmt.Errorf("%w: command kind %d", tree.ErrVersion, kind)
	}
	if version != commandVersion {
		return fmt.Errorf("%w: command kind %d in version %d", tree.ErrVersion, kind, version)
	}
	return nil
}

// DecodeCommand is the inverse of AppendCommand. It never panics; an error
// wraps tree.ErrVersion, tree.ErrCorrupt, tree.ErrInvalid or tree.ErrTooLarge.
// The command shares no memory with data.
func DecodeCommand(data []byte) (Command, error) {
	if err := CheckKind(data); err != nil {
		return Command{}, err
	}
	if len(data) > MaxCommandBytes {
		return Command{}, fmt.Errorf("%w: a command of %d bytes, the limit is %d", tree.ErrTooLarge, len(data), MaxCommandBytes)
	}
	command := Command{Kind: Kind(data[0])}
	d := decoder{rest: data[2:]}
	command.Header = Header{Session: d.uvarint(), Sequence: d.uvarint(), Floor: d.uvarint()}
	if command.Kind == KindApply {
		command.Conditions = decodeList(&d, MaxOperations, decodeCondition)
		command.Operations = decodeList(&d, MaxOperations, decodeOperation)
	}
	if err := d.end(); err != nil {
		return Command{}, fmt.Errorf("command: %w", err)
	}
	return command, command.Validate()
}

func decodeCondition(d *decoder) Condition {
	c := Condition{Kind: ConditionKind(d.byte()), Path: d.path()}
	switch c.Kind {
	case CondUnmodified:
		c.Revision = d.uvarint()
	case CondEquals:
		c.Value = d.value()
	}
	return c
}

func decodeOperation(d *decoder) Operation {
	o := Operation{Kind: OperationKind(d.byte()), Path: d.path()}
	if o.Kind.carriesValue() {
		o.Value = d.value()
	}
	return o
}
