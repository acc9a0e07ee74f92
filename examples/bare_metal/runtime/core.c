// SPDX-License-Identifier: Apache-2.0
// Life of a program on its core: start, vcpu block, events, sleep, end.
#include "internal.h"

enum { kQueueLength = 128, kAppFlagWait = 1, kSoftwareVersion = 0x00040000, kUserWords = 4 };

static uint32_t virtual_core;
static uint32_t app_word;

static Event queue[kQueueLength];
static volatile uint32_t queue_in, queue_out;
static volatile uint32_t queue_lost;

uint32_t core_number(void) { return virtual_core; }
uint32_t chip_x(void) { return SYSTEM_VARIABLES->chip >> 8; }
uint32_t chip_y(void) { return SYSTEM_VARIABLES->chip & 255; }
uint32_t app_number(void) { return app_word & 255; }
Vcpu* own_vcpu(void) { return VCPU(virtual_core); }
void set_state(CoreState state) { own_vcpu()->state = state; }

void interrupt_on(enum Slot slot, uint32_t source, void (*handler)(void)) {
    VIC_SLOT_VECTOR(slot) = (uint32_t)handler;
    VIC_SLOT_CONTROL(slot) = 0x20 | source;
    VIC_ENABLE = 1u << source;
}

static void interrupts_reset(void) {
    VIC_DISABLE = ~0u;
    VIC_SELECT = 0;
    VIC_SOFT_CLEAR = ~0u;
    VIC_VECTOR = 0;
    for (uint32_t slot = 0; slot < 16; slot++) {
        VIC_SLOT_CONTROL(slot) = 0;
    }
    VIC_DEFAULT_VECTOR = (uint32_t)unexpected_interrupt;
}

/// Entered from start.S with interrupts off. The user words are the loader's and stay.
void runtime_start(uint32_t word) {
    app_word = word;
    const uint32_t physical = DMA_STATUS >> 24;
    virtual_core = SYSTEM_VARIABLES->virtual_of_physical[physical];
    Vcpu* vcpu = own_vcpu();
    uint32_t* words = (uint32_t*)vcpu;
    for (uint32_t i = 0; i < sizeof(Vcpu) / 4 - kUserWords; i++) {
        words[i] = 0;
    }
    vcpu->physical_core = (uint8_t)physical;
    vcpu->app = (uint8_t)word;
    vcpu->load_time = SYSTEM_VARIABLES->unix_time;
    vcpu->software_version = kSoftwareVersion;
    for (uint32_t i = 0; i < sizeof vcpu->name; i++) {
        vcpu->name[i] = program_name[i];
    }
    if (SYSTEM_VARIABLES->software_version >> 16 != kSoftwareVersion >> 16) {
        fail(kErrorVersion);
    }
    interrupts_reset();
    mailbox_start();
    vcpu->state = kWaiting;
}

void runtime_wait_for_start(void) {
    while ((app_word >> 8 & kAppFlagWait) && !started()) {
        const uint32_t status = interrupts_off();
        if (!started()) {
            wait_for_interrupt();
        }
        interrupts_restore(status);
    }
    set_state(kRunning);
}

void runtime_end(void) {
    tick_stop();
    set_state(kExited);
}

// ---- Events
// ----------------------------------------------------------------------------------------------

bool put_event(Event event) {
    const uint32_t next = (queue_in + 1) % kQueueLength;
    if (next == queue_out) {
        queue_lost++;
        return false;
    }
    queue[queue_in] = event;
    queue_in = next;
    return true;
}

bool poll_event(Event* event) {
    const uint32_t status = interrupts_off();
    const bool some = queue_in != queue_out;
    if (some) {
        *event = queue[queue_out];
        queue_out = (queue_out + 1) % kQueueLength;
        if (event->kind == kEventTick) {
            tick_taken(event->value);
        }
    }
    interrupts_restore(status);
    return some;
}

// With interrupts off: an event put between looking and sleeping would otherwise be slept over.
void sleep_for_event(void) {
    const uint32_t status = interrupts_off();
    if (queue_in == queue_out) {
        wait_for_interrupt();
    }
    interrupts_restore(status);
}

Event next_event(void) {
    Event event;
    while (!poll_event(&event)) {
        sleep_for_event();
    }
    return event;
}

uint32_t lost_events(void) { return queue_lost; }

// ---- Locks between the cores of a chip
// ----------------------------------------------------------------------

uint32_t lock_take(uint32_t lock) {
    const uint32_t status = interrupts_off();
    while (SYSTEM_LOCK_TAKE(lock) & 1u << 31) {
    }
    return status;
}

void lock_free(uint32_t lock, uint32_t status) {
    (void)SYSTEM_LOCK_FREE(lock);
    interrupts_restore(status);
}

// ---- Barriers: sync0 clears the core's flag, sync1 sets it; a program waits for them in turns
// -------------------

static bool barrier_waits_for_set;

void barrier_close(void) { set_state(barrier_waits_for_set ? kSync1 : kSync0); }

bool barrier_open(void) {
    const bool set = SYSTEM_FLAGS >> virtual_core & 1;
    if (set != barrier_waits_for_set) {
        return false;
    }
    barrier_waits_for_set = !barrier_waits_for_set;
    return true;
}

// ---- What the compiler and its library expect
// ----------------------------------------------------------------

void __aeabi_idiv0(void) { fail(kErrorDivideByZero); }
void __aeabi_ldiv0(void) { fail(kErrorDivideByZero); }

void* memcpy(void* to, const void* from, unsigned bytes) {
    uint8_t* target = to;
    const uint8_t* source = from;
    while (bytes-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void* memset(void* to, int value, unsigned bytes) {
    uint8_t* target = to;
    while (bytes-- > 0) {
        *target++ = (uint8_t)value;
    }
    return to;
}

void copy_words(void* to, const void* from, uint32_t bytes) {
    uint32_t* target = to;
    const uint32_t* source = from;
    for (uint32_t i = 0; i < (bytes + 3) / 4; i++) {
        target[i] = source[i];
    }
}

uint32_t string_length(const char* text) {
    uint32_t length = 0;
    while (text[length]) {
        length++;
    }
    return length;
}
