// SPDX-License-Identifier: Apache-2.0
// The mailbox between a core and the monitor: messages in both directions, signals, and the answers
// to SCP on the core's port 0, which give the host a window into the core's own memories.
#include "internal.h"

enum {
    kOwnBuffers = 4,
    kSendTimeout_ms = 10,
    kSdpHeader = 8,
    kWithArguments = 24,
};
enum { kScpVersion = 0, kScpRead = 2, kScpWrite = 3, kScpFill = 5 };
enum { kOk = 0x80, kBadLength = 0x81, kBadCommand = 0x83, kBadArgument = 0x84 };
enum { kUnitByte, kUnitHalf, kUnitWord };

static SdpMessage buffers[kOwnBuffers];
static SdpMessage* free_buffers;
static volatile bool start_signal;

bool started(void) { return start_signal; }

// ---- Buffers
// ---------------------------------------------------------------------------------------------

static SdpMessage* take_shared_buffer(void) {
    SystemVariables* sv = SYSTEM_VARIABLES;
    const uint32_t status = lock_take(kLockMessages);
    SdpMessage* message = sv->free_messages;
    if (message) {
        sv->free_messages = message->next;
        sv->used_messages++;
        if (sv->used_messages > sv->most_messages) {
            sv->most_messages = sv->used_messages;
        }
    }
    lock_free(kLockMessages, status);
    return message;
}

static void give_shared_buffer(SdpMessage* message) {
    SystemVariables* sv = SYSTEM_VARIABLES;
    const uint32_t status = lock_take(kLockMessages);
    message->next = sv->free_messages;
    sv->free_messages = message;
    sv->used_messages--;
    lock_free(kLockMessages, status);
}

static SdpMessage* take_own_buffer(void) {
    const uint32_t status = interrupts_off();
    SdpMessage* message = free_buffers;
    if (message) {
        free_buffers = message->next;
    }
    interrupts_restore(status);
    return message;
}

void release_message(SdpMessage* message) {
    const uint32_t status = interrupts_off();
    message->next = free_buffers;
    free_buffers = message;
    interrupts_restore(status);
}

static void copy_message(SdpMessage* to, const SdpMessage* from) {
    const uint32_t largest = kWithArguments + kMessageData;
    const uint32_t length = from->length < largest ? from->length : largest;
    to->length = (uint16_t)length;
    to->checksum = 0;
    copy_words(&to->flags, &from->flags, length);
}

// ---- Sending
// ---------------------------------------------------------------------------------------------

bool send_message(const SdpMessage* message) {
    SystemVariables* sv = SYSTEM_VARIABLES;
    Vcpu* vcpu = own_vcpu();
    const uint32_t since = sv->clock_ms[0];
    SdpMessage* shared = 0;
    while (vcpu->to_monitor_command != kMailboxIdle || !(shared = take_shared_buffer())) {
        if (sv->clock_ms[0] - since > kSendTimeout_ms) {
            return false;
        }
    }
    copy_message(shared, message);
    vcpu->to_monitor = shared;
    vcpu->to_monitor_command = kMailboxMessage;
    const uint32_t status = lock_take(kLockMailboxes);
    const uint32_t others = sv->mailbox_flags;
    sv->mailbox_flags = others | 1u << core_number();
    if (!others) {  // else the monitor is on its way already
        SYSTEM_SET_INTERRUPT = SYSTEM_CODE | 1u << sv->physical_of_virtual[0];
    }
    lock_free(kLockMailboxes, status);
    return true;
}

bool reply(SdpMessage* message, uint16_t code, uint32_t bytes) {
    const uint8_t port = message->to_port;
    const uint16_t chip = message->to_chip;
    message->to_port = message->from_port;
    message->to_chip = message->from_chip;
    message->from_port = port;
    message->from_chip = chip;
    message->flags = 0x07;
    message->command = code;
    message->length = (uint16_t)(kSdpHeader + bytes);
    return send_message(message);
}

// ---- SCP on port 0: the bytes of a reply start where a request has its arguments
// ------------------------------

