// SPDX-License-Identifier: Apache-2.0
// Between the runtime's own files.
#pragma once

#include "runtime.h"

extern const char program_name[16];

/// Handlers are C functions in ARM code, entered by the IRQ vector. They run to their end
/// undisturbed.
#define INTERRUPT_HANDLER __attribute__((interrupt("IRQ"))) void

/// The service of the present interrupt is over.
static inline void interrupt_done(void) { VIC_VECTOR = 0; }

enum Slot { kSlotPacket, kSlotTick, kSlotMailbox };  // the first is served first
void interrupt_on(enum Slot slot, uint32_t source, void (*handler)(void));

void wait_for_interrupt(void);    // start.S
void unexpected_interrupt(void);  // start.S

/// For handlers: interrupts are off. False when the queue is full.
bool put_event(Event event);
void tick_taken(uint32_t tick);

uint32_t lock_take(
    uint32_t lock);  ///< interrupts are off until it is freed; gives the status to restore
void lock_free(uint32_t lock, uint32_t status);

void mailbox_start(void);
bool started(void);  ///< the start signal has come

uint32_t string_length(const char* text);
void copy_words(void* to, const void* from, uint32_t bytes);
