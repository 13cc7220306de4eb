package cluster

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/hashicorp/raft"
)

// The engine's stores keep what they are given without a checksum. A disk that
// flips a bit of an entry's type or term, or of a vote, would make this member
// differ from the others, or vote twice, in silence. So each entry and each
// value is sealed: a CRC-32C goes with it and is checked whenever it is read.

const sealBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealedEntry returns an entry as it is stored: the checksum of all that it
// means is in Extensions, a field that the engine leaves to others. The
// original, which goes to followers, stays as it is.
func sealedEntry(entry *raft.Log) *raft.Log {
	sealed := *entry
	sealed.Extensions = sumEntry(entry)
	return &sealed
}

// unsealEntry checks the entry that was read for an index, and takes the
// checksum off.
func unsealEntry(index uint64, entry *raft.Log) error {
	if entry.Index != index {
		return fmt.Errorf("%w: entry %d says that it is entry %d", ErrCorrupt, index, entry.Index)
	}
	if !bytes.Equal(entry.Extensions, sumEntry(entry)) {
		return fmt.Errorf("%w: the checksum of entry %d is wrong", ErrCorrupt, entry.Index)
	}
	entry.Extensions = nil
	return nil
}

func sumEntry(entry *raft.Log) []byte {
	head := binary.LittleEndian.AppendUint64(nil, entry.Index)
	head = binary.LittleEndian.AppendUint64(head, entry.Term)
	head = append(head, byte(entry.Type))
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, entry.Data)
	return binary.LittleEndian.AppendUint32(nil, sum)
}

// sealedValue returns a value as it is stored under a key: with the checksum of
// both before it.
func sealedValue(key, value []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	return append(binary.LittleEndian.AppendUint32(nil, sum), value...)
}

// unsealValue is the inverse of sealedValue.
func unsealValue(key, sealed []byte) ([]byte, error) {
	if len(sealed) < sealBytes || !bytes.Equal(sealed, sealedValue(key, sealed[sealBytes:])) {
		return nil, fmt.Errorf("%w: the checksum of %s is wrong", ErrCorrupt, key)
	}
	return sealed[sealBytes:], nil
}
