// SPDX-License-Identifier: Apache-2.0
// Goes wrong in the way that it is told to, for tests of what machine and host make of it.
//
// In:  user0 the number of the fault, as in the list below.
// Out: user1 0xfa110000 | number just before it happens; user2 0x5afe5afe if the program lived
// through it.
#include "runtime.h"

typedef enum Fault {
    kNoFault = 0,
    kReadNowhere = 1,    // data abort: nothing answers at 0x90000000
    kWriteNowhere = 2,   // data abort
    kReadUnaligned = 3,  // data abort: a word at an odd address
    kUndefinedInstruction = 4,
    kSupervisorCall = 5,
    kRunNowhere = 6,  // prefetch abort
    kBranchThroughZero = 7,
    kDivideByZero = 8,
    kSoftwareError = 9,
    kLoopWithInterruptsOff = 10,
    kLoop = 11,
    kStackOverrun = 12,         // through all of the DTCM, then out of it
    kOverwriteVcpuBlocks = 13,  // all cores' states, mailboxes and buffers
    kOverwriteSystemVariables = 14,
    kOverwriteHeaps = 15,  // the roots of the chip's heaps
    kOverwriteMessageList = 16,
    kHoldLocks = 17,         // takes all locks of the chip and sleeps with them
    kPrintForever = 18,      // until the system heap is empty
    kSendForever = 19,       // packets that no table knows
    kBadMessage = 20,        // a mailbox message at an address that is none
    kOverwriteVectors = 21,  // its own code, then an abort: locks up
    kUnknownInterrupt = 22,  // enables a source that has no handler
} Fault;

PROGRAM("faults");

#define GARBAGE 0xdeadbeefu
enum { kKeyOfNobody = 0x7fff0000, kVcpuCores = 18, kAllLocks = 32, kNowhere = 0x90000000 };

// The compiler must not know the address: it would read a word at an odd one byte by byte.
static uint32_t take(uint32_t address) {
    __asm volatile("" : "+r"(address));
    return *(volatile uint32_t*)address;
}

static void fill(uint32_t from, uint32_t bytes) {
    for (uint32_t at = from; at < from + bytes; at += 4) {
        REGISTER(at) = GARBAGE;
    }
}

// Not a tail call, so that every level keeps its frame. The stack ends long before the depth is 0
// again.
static uint32_t __attribute__((noinline)) recurse(volatile uint32_t depth) {
    volatile uint32_t frame[16];
    frame[depth % 16] = depth;
    return depth ? recurse(depth + 1) + frame[depth % 16] : 0;
}

static void sleep_for_ever(void) {
    for (;;) {
        sleep_for_event();
    }
}

static void send_bad_message(void) {
    SystemVariables* sv = SYSTEM_VARIABLES;
    own_vcpu()->to_monitor = (void*)kNowhere;
    own_vcpu()->to_monitor_command = kMailboxMessage;
    sv->mailbox_flags |= 1u << core_number();
    SYSTEM_SET_INTERRUPT = SYSTEM_CODE | 1u << sv->physical_of_virtual[0];
}

static void go_wrong(Fault fault) {
    switch (fault) {
        case kNoFault: break;
        case kReadNowhere: (void)take(kNowhere); break;
        case kWriteNowhere: REGISTER(kNowhere) = GARBAGE; break;
        case kReadUnaligned: (void)take(DTCM_BASE + 1); break;
        case kUndefinedInstruction: __asm volatile(".short 0xde00"); break;
        case kSupervisorCall: __asm volatile("svc 0"); break;
        case kRunNowhere: ((void (*)(void))kNowhere)(); break;
        case kBranchThroughZero: ((void (*)(void))0)(); break;
        case kDivideByZero: own_vcpu()->user[3] = own_vcpu()->user[1] / own_vcpu()->user[3]; break;
        case kSoftwareError: fail(kErrorSoftware);
        case kLoopWithInterruptsOff:
            (void)interrupts_off();
            for (;;) {
            }
        case kLoop:
            for (;;) {
            }
        case kStackOverrun: own_vcpu()->user[3] = recurse(1); break;
        case kOverwriteVcpuBlocks: fill((uint32_t)VCPU(0), sizeof(Vcpu) * kVcpuCores); break;
        case kOverwriteSystemVariables:
            fill((uint32_t)SYSTEM_VARIABLES, sizeof(SystemVariables));
            break;
        case kOverwriteHeaps: {
            const SystemVariables* sv = SYSTEM_VARIABLES;
            Heap* const heaps[] = {sv->sysram_heap, sv->sdram_heap, sv->system_heap};
            for (uint32_t i = 0; i < 3; i++) {
                fill((uint32_t)heaps[i], sizeof(Heap));
            }
            break;
        }
        case kOverwriteMessageList: SYSTEM_VARIABLES->free_messages = (SdpMessage*)GARBAGE; break;
        case kHoldLocks:
            for (uint32_t lock = 0; lock < kAllLocks; lock++) {
                (void)SYSTEM_LOCK_TAKE(lock);
            }
            sleep_for_ever();
            break;
        case kPrintForever:
            for (;;) {
                print("all work and no play makes a dull core\n");
            }
        case kSendForever:
            for (;;) {
                send_packet(kKeyOfNobody);
            }
        case kBadMessage: send_bad_message(); break;
        case kOverwriteVectors:
            fill(ITCM_BASE, 0x38);
            (void)take(kNowhere);
            break;
        case kUnknownInterrupt:
            VIC_ENABLE = 1u << kInterruptSoftware;
            VIC_SOFT_SET = 1u << kInterruptSoftware;
            break;
    }
}

void c_main(void) {
    Vcpu* vcpu = own_vcpu();
    const Fault fault = (Fault)vcpu->user[0];
    vcpu->user[1] = 0xfa110000u | (uint16_t)fault;
    vcpu->user[2] = 0;
    vcpu->user[3] = 0;
    print("fault %u\n", (unsigned)fault);
    go_wrong(fault);
    vcpu->user[2] = 0x5afe5afeu;
}
