//go:build !purego

#include "textflag.h"

DATA twos<>+0(SB)/8, $0x0202020202020202
DATA twos<>+8(SB)/8, $0x0202020202020202
GLOBL twos<>(SB), RODATA|NOPTR, $16

DATA spaces<>+0(SB)/8, $0x2020202020202020
DATA spaces<>+8(SB)/8, $0x2020202020202020
GLOBL spaces<>(SB), RODATA|NOPTR, $16

DATA backslashes<>+0(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA backslashes<>+8(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL backslashes<>(SB), RODATA|NOPTR, $16

// func copyPlainAsm(dst, src *byte, room int) (n int, high uint32)
TEXT ·copyPlainAsm(SB), NOSPLIT, $0-36
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  room+16(FP), CX
	MOVOU twos<>(SB), X5
	MOVOU spaces<>(SB), X6
	MOVOU backslashes<>(SB), X7
	XORL  DX, DX
	XORL  R8, R8

next:
	MOVOU (SI)(DX*1), X0
	MOVOU 16(SI)(DX*1), X1
	MOVOU X0, (DI)(DX*1)
	MOVOU X1, 16(DI)(DX*1)

	// R9: the bytes that are not ASCII.
	PMOVMSKB X0, R9
	PMOVMSKB X1, R10
	SHLL     $16, R10
	ORL      R10, R9

	// AX: the bytes that end a string. As in endsString, inverting bit 1 makes quotes and control
	// characters at most 0x20.
	MOVO     X0, X2
	MOVO     X1, X3
	PXOR     X5, X2
	PXOR     X5, X3
	PCMPEQB  X7, X0
	PCMPEQB  X7, X1
	MOVO     X2, X4
	PMINUB   X6, X4
	PCMPEQB  X2, X4
	MOVO     X3, X8
	PMINUB   X6, X8
	PCMPEQB  X3, X8
	POR      X4, X0
	POR      X8, X1
	PMOVMSKB X0, AX
	PMOVMSKB X1, BX
	SHLL     $16, BX
	ORL      BX, AX
	JNE      end

	ORL  R9, R8
	ADDQ $32, DX
	CMPQ DX, CX
	JLT  next
	MOVQ DX, n+24(FP)
	MOVL R8, high+32(FP)
	RET

end:
	BSFL AX, BX
	ADDQ BX, DX
	LEAL -1(AX), BX
	XORL AX, BX      // up to the end
	ANDL BX, R9
	ORL  R9, R8
	MOVQ DX, n+24(FP)
	MOVL R8, high+32(FP)
	RET
