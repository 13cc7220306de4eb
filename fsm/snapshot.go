package fsm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// A snapshot is
//
//	magic     8 bytes "gstate\x00\x01", the last one is the version
//	          of everything before the tree
//	length    4 bytes, little endian: of the section
//	checksum  4 bytes, little endian: CRC-32C of the section
//	section   index, term, clock, number of the session opened last, count of
//	          the sessions, all as uvarints; then the sessions by number
//	tree      tree.Encode, which has its own checksums
//	lives     the same of the tree of lives
//
// and nothing after it. A session is its number, the index and the time of its
// last use, its floor and the count of its slots, as uvarints; then the slots,
// each 0 or a 1 that an answer follows.
const (
	snapshotMagic   = "gstate\x00"
	snapshotVersion = 1
)

// Snapshot implements raft.FSM. It takes constant time for the tree, which is
// immutable, and time for the number of sessions. A stopped machine refuses,
// so that its snapshot can never replace a good one.
func (m *Machine) Snapshot() (raft.FSMSnapshot, error) {
	state := m.State()
	if state.Err != nil {
		return nil, state.Err
	}
	return &snapshot{state: state, sessions: m.sessions.freeze()}, nil
}

// snapshot is one moment of the machine, on its way to a file.
type snapshot struct {
	state    State
	sessions frozenSessions
}

// Persist implements raft.FSMSnapshot: it streams, beside running applies.
func (s *snapshot) Persist(sink raft.SnapshotSink) error {
	if err := s.write(sink); err != nil {
		return errors.Join(fmt.Errorf("writing snapshot of entry %d: %w", s.state.Index, err), sink.Cancel())
	}
	return sink.Close()
}

// Release implements raft.FSMSnapshot. What a snapshot holds is garbage
// collected with it.
func (s *snapshot) Release() {}

func (s *snapshot) write(w io.Writer) error {
	if _, err := w.Write(s.head()); err != nil {
		return err
	}
	if err := s.state.Tree.Encode(w); err != nil {
		return err
	}
	return s.state.Lives.Encode(w)
}

// head returns everything before the tree.
func (s *snapshot) head() []byte {
	section := binary.AppendUvarint(nil, s.state.Index)
	section = binary.AppendUvarint(section, s.state.Term)
	section = binary.AppendUvarint(section, s.state.Clock)
	section = s.sessions.append(section)
	return sealSection(section)
}

// sealSection returns the section behind the header that tells its version,
// length and checksum.
func sealSection(section []byte) []byte {
	head := append([]byte(snapshotMagic), snapshotVersion)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(section)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(section, castagnoli))
	return append(head, section...)
}

// ErrOlder: see Machine.Restore.
var ErrOlder = errors.New("the snapshot is older than the state")

// Restore implements raft.FSM: it builds a new tree beside the present one
// and swaps it in when all of it is verified. On an error nothing changes. A
// stopped machine works again after it, since nothing of it is left.
//
// A snapshot that ends before what this machine has applied is refused with
// ErrOlder: what readers have seen never goes back.
func (m *Machine) Restore(source io.ReadCloser) error {
	defer source.Close()
	state, sessions, err := readSnapshot(source)
	if err != nil {
		return err
	}
	if now := m.State(); now.Err == nil && state.Index < now.Index {
		return fmt.Errorf("%w: it ends with entry %d, and %d is applied", ErrOlder, state.Index, now.Index)
	}
	m.sessions = sessions
	m.store(state)
	return nil
}

// VerifySnapshot reads a snapshot to its end and returns the index, the term
// and the tree of it. An error wraps tree.ErrCorrupt or tree.ErrVersion, or is
// that of source.
func VerifySnapshot(source io.Reader) (State, error) {
	state, _, err := readSnapshot(source)
	return state, err
}

func readSnapshot(source io.Reader) (State, *sessionTable, error) {
	state, sessions, err := readHead(source)
	if err != nil {
		return State{}, nil, fmt.Errorf("snapshot: %w", err)
	}
	if state.Tree, err = tree.Decode(source); err != nil {
		return State{}, nil, fmt.Errorf("snapshot: %w", err)
	}
	if state.Lives, err = tree.Decode(source); err != nil {
		return State{}, nil, fmt.Errorf("snapshot: lives: %w", err)
	}
	if err := expectEnd(source); err != nil {
		return State{}, nil, fmt.Errorf("snapshot: after the lives: %w", err)
	}
	return state, sessions, nil
}

// snapshotFixedBytes is the size of what stands before the section.
const snapshotFixedBytes = len(snapshotMagic) + 1 + 4 + 4

func readHead(r io.Reader) (State, *sessionTable, error) {
	var fixed [snapshotFixedBytes]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return State{}, nil, fmt.Errorf("header: %w", shortRead(err))
	}
	if string(fixed[:len(snapshotMagic)]) != snapshotMagic {
		return State{}, nil, fmt.Errorf("%w: it does not begin as a snapshot", tree.ErrCorrupt)
	}
	if version := fixed[len(snapshotMagic)]; version != snapshotVersion {
		return State{}, nil, fmt.Errorf("%w: snapshot version %d", tree.ErrVersion, version)
	}
	sizes := fixed[len(snapshotMagic)+1:]
	section, err := readSection(r, binary.LittleEndian.Uint32(sizes), binary.LittleEndian.Uint32(sizes[4:]))
	if err != nil {
		return State{}, nil, fmt.Errorf("sessions: %w", err)
	}
	d := decoder{rest: section}
	state := State{Index: d.uvarint(), Term: d.uvarint(), Clock: d.uvarint()}
	sessions := decodeSessions(&d, state.Clock)
	if err := d.end(); err != nil {
		return State{}, nil, fmt.Errorf("sessions: %w", err)
	}
	return state, sessions, nil
}

// readSection reads the section before the tree. It takes memory as bytes
// arrive, so that a false length costs no more than the file has.
func readSection(r io.Reader, size, checksum uint32) ([]byte, error) {
	section, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, err
	}
	if uint32(len(section)) != size {
		return nil, errShort
	}
	if crc32.Checksum(section, castagnoli) != checksum {
		return nil, fmt.Errorf("%w: the checksum of %d bytes is wrong", tree.ErrCorrupt, size)
	}
	return section, nil
}

func expectEnd(r io.Reader) error {
	var next [1]byte
	switch _, err := io.ReadFull(r, next[:]); err {
	case io.EOF:
		return nil
	case nil:
		return fmt.Errorf("%w: bytes too many", tree.ErrCorrupt)
	default:
		return err
	}
}

// shortRead returns errShort for the end of the source, and any other error
// as it is: a disk that cannot be read does not make its file corrupt.
func shortRead(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errShort
	}
	return err
}
