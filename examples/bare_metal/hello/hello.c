// SPDX-License-Identifier: Apache-2.0
// Says where it is, counts ticks of one millisecond, ends.
//
// In:  user0 ticks to count, 1..10000; anything else means 10.
// Out: user1 ticks counted; user2 x << 16 | y << 8 | core; user3 0x600d600d when all went well.
#include "runtime.h"

enum { kTick_us = 1000, kDefaultTicks = 10, kMostTicks = 10000 };
#define GOOD 0x600d600du

PROGRAM("hello");

void c_main(void) {
    Vcpu* vcpu = own_vcpu();
    const uint32_t asked = vcpu->user[0];
    const uint32_t ticks = asked >= 1 && asked <= kMostTicks ? asked : kDefaultTicks;
    vcpu->user[1] = 0;
    vcpu->user[2] = chip_x() << 16 | chip_y() << 8 | core_number();
    vcpu->user[3] = 0;
    print("Hello from core %u of chip (%u, %u)\n", (unsigned)core_number(), (unsigned)chip_x(),
          (unsigned)chip_y());
    tick_start(kTick_us);
    while (vcpu->user[1] < ticks) {
        const Event event = next_event();
        if (event.kind == kEventTick) {
            vcpu->user[1] = event.value;
        } else if (event.kind == kEventMessage) {
            release_message((SdpMessage*)event.value);
        }
    }
    tick_stop();
    print("%u ticks of %u us, %u of them late\n", (unsigned)ticks, (unsigned)kTick_us,
          (unsigned)late_ticks());
    vcpu->user[3] = GOOD;
}
