/* SPDX-License-Identifier: Apache-2.0 */
/* The same kernel as a Linux program without a library, for qemu-arm: runs it REPEATS times and
   writes the last result, four bytes, to standard output. */
    .text
    .arm
    .global _start
_start:
    mov r4, #REPEATS
again:
    bl run
    subs r4, r4, #1
    bne again
    push {r0}
    mov r0, #1
    mov r1, sp
    mov r2, #4
    mov r7, #4
    svc #0
    mov r0, #0
    mov r7, #1
    svc #0
