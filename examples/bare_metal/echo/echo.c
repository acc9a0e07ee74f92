// SPDX-License-Identifier: Apache-2.0
// Answers: messages go back to where they came from, packets are counted, signals are obeyed.
//
// Message to a port other than 0: sent back as it came, addresses exchanged, whatever its content.
// Signal user 0: sends 10 packets with the key in user0, payloads 1 to 10. User 1: 10 without
// payload. Signal pause: state PAUSE; continue: state RUN; exit: the program ends.
//
// In:  user0 the key to send.
// Out: user1 packets received; user2 sum of their payloads; user3 bit n set: signal n has come.
#include "runtime.h"

PROGRAM("echo");

enum { kPackets = 10, kSdpHeader = 8 };

static void send_packets(bool with_payload) {
    const uint32_t key = own_vcpu()->user[0];
    for (uint32_t payload = 1; payload <= kPackets; payload++) {
        if (with_payload) {
            send_packet_with_payload(key, payload);
        } else {
            send_packet(key);
        }
    }
}

// True: the program is to end.
static bool obey(uint32_t signal) {
    own_vcpu()->user[3] |= 1u << signal;
    switch (signal) {
        case kSignalPause: set_state(kPaused); break;
        case kSignalContinue: set_state(kRunning); break;
        case kSignalUser0: send_packets(true); break;
        case kSignalUser1: send_packets(false); break;
        case kSignalExit: return true;
        default: break;
    }
    return false;
}

void c_main(void) {
    Vcpu* vcpu = own_vcpu();
    for (uint32_t i = 1; i < 4; i++) {
        vcpu->user[i] = 0;
    }
    packets_listen();
    for (;;) {
        const Event event = next_event();
        if (event.kind == kEventPacket) {
            vcpu->user[1]++;
            vcpu->user[2] += event.payload;
        } else if (event.kind == kEventMessage) {
            SdpMessage* message = (SdpMessage*)event.value;
            (void)reply(message, message->command, message->length - kSdpHeader);
            release_message(message);
        } else if (event.kind == kEventSignal && obey(event.value)) {
            return;
        }
    }
}
