//go:build !purego

#include "go_asm.h"
#include "textflag.h"

#define multiplier $const_multiplier
#define hashShift $(32-const_tableBits)

// func encodeAsm(dst *byte, src *block, n int, table *[1 << tableBits]uint16) (encoded, done int)
//
// Registers: DI is the output position, SI src, R8 table, R9 s, DX from, R12 step; R11 and R13 are
// the masks of pays.
TEXT ·encodeAsm(SB), NOSPLIT, $16-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), AX
	MOVQ table+24(FP), R8
	SUBQ $const_tailBytes, AX
	MOVQ AX, limit-8(SP)
	MOVQ $0, done-16(SP)
	MOVL $0xffffffff, R11
	MOVQ $0xffffffffff, R13
	MOVL $1, R9

search:
	MOVL $64, R12

probe:
	CMPQ R9, limit-8(SP)
	JGT  rest
	MOVQ (SI)(R9*1), AX
	MOVQ AX, R14
	SHRQ $8, R14

	// BX and CX: both indexes into the table. DX and R15: the positions there.
	IMUL3L  multiplier, AX, BX
	IMUL3L  multiplier, R14, CX
	SHRL    hashShift, BX
	SHRL    hashShift, CX
	MOVWLZX (R8)(BX*2), DX
	MOVWLZX (R8)(CX*2), R15
	MOVW    R9, (R8)(BX*2)
	LEAL    1(R9), BX
	MOVW    BX, (R8)(CX*2)

	// Check whether a copy pays at s or at s+1.
	XORQ    (SI)(DX*1), AX
	MOVL    R9, CX
	SUBL    DX, CX
	MOVQ    R11, R10
	CMPL    CX, $const_nearBytes
	CMOVQCC R13, R10
	TESTQ   R10, AX
	JEQ     found
	XORQ    (SI)(R15*1), R14
	MOVL    BX, CX
	SUBL    R15, CX
	MOVQ    R11, R10
	CMPL    CX, $const_nearBytes
	CMOVQCC R13, R10
	TESTQ   R10, R14
	JEQ     foundNext

	MOVL R12, CX
	SHRL $5, CX
	ADDQ CX, R9
	INCL R12
	JMP  probe

foundNext:
	MOVL BX, R9
	MOVL R15, DX

found:
	MOVQ done-16(SP), BX

back:
	CMPQ    R9, BX
	JLE     literal
	TESTL   DX, DX
	JEQ     literal
	MOVBLZX -1(SI)(R9*1), AX
	MOVBLZX -1(SI)(DX*1), CX
	CMPL    AX, CX
	JNE     literal
	DECQ    R9
	DECL    DX
	JMP     back

literal:
	// A literal: src[BX:R9], AX bytes.
	MOVL R9, AX
	SUBL BX, AX
	JEQ  copied
	ADDQ SI, BX
	CMPL AX, $60
	JHI  long
	LEAL -4(AX*4), CX
	MOVB CX, (DI)

	// Copying more bytes than there are is faster.
	MOVOU (BX), X0
	MOVOU 16(BX), X1
	MOVOU 32(BX), X2
	MOVOU 48(BX), X3
	MOVOU X0, 1(DI)
	MOVOU X1, 17(DI)
	MOVOU X2, 33(DI)
	MOVOU X3, 49(DI)
	LEAQ  1(DI)(AX*1), DI
	JMP   copied

long:
	LEAL -1(AX), CX
	CMPL AX, $256
	JHI  longer
	MOVB $0xf0, (DI)
	MOVB CX, 1(DI)
	ADDQ $2, DI
	JMP  move

longer:
	MOVB $0xf4, (DI)
	MOVW CX, 1(DI)
	ADDQ $3, DI

move:
	LEAQ (DI)(AX*1), CX

moveOn:
	MOVOU (BX), X0
	MOVOU 16(BX), X1
	MOVOU 32(BX), X2
	MOVOU 48(BX), X3
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	MOVOU X2, 32(DI)
	MOVOU X3, 48(DI)
	ADDQ  $64, BX
	ADDQ  $64, DI
	SUBL  $64, AX
	JHI   moveOn
	MOVQ  CX, DI

copied:
	// R15: the distance. BX: the end of the repetition.
	MOVL R9, R15
	SUBL DX, R15
	LEAQ 4(R9), BX
	ADDQ $4, DX
	MOVQ n+16(FP), R10
	LEAQ -8(R10), R14

repetition:
	CMPQ BX, R14
	JGT  tail
	MOVQ (SI)(BX*1), AX
	XORQ (SI)(DX*1), AX
	JNE  differing
	ADDQ $8, BX
	ADDQ $8, DX
	JMP  repetition

differing:
	BSFQ AX, AX
	SHRL $3, AX
	ADDQ AX, BX
	JMP  copies

tail:
	CMPQ    BX, R10
	JGE     copies
	MOVBLZX (SI)(BX*1), AX
	MOVBLZX (SI)(DX*1), CX
	CMPL    AX, CX
	JNE     copies
	INCQ    BX
	INCQ    DX
	JMP     tail

copies:
	// AX: the length.
	MOVL BX, AX
	SUBL R9, AX
	MOVQ BX, R9
	MOVQ BX, done-16(SP)

	// Compute the copy of two bytes in DX and the copy of three in CX, as far as they depend on the
	// distance. A branch between them would be unpredictable.
	MOVL R15, CX
	SHLL $8, CX
	MOVL R15, BX
	SHRL $8, BX
	SHLL $5, BX
	MOVBLZX R15, DX
	SHLL $8, DX
	ORL  BX, DX

over64:
	CMPL AX, $64
	JLS  lastCopy
	MOVL $64, BX
	MOVL $60, R10
	CMPL AX, $68
	CMOVLCS R10, BX
	SUBL BX, AX
	LEAL -2(BX*4), BX
	ORL  CX, BX
	MOVL BX, (DI)
	ADDQ $3, DI
	JMP  over64

lastCopy:
	LEAL    -2(AX*4), BX
	ORL     BX, CX
	LEAL    -15(AX*4), BX
	ORL     BX, DX
	CMPL    R15, $const_nearBytes
	SETCC   BX
	CMOVLCC CX, DX
	CMPL    AX, $12
	SETCC   R10
	CMOVLCC CX, DX
	ORL     R10, BX
	MOVBLZX BX, BX
	MOVL    DX, (DI)
	LEAQ    2(DI)(BX*1), DI

	CMPQ R9, limit-8(SP)
	JGT  rest
	MOVQ -2(SI)(R9*1), AX
	MOVQ AX, R14
	SHRQ $8, R14

	IMUL3L  multiplier, AX, BX
	IMUL3L  multiplier, R14, CX
	SHRQ    $16, AX
	IMUL3L  multiplier, AX, R10
	SHRL    hashShift, BX
	SHRL    hashShift, CX
	SHRL    hashShift, R10
	LEAL    -2(R9), R14
	MOVW    R14, (R8)(BX*2)
	INCL    R14
	MOVW    R14, (R8)(CX*2)
	MOVWLZX (R8)(R10*2), DX
	MOVW    R9, (R8)(R10*2)
	CMPL    AX, (SI)(DX*1)
	JEQ     copied
	INCQ    R9
	JMP     search

rest:
	SUBQ dst+0(FP), DI
	MOVQ DI, encoded+32(FP)
	MOVQ done-16(SP), AX
	MOVQ AX, done+40(FP)
	RET
