/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a kernel on bare metal: loaded at ITCM 0. Calls run(), leaves its result in r0 and waits
   for an interrupt that does not come. */
    .section .start, "ax"
    .arm
    .global _start
_start:
    b go
    .rept 7
    b .
    .endr
go:
    ldr sp, =0x00410000
    bl run
halt:
    mcr p15, 0, r0, c7, c0, 4
    b halt
