package scan

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at a time (SIMD within a register): the masks below have the top bit set in each byte that matches. A false
// match can only stand behind a true one, so the first match is always right.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// endsString matches quotes, backslashes and control characters: what a plain string cannot hold.
func endsString(w uint64) uint64 {
	backslash := w ^ '\\'*ones
	// Flipping 2 maps the quote (0x22) to 0x20, the space to 0x22 and controls to controls: one test for below 0x21.
	low := w ^ 2*ones
	return ((backslash-ones)&^backslash | (low-0x21*ones)&^low) & highs
}

// nonDigits matches bytes that are not ASCII digits in w XOR "00000000".
func nonDigits(t uint64) uint64 { return ((t + 0x76*ones) | t) & highs }

// firstMatch is the index of the first matching byte; 8 if there is none.
func firstMatch(mask uint64) int { return bits.TrailingZeros64(mask) >> 3 }

// eightDigits evaluates the digits in t = w XOR "00000000", the most significant in the lowest byte.
func eightDigits(t uint64) uint64 {
	t = t*10 + t>>8
	const mask = 0x000000FF000000FF
	return ((t&mask)*(100+1000000<<32) + (t>>16&mask)*(1+10000<<32)) >> 32
}

// leadingDigits evaluates up to 8 digits at the start of b and returns how many there are.
func leadingDigits(b []byte) (value uint64, n int) {
	t := load64(b) ^ '0'*ones
	n = firstMatch(nonDigits(t))
	if n == 0 {
		return 0, 0
	}
	return eightDigits(t << (-8 * n & 63)), n
}
