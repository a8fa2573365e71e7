package scan

import (
	"encoding/binary"
	"math/bits"
)

// The functions of this file look at 8 bytes at a time (SIMD within a register). A mask has the top
// bit of each byte that matches. A false match can only follow a true one, so that the first match
// is always correct.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// endsString matches quotes, backslashes and control characters.
func endsString(w uint64) uint64 {
	backslash := w ^ '\\'*ones
	// Inverting bit 1 maps the quote (0x22) to 0x20, the space to 0x22 and control characters to
	// control characters, so that one comparison with 0x21 finds all.
	low := w ^ 2*ones
	return ((backslash-ones)&^backslash | (low-0x21*ones)&^low) & highs
}

// nonDigits matches the bytes of w that are not ASCII digits. t is w XOR "00000000".
func nonDigits(t uint64) uint64 { return ((t + 0x76*ones) | t) & highs }

// firstMatch returns the index of the first matching byte, or 8 if there is none.
func firstMatch(mask uint64) int { return bits.TrailingZeros64(mask) >> 3 }

// eightDigits returns the number whose digits are in t = w XOR "00000000", the most significant one
// in the lowest byte.
func eightDigits(t uint64) uint64 {
	t = t*10 + t>>8
	const mask = 0x000000FF000000FF
	return ((t&mask)*(100+1000000<<32) + (t>>16&mask)*(1+10000<<32)) >> 32
}

// leadingDigits returns the number that up to 8 digits at the start of b form, and how many digits
// there are.
func leadingDigits(b []byte) (value uint64, n int) {
	t := load64(b) ^ '0'*ones
	n = firstMatch(nonDigits(t))
	if n == 0 {
		return 0, 0
	}
	return eightDigits(t << (-8 * n & 63)), n
}
