// SPDX-License-Identifier: Apache-2.0
// A small runtime for programs on one SpiNNaker core: events, messages, packets, a tick, printing.
//
// A program defines `void c_main(void)` and names itself with PROGRAM("name"). It is entered in
// system mode with interrupts on, after the start signal where the loader asked for one; when it
// returns the core goes to the state EXIT and sleeps. Exceptions stop the core with its registers
// in the vcpu block, state RTE.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "chip.h"

/// The name (at most 15 characters) that the host's tools show for the core.
#define PROGRAM(name) const char program_name[16] = name

void c_main(void);

// ---- Who am I
// --------------------------------------------------------------------------------------------
uint32_t core_number(void);  ///< virtual: 1..17
uint32_t chip_x(void);
uint32_t chip_y(void);
uint32_t app_number(void);
Vcpu* own_vcpu(void);
void set_state(CoreState state);

/// Ends the program with this error; registers are those of the caller.
void fail(RunTimeError error) __attribute__((noreturn));

// ---- Events
// ----------------------------------------------------------------------------------------------
typedef enum EventKind { kEventTick, kEventPacket, kEventMessage, kEventSignal } EventKind;

typedef struct Event {
    EventKind kind;
    /// Tick: its number from 1. Packet: the key. Message: its address as SdpMessage *. Signal: its
    /// number.
    uint32_t value;
    uint32_t payload;  ///< of a packet
    bool has_payload;
} Event;

/// The oldest event; false where there is none.
bool poll_event(Event* event);
/// Sleeps until an interrupt comes, unless an event waits already. May come back without an event.
void sleep_for_event(void);
/// The oldest event; sleeps until there is one.
Event next_event(void);
/// Events that found the queue full (it holds 127) and were lost.
uint32_t lost_events(void);

uint32_t interrupts_off(void);  ///< gives the former status register
void interrupts_restore(uint32_t status);

// ---- Tick
// ------------------------------------------------------------------------------------------------
void tick_start(uint32_t period_us);  ///< ticks are counted from 1
void tick_stop(void);
uint32_t late_ticks(void);  ///< ticks that came before the one before had been taken from the queue

// ---- Multicast packets
// -------------------------------------------------------------------------------------
void packets_listen(void);  ///< received packets become events from now on
void send_packet(uint32_t key);
void send_packet_with_payload(uint32_t key, uint32_t payload);

// ---- Messages (SDP)
// ----------------------------------------------------------------------------------------
/// Copies the message into a shared buffer and hands it to the monitor; false when neither the
/// mailbox nor a buffer became free within 10 ms. Port 0 of the core is answered by the runtime
/// (version, read, write, fill).
bool send_message(const SdpMessage* message);
/// Sends the message back to where it came from, with `bytes` behind SDP's header; `command` is the
/// code.
bool reply(SdpMessage* message, uint16_t code, uint32_t bytes);
/// Gives the message of a kEventMessage back to the runtime, which has four.
void release_message(SdpMessage* message);

// ---- Barriers
// ----------------------------------------------------------------------------------------------
/// Shows the state SYNC0 or SYNC1, in turns; the barrier opens with the host's signal of that name.
void barrier_close(void);
bool barrier_open(void);

// ---- Printing to IOBUF
// ---------------------------------------------------------------------------------------
/// %c %s %d %u %x %%, with a width and leading zeros ("%08x"). A line is visible to the host at its
/// end.
void print(const char* format, ...) __attribute__((format(printf, 1, 2)));
void print_clear(void);  ///< forgets what was printed

// ---- The chip's heaps
// ------------------------------------------------------------------------------------------
void* heap_take(Heap* heap,
                uint32_t bytes);  ///< word-aligned, owned by the application; null when full
void heap_give(Heap* heap, void* memory);
