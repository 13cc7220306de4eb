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
//	body     KindApply: the transaction (EncodeBody); KindTick: the elapsed
//	         milliseconds as uvarint; other kinds: nothing
//
// A list is a count as uvarint and its elements. A condition or an operation is
// its kind, 1 byte, its path by tree.AppendPath, and what the kind has beside:
// a revision as uvarint or a value by tree.AppendValue; CondResult, the length
// of its query as uvarint, the query in canonical JSON, and the sum; OpKeepWhile,
// the path of the keeper; OpOnLeave, a list of operations. A body is
// the list of conditions, that of operations, and the else branch: 0 for none,
// or 1 and a list of operations. Each command has one encoding; all others of
// it are refused.
//
// The header stands apart from the body so that a command is encoded once,
// where it is made: when a new session takes over, the header alone changes.

// EncodeBody returns the encoded form of a transaction. It checks it: the error
// wraps tree.ErrInvalid or tree.ErrTooLarge.
func EncodeBody(t Transaction) ([]byte, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	body := appendBody(nil, t)
	if len(body) > MaxCommandBytes-headerBytesMax {
		return nil, fmt.Errorf("%w: a command of %d bytes, the limit is %d", tree.ErrTooLarge, len(body)+headerBytesMax, MaxCommandBytes)
	}
	return body, nil
}

func appendBody(dst []byte, t Transaction) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(t.Conditions)))
	for _, condition := range t.Conditions {
		dst = appendCondition(dst, condition)
	}
	dst = appendOperations(dst, t.Operations)
	dst = append(dst, flagByte(t.HasElse))
	if t.HasElse {
		dst = appendOperations(dst, t.Else)
	}
	return dst
}

func appendCondition(dst []byte, c Condition) []byte {
	dst = append(dst, byte(c.Kind))
	dst = tree.AppendPath(dst, c.Path)
	switch {
	case c.Kind.CarriesRevision():
		dst = binary.AppendUvarint(dst, c.Revision)
	case c.Kind == CondEquals:
		dst = tree.AppendValue(dst, c.Value)
	case c.Kind == CondResult:
		query := c.Query.String()
		dst = binary.AppendUvarint(dst, uint64(len(query)))
		dst = append(append(dst, query...), c.Sum[:]...)
	}
	return dst
}

func appendOperations(dst []byte, operations []Operation) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(operations)))
	for _, o := range operations {
		dst = append(dst, byte(o.Kind))
		dst = tree.AppendPath(dst, o.Path)
		if o.Kind.CarriesValue() {
			dst = tree.AppendValue(dst, o.Value)
		}
		switch o.Kind {
		case OpKeepWhile:
			dst = tree.AppendPath(dst, o.Keeper)
		case OpOnLeave:
			dst = appendOperations(dst, o.Leave)
		}
	}
	return dst
}

// headerBytesMax is the greatest size of a command without its body.
const headerBytesMax = 2 + 3*binary.MaxVarintLen64

// AppendCommand appends the encoded command to dst. The body comes from
// EncodeBody, and is empty for other kinds; a tick is encoded by EncodeTick.
func AppendCommand(dst []byte, kind Kind, header Header, body []byte) []byte {
	dst = append(dst, byte(kind), commandVersion)
	dst = binary.AppendUvarint(dst, header.Session)
	dst = binary.AppendUvarint(dst, header.Sequence)
	dst = binary.AppendUvarint(dst, header.Floor)
	return append(dst, body...)
}

// EncodeTick returns a command that moves the replicated clock on.
func EncodeTick(elapsed uint64) []byte {
	return AppendCommand(nil, KindTick, Header{}, binary.AppendUvarint(nil, elapsed))
}

// Forwardable reports whether a leader may propose the encoded command for
// another instance. Time is not for others to tell: a member that has been
// replaced as the leader could end leases that it has no part in.
func Forwardable(command []byte) error {
	if len(command) > 0 && Kind(command[0]) == KindTick {
		return fmt.Errorf("%w: a tick of another member", tree.ErrInvalid)
	}
	return CheckKind(command)
}

// CheckKind reports whether this build can apply the encoded command: an error
// wraps tree.ErrVersion, or tree.ErrInvalid if it is too short for a kind. A
// leader asks before it proposes a command that another instance has encoded,
// since an unknown one stops every replica.
func CheckKind(command []byte) error {
	if len(command) < 2 {
		return fmt.Errorf("%w: a command of %d bytes has no kind and version", tree.ErrInvalid, len(command))
	}
	kind, version := Kind(command[0]), command[1]
	if kind < KindOpenSession || kind > kindLast {
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
	switch command.Kind {
	case KindApply:
		command.Transaction = decodeTransaction(&d)
	case KindTick:
		command.Elapsed = d.uvarint()
	}
	if err := d.end(); err != nil {
		return Command{}, fmt.Errorf("command: %w", err)
	}
	return command, command.Validate()
}

func decodeTransaction(d *decoder) Transaction {
	t := Transaction{
		Conditions: decodeList(d, MaxOperations, decodeCondition),
		Operations: decodeList(d, MaxOperations, decodeOperation),
		HasElse:    d.flag(),
	}
	if t.HasElse {
		t.Else = decodeList(d, MaxOperations, decodeOperation)
	}
	return t
}

func decodeCondition(d *decoder) Condition {
	c := Condition{Kind: ConditionKind(d.byte()), Path: d.path()}
	switch {
	case c.Kind.CarriesRevision():
		c.Revision = d.uvarint()
	case c.Kind == CondEquals:
		c.Value = d.value()
	case c.Kind == CondResult:
		c.Query = d.query()
		copy(c.Sum[:], d.bytes(uint64(len(c.Sum))))
	}
	return c
}

func decodeOperation(d *decoder) Operation {
	o := decodePlain(d)
	switch o.Kind {
	case OpKeepWhile:
		o.Keeper = d.path()
	case OpOnLeave:
		o.Leave = decodeList(d, MaxLeave, decodePlain)
	}
	return o
}

// decodePlain decodes an operation that is made when an item leaves: of other
// kinds it reads the beginning. So however they are nested, none is read.
func decodePlain(d *decoder) Operation {
	o := Operation{Kind: OperationKind(d.byte()), Path: d.path()}
	if o.Kind.CarriesValue() {
		o.Value = d.value()
	}
	return o
}
