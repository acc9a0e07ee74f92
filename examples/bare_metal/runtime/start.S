// SPDX-License-Identifier: Apache-2.0
// Exception vectors, entry and run-time errors. Everything here is ARM code at the bottom of the ITCM.
    .syntax unified
    .arm

    .equ MODE_FIQ, 0x11
    .equ MODE_IRQ, 0x12
    .equ MODE_SUPERVISOR, 0x13
    .equ MODE_SYSTEM, 0x1f
    .equ THUMB, 0x20
    .equ NO_FIQ, 0x40
    .equ NO_INTERRUPTS, 0xc0

    .equ IRQ_STACK_BYTES, 1024

    // CP15 control: alignment faults, DTCM, write buffer and ITCM on, vectors at 0; the others should be one.
    .equ CP15_CONTROL, 0x00001f7e

    .equ DMA_STATUS, 0x30000014
    .equ VIC_DISABLE, 0x1f000014
    .equ VIRTUAL_OF_PHYSICAL, 0xf5007f94
    .equ VCPU_BASE, 0xe5007000
    .equ STATE_RUN_TIME_ERROR, 2

    .section .vectors, "ax"
    .global vectors
vectors:
    ldr pc, reset_target
    ldr pc, undefined_target
    ldr pc, supervisor_call_target
    ldr pc, prefetch_abort_target
    ldr pc, data_abort_target
    b .
    ldr pc, [pc, #-0xff0]           // the handler's address, from the interrupt controller at 0xfffff030
    ldr pc, fiq_target

reset_target:           .word enter
undefined_target:       .word undefined
supervisor_call_target: .word supervisor_call
prefetch_abort_target:  .word prefetch_abort
data_abort_target:      .word data_abort
fiq_target:             .word fiq

// The loader comes here through the reset vector, in supervisor mode, interrupts off, with
// r0 = application flags << 8 | application number.
enter:
    ldr r1, =branch_through_zero    // whoever comes to address 0 from now on has lost his way
    ldr r2, =reset_target
    str r1, [r2]
    ldr r1, =CP15_CONTROL
    mcr p15, 0, r1, c1, c0, 0
    ldr r1, =stack_top
    msr cpsr_c, #(MODE_IRQ | NO_INTERRUPTS)
    mov sp, r1
    msr cpsr_c, #(MODE_SYSTEM | NO_INTERRUPTS)
    sub sp, r1, #IRQ_STACK_BYTES
    bl runtime_start                // r0 passes through
    msr cpsr_c, #(MODE_SYSTEM | NO_FIQ)
    bl runtime_wait_for_start
    bl c_main
    bl runtime_end
asleep:
    mcr p15, 0, r0, c7, c0, 4       // wait for interrupt
    b asleep

// ---- Run-time errors: r0-r7, status, stack and link register go into the vcpu block, then the core sleeps ----
    .macro EXCEPTION name, error
\name:
    mov r11, #\error
    b exception
    .endm

    EXCEPTION undefined, 2
    EXCEPTION supervisor_call, 3
    EXCEPTION prefetch_abort, 4
    EXCEPTION data_abort, 5
    EXCEPTION fiq, 7
    EXCEPTION unexpected_interrupt, 8
    .global unexpected_interrupt

exception:
    mov r10, lr                     // where the exception would return to
    mrs r8, spsr
    bic r9, r8, #THUMB
    orr r9, r9, #NO_INTERRUPTS
    msr cpsr_c, r9                  // back to the mode that failed, for its stack pointer
    mov r9, sp
    b report

branch_through_zero:
    mov r0, #1
    // falls through

// void fail(RunTimeError error): no mode has changed.
    .global fail
    .type fail, %function
fail:
    mov r11, r0
    mov r10, lr
    mrs r8, cpsr
    mov r9, sp

// r8 status, r9 stack pointer, r10 link register, r11 error. Uses nothing that a stray store could have hit.
report:
    msr cpsr_c, #(MODE_SUPERVISOR | NO_INTERRUPTS)
    ldr r12, =DMA_STATUS
    ldr r12, [r12]
    ldr lr, =VIRTUAL_OF_PHYSICAL
    ldrb r12, [lr, r12, lsr #24]
    ldr lr, =VCPU_BASE
    add r12, lr, r12, lsl #7
    stm r12, {r0-r10}
    strb r11, [r12, #44]
    mov r0, #STATE_RUN_TIME_ERROR
    strb r0, [r12, #46]
    ldr r0, =VIC_DISABLE
    mvn r1, #0
    str r1, [r0]
    b asleep
    .ltorg

// ---- Interrupts on and off -----------------------------------------------------------------------------------
    .global interrupts_off
    .type interrupts_off, %function
interrupts_off:
    mrs r0, cpsr
    orr r1, r0, #NO_INTERRUPTS
    msr cpsr_c, r1
    bx lr

    .global interrupts_restore
    .type interrupts_restore, %function
interrupts_restore:
    msr cpsr_c, r0
    bx lr

// Returns when an enabled interrupt is raised, masked or not.
    .global wait_for_interrupt
    .type wait_for_interrupt, %function
wait_for_interrupt:
    mcr p15, 0, r0, c7, c0, 4
    bx lr
