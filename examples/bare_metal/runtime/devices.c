// SPDX-License-Identifier: Apache-2.0
// The tick (timer 1) and multicast packets.
#include "internal.h"

static volatile uint32_t ticks_put, ticks_taken, ticks_late;

static INTERRUPT_HANDLER on_timer(void) {
    TIMER_CLEAR = 0;
    if (ticks_put != ticks_taken) {
        ticks_late++;
    }
    ticks_put++;
    (void)put_event((Event){.kind = kEventTick, .value = ticks_put});
    interrupt_done();
}

void tick_taken(uint32_t tick) { ticks_taken = tick; }
uint32_t late_ticks(void) { return ticks_late; }

void tick_start(uint32_t period_us) {
    tick_stop();
    ticks_put = 0;
    ticks_taken = 0;
    TIMER_LOAD = period_us * SYSTEM_VARIABLES->core_clock_mhz;
    interrupt_on(kSlotTick, kInterruptTimer1, on_timer);
    TIMER_CONTROL = TIMER_PERIODIC_WITH_INTERRUPT;
}

void tick_stop(void) {
    VIC_DISABLE = 1u << kInterruptTimer1;
    TIMER_CONTROL = 0;
    TIMER_CLEAR = 0;
}

static INTERRUPT_HANDLER on_packet(void) {
    while (COMMS_RECEIVE_STATUS & COMMS_RECEIVED) {
        const bool has_payload = COMMS_RECEIVE_STATUS & COMMS_WITH_PAYLOAD;
        const uint32_t payload = COMMS_RECEIVE_PAYLOAD;
        const uint32_t key = COMMS_RECEIVE_KEY;  // last: this takes the packet away
        (void)put_event((Event){kEventPacket, key, has_payload ? payload : 0, has_payload});
    }
    interrupt_done();
}

void packets_listen(void) { interrupt_on(kSlotPacket, kInterruptMulticast, on_packet); }

static void wait_for_room(void) {
    while (!(COMMS_TRANSMIT_CONTROL & COMMS_NOT_FULL)) {
    }
}

// The controller keeps the control byte; writing a payload sets its payload bit, so it is cleared
// each time.
void send_packet(uint32_t key) {
    const uint32_t status = interrupts_off();
    wait_for_room();
    COMMS_TRANSMIT_CONTROL = 0;
    COMMS_TRANSMIT_KEY = key;
    interrupts_restore(status);
}

void send_packet_with_payload(uint32_t key, uint32_t payload) {
    const uint32_t status = interrupts_off();
    wait_for_room();
    COMMS_TRANSMIT_CONTROL = 0;
    COMMS_TRANSMIT_PAYLOAD = payload;
    COMMS_TRANSMIT_KEY = key;
    interrupts_restore(status);
}