static uint32_t answer_version(SdpMessage* message) {
    static const char text[] = "SpiNNLab/SpiNNaker\0004.0.0";
    const Vcpu* vcpu = own_vcpu();
    message->argument[0] =
        (uint32_t)SYSTEM_VARIABLES->chip << 16 | (uint32_t)vcpu->physical_core << 8 | core_number();
    message->argument[1] = 0xffff0000u | kMessageData;
    message->argument[2] = vcpu->load_time;
    for (uint32_t i = 0; i < sizeof text; i++) {
        message->data[i] = (uint8_t)text[i];
    }
    return sizeof message->argument + sizeof text;
}

static void copy_units(volatile void* to, const volatile void* from, uint32_t bytes,
                       uint32_t unit) {
    if (unit == kUnitByte) {
        for (uint32_t i = 0; i < bytes; i++) {
            ((volatile uint8_t*)to)[i] = ((const volatile uint8_t*)from)[i];
        }
    } else if (unit == kUnitHalf) {
        for (uint32_t i = 0; i < bytes / 2; i++) {
            ((volatile uint16_t*)to)[i] = ((const volatile uint16_t*)from)[i];
        }
    } else {
        for (uint32_t i = 0; i < bytes / 4; i++) {
            ((volatile uint32_t*)to)[i] = ((const volatile uint32_t*)from)[i];
        }
    }
}

static void answer_scp(SdpMessage* message) {
    const uint32_t address = message->argument[0], bytes = message->argument[1];
    const uint32_t third = message->argument[2];
    const uint16_t command = message->command;
    uint16_t code = kOk;
    uint32_t answer_bytes = 0;
    if (message->length < kWithArguments) {
        code = kBadLength;
    } else if (command == kScpVersion) {
        answer_bytes = answer_version(message);
    } else if (command == kScpRead || command == kScpWrite) {
        if (bytes > kMessageData || third > kUnitWord) {
            code = kBadArgument;
        } else if (command == kScpRead) {
            copy_units(message->argument, (const volatile void*)address, bytes, third);
            answer_bytes = bytes;
        } else {
            copy_units((volatile void*)address, message->data, bytes, third);
        }
    } else if (command == kScpFill) {  // address, word, bytes
        for (uint32_t i = 0; i < third / 4; i++) {
            ((volatile uint32_t*)address)[i] = message->argument[1];
        }
    } else {
        code = kBadCommand;
    }
    (void)reply(message, code, sizeof message->command + sizeof message->sequence + answer_bytes);
}

// ---- Receiving
// -------------------------------------------------------------------------------------------

static void receive(SdpMessage* shared) {
    SdpMessage* message = take_own_buffer();
    if (message) {
        copy_message(message, shared);
    }
    give_shared_buffer(shared);
    if (!message) {
        return;  // the program is too slow; the host will ask again
    }
    if (message->to_port >> 5 == 0) {
        answer_scp(message);
        release_message(message);
    } else if (!put_event((Event){.kind = kEventMessage, .value = (uint32_t)message})) {
        release_message(message);
    }
}

static INTERRUPT_HANDLER on_mailbox(void) {
    Vcpu* vcpu = own_vcpu();
    SYSTEM_CLEAR_INTERRUPT = SYSTEM_CODE | 1u << vcpu->physical_core;
    const uint8_t command = vcpu->to_core_command;
    void* content = vcpu->to_core;
    vcpu->to_core_command = kMailboxIdle;
    if (command == kMailboxMessage) {
        receive(content);
    } else if (command == kMailboxSignal && (uint32_t)content == kSignalStart) {
        start_signal = true;
    } else if (command == kMailboxSignal) {
        (void)put_event((Event){.kind = kEventSignal, .value = (uint32_t)content});
    }
    interrupt_done();
}

void mailbox_start(void) {
    for (uint32_t i = 0; i < kOwnBuffers; i++) {
        release_message(&buffers[i]);
    }
    interrupt_on(kSlotMailbox, kInterruptMailbox, on_mailbox);
}
