package fsm

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"example.com/gstate/tree"
)

// An entry is what one Raft log slot carries: a batch of commands.
//
//	version   1 byte
//	checksum  4 bytes, little endian: CRC-32C of everything after it
//	count     uvarint
//	commands  count times: length as uvarint, then the command
//
// The checksum is ours because the log store has none: without it a flipped
// bit on one disk would make that replica differ in silence.
const (
	entryVersion     = 1
	entryHeaderBytes = 1 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// EncodeEntry packs encoded commands into one entry.
func EncodeEntry(commands [][]byte) []byte {
	size := entryHeaderBytes + binary.MaxVarintLen64
	for _, command := range commands {
		size += binary.MaxVarintLen64 + len(command)
	}
	entry := make([]byte, entryHeaderBytes, size)
	entry[0] = entryVersion
	entry = AppendList(entry, commands)
	binary.LittleEndian.PutUint32(entry[1:], crc32.Checksum(entry[entryHeaderBytes:], castagnoli))
	return entry
}

// DecodeEntry returns the encoded commands of an entry. They share its memory.
// An error wraps tree.ErrCorrupt or tree.ErrVersion.
func DecodeEntry(entry []byte) ([][]byte, error) {
	if len(entry) < entryHeaderBytes {
		return nil, fmt.Errorf("entry: %w", errShort)
	}
	if entry[0] != entryVersion {
		return nil, fmt.Errorf("%w: entry version %d", tree.ErrVersion, entry[0])
	}
	body := entry[entryHeaderBytes:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(entry[1:]) {
		return nil, fmt.Errorf("%w: the checksum of an entry of %d bytes is wrong", tree.ErrCorrupt, len(entry))
	}
	return DecodeList(body)
}

// AppendList appends a count and the encoded commands, each with its length
// before it, to dst. It is also the form in which they travel between
// instances.
func AppendList(dst []byte, commands [][]byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(commands)))
	for _, command := range commands {
		dst = binary.AppendUvarint(dst, uint64(len(command)))
		dst = append(dst, command...)
	}
	return dst
}

// DecodeList is the inverse of AppendList. The commands share data's memory. An
// error wraps tree.ErrCorrupt.
func DecodeList(data []byte) ([][]byte, error) {
	d := decoder{rest: data}
	commands := decodeList(&d, unlimited, func(d *decoder) []byte { return d.bytes(d.uvarint()) })
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("list of commands: %w", err)
	}
	return commands, nil
}
