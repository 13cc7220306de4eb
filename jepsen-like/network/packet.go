package network

import (
	"encoding/binary"
	"net/netip"
)

// The parts of an IPv4 header that a switch looks at or changes.
const (
	headerBytes       = 20
	lengthOffset      = 2
	protocolOffset    = 9
	ipSumOffset       = 10
	sourceOffset      = 12
	destinationOffset = 16
	protocolTCP       = 6
)

// The parts of a TCP header, which comes after that, for reset.
const (
	tcpBytes       = 20
	tcpSizeOffset  = 12
	tcpFlagsOffset = 13
	tcpSumOffset   = 16
	flagSYN        = 0x02
	flagRST        = 0x04
	flagACK        = 0x10
)

// destination returns where an IPv4 packet goes. It is the zero address for
// anything else: a node's kernel also sends some IPv6, which nobody listens to.
func destination(packet []byte) netip.Addr {
	if len(packet) < headerBytes || packet[0]>>4 != 4 {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte(packet[destinationOffset:]))
}

// headerOf returns how long the IPv4 header of a packet is.
func headerOf(packet []byte) int { return int(packet[0]&0xf) * 4 }

// flip changes one bit behind the header: that of the packet's own protocol,
// whose checksum covers it. A packet without anything there stays as it is.
func flip(packet []byte, bit int) {
	if headerOf(packet) >= len(packet) {
		return
	}
	body := packet[headerOf(packet):]
	bit %= len(body) * 8
	body[bit/8] ^= 1 << (bit % 8)
}

// reset turns a TCP packet into one that ends its connection: it has the
// packet's own sequence number, which the receiver waits for, and nothing else.
// Packets that open a connection and those of other protocols stay as they are.
func reset(packet []byte) []byte {
	header := headerOf(packet)
	if packet[protocolOffset] != protocolTCP || len(packet) < header+tcpBytes {
		return packet
	}
	tcp := packet[header : header+tcpBytes]
	if tcp[tcpFlagsOffset]&flagSYN != 0 {
		return packet
	}
	tcp[tcpSizeOffset] = tcpBytes / 4 << 4
	tcp[tcpFlagsOffset] = flagRST | flagACK
	packet = packet[:header+tcpBytes]
	binary.BigEndian.PutUint16(packet[lengthOffset:], uint16(len(packet)))
	setSum(packet[:header], ipSumOffset, 0)
	addresses := packet[sourceOffset : destinationOffset+4]
	setSum(tcp, tcpSumOffset, sum(addresses)+protocolTCP+tcpBytes)
	return packet
}

// setSum writes the Internet checksum of the bytes, and of what else is summed
// up already, at the offset.
func setSum(bytes []byte, offset int, other uint32) {
	field := bytes[offset:]
	binary.BigEndian.PutUint16(field, 0)
	total := other + sum(bytes)
	for total>>16 != 0 {
		total = total&0xffff + total>>16
	}
	binary.BigEndian.PutUint16(field, ^uint16(total))
}

// sum adds up an even number of bytes as 16-bit numbers.
func sum(bytes []byte) uint32 {
	var total uint32
	for i := 0; i < len(bytes); i += 2 {
		total += uint32(binary.BigEndian.Uint16(bytes[i:]))
	}
	return total
}
