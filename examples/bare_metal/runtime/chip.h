// SPDX-License-Identifier: Apache-2.0
// What a program finds on a SpiNNaker chip: memories, device registers, and the structures in
// system RAM that it shares with the monitor core. Addresses and layouts are those of the hardware
// and of SC&MP 4.
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t*)(address))

// ---- Memories ----------------------------------------------------------------------------------
#define ITCM_BASE 0x00000000u    // 32 KiB, the only place that code runs from
#define DTCM_BASE 0x00400000u    // 64 KiB
#define SDRAM_BASE 0x60000000u   // 128 MiB, shared by the cores of the chip
#define SYSRAM_BASE 0xe5000000u  // 32 KiB, shared

// ---- Vectored interrupt controller, one a core
// ----------------------------------------------------
#define VIC_SELECT REGISTER(0x1f00000c)   // bit set: the source raises FIQ
#define VIC_ENABLE REGISTER(0x1f000010)   // writing 1 enables
#define VIC_DISABLE REGISTER(0x1f000014)  // writing 1 disables
#define VIC_SOFT_SET REGISTER(0x1f000018)
#define VIC_SOFT_CLEAR REGISTER(0x1f00001c)
#define VIC_VECTOR REGISTER(0x1f000030)  // read by the IRQ vector; writing ends the service
#define VIC_DEFAULT_VECTOR REGISTER(0x1f000034)
#define VIC_SLOT_VECTOR(slot) REGISTER(0x1f000100 + 4 * (slot))   // 16 slots, 0 served first
#define VIC_SLOT_CONTROL(slot) REGISTER(0x1f000200 + 4 * (slot))  // 0x20 | source
enum {
    kInterruptSoftware = 1,
    kInterruptTimer1 = 4,
    kInterruptMailbox = 18,    // the monitor, through the system controller
    kInterruptMulticast = 24,  // a multicast packet waits
};

// ---- Timer 1, one a core; counts down at the core clock
// ----------------------------------------------
#define TIMER_LOAD REGISTER(0x11000000)
#define TIMER_CONTROL REGISTER(0x11000008)
#define TIMER_CLEAR REGISTER(0x1100000c)
#define TIMER_PERIODIC_WITH_INTERRUPT 0xe2u  // enabled, periodic, interrupt, 32 bits

// ---- DMA controller, one a core: used here for the core's own number only
// ------------------------------
#define DMA_STATUS REGISTER(0x30000014)  // bits 31:24: physical core number

// ---- Communications controller, one a core
// -----------------------------------------------------------
#define COMMS_TRANSMIT_CONTROL REGISTER(0x10000000)  // bit 28: not full; bits 23:16: control byte
#define COMMS_TRANSMIT_PAYLOAD REGISTER(0x10000004)
#define COMMS_TRANSMIT_KEY REGISTER(0x10000008)  // writing sends
#define COMMS_RECEIVE_STATUS \
    REGISTER(0x1000000c)  // bit 31: a packet waits; bit 17: it has a payload
#define COMMS_RECEIVE_PAYLOAD REGISTER(0x10000010)
#define COMMS_RECEIVE_KEY REGISTER(0x10000014)  // reading takes the packet
#define COMMS_NOT_FULL (1u << 28)
#define COMMS_RECEIVED (1u << 31)
#define COMMS_WITH_PAYLOAD (1u << 17)

// ---- System controller, one a chip
// -------------------------------------------------------------------
#define SYSTEM_CODE 0x5ec00000u                    // guards writes against programs gone astray
#define SYSTEM_SET_INTERRUPT REGISTER(0xf2000008)  // SYSTEM_CODE | bit per physical core
#define SYSTEM_CLEAR_INTERRUPT REGISTER(0xf200000c)
#define SYSTEM_FLAGS REGISTER(0xf2000058)  // bit per core: cleared by sync0, set by sync1
#define SYSTEM_LOCK_TAKE(lock) \
    REGISTER(0xf2000100 + 4 * (lock))  // reads bit 31: somebody else holds it
#define SYSTEM_LOCK_FREE(lock) REGISTER(0xf2000180 + 4 * (lock))  // reading frees
enum { kLockMessages = 0, kLockMailboxes = 1, kLockHeaps = 6 };

// ---- Messages
// ------------------------------------------------------------------------------------------
enum { kMessageData = 256 };

/// An SDP message with SCP's fields, as it lies in the shared buffers (292 bytes).
typedef struct SdpMessage {
    struct SdpMessage* next;  // in the list of free buffers
    uint16_t length;          // bytes from `flags` on: 8 at least, 24 with all of SCP's fields
    uint16_t checksum;        // unused
    uint8_t flags;            // 0x87: a reply is wanted, 0x07: none
    uint8_t tag;
    uint8_t to_port;  // port << 5 | core; 255: out by the Ethernet
    uint8_t from_port;
    uint16_t to_chip;  // x << 8 | y
    uint16_t from_chip;
    uint16_t command;  // or the return code
    uint16_t sequence;
    uint32_t argument[3];
    uint8_t data[kMessageData];
    uint32_t spare;
} SdpMessage;

/// What a core tells the host and the monitor about itself; one block a core at kVcpuBase.
typedef struct Vcpu {
    uint32_t r[8];  // r0-r7 at a run-time error
    uint32_t psr;
    uint32_t sp;
    uint32_t lr;
    uint8_t error;  // RunTimeError
    uint8_t physical_core;
    volatile uint8_t state;  // CoreState
    uint8_t app;
    void* volatile to_core;            // mailbox, from the monitor: message or number
    void* volatile to_monitor;         // mailbox, to the monitor
    volatile uint8_t to_core_command;  // MailboxCommand
    volatile uint8_t to_monitor_command;
    uint16_t software_errors;
    const char* software_error_file;
    uint32_t software_error_line;
    uint32_t load_time;  // seconds since 1970
    char name[16];
    void* volatile iobuf;
    uint32_t software_version;
    uint32_t spare[4];
    volatile uint32_t user[4];
} Vcpu;
#define VCPU(core) ((Vcpu*)(0xe5007000u + 128u * (core)))

typedef enum CoreState {
    kDead,
    kPoweredDown,
    kRunTimeError,
    kWatchdog,
    kInitialising,
    kWaiting,
    kInMain,
    kRunning,
    kSync0,
    kSync1,
    kPaused,
    kExited,
    kIdle = 15,
} CoreState;

typedef enum RunTimeError {
    kErrorNone,
    kErrorReset,
    kErrorUndefined,
    kErrorSupervisorCall,
    kErrorPrefetchAbort,
    kErrorDataAbort,
    kErrorIrq,
    kErrorFiq,
    kErrorVector,
    kErrorAbort,
    kErrorMemory,
    kErrorDivideByZero,
    kErrorEvent,
    kErrorSoftware,
    kErrorIobuf,
    kErrorEnable,
    kErrorNull,
    kErrorPacket,
    kErrorTimer,
    kErrorApi,
    kErrorVersion,
} RunTimeError;

typedef enum MailboxCommand {
    kMailboxIdle,
    kMailboxMessage,
    kMailboxNothing,
    kMailboxSignal
} MailboxCommand;

typedef enum Signal {
    kSignalStart = 3,
    kSignalSync0,
    kSignalSync1,
    kSignalPause,
    kSignalContinue,
    kSignalExit,
    kSignalTimer,
    kSignalUser0,
    kSignalUser1,
    kSignalUser2,
    kSignalUser3,
} Signal;

// ---- Heaps
// ---------------------------------------------------------------------------------------------
typedef struct HeapBlock {
    struct HeapBlock* next;  // in order of addresses; the last block has none
    struct HeapBlock* free;  // next free block, or 0xffff0000 | app << 8 | tag while in use
} HeapBlock;

typedef struct Heap {
    HeapBlock* free;
    HeapBlock* first;
    HeapBlock* last;  // of size zero
    uint32_t free_bytes;
} Heap;

// ---- System variables
// ------------------------------------------------------------------------------------
typedef struct SystemVariables {
    uint16_t chip;  // 00: x << 8 | y
    uint8_t a[14];
    volatile uint32_t clock_ms[2];  // 10
    volatile uint16_t ms;           // 18: 0..999
    uint16_t b;
    volatile uint32_t unix_time;  // 1c
    uint32_t c;
    uint16_t core_clock_mhz;  // 24
    uint8_t d[0x22];
    Heap* sysram_heap;     // 48
    Heap* sdram_heap;      // 4c
    uint32_t iobuf_bytes;  // 50
    uint8_t e[0x14];
    SdpMessage* volatile free_messages;  // 68
    volatile uint16_t used_messages;     // 6c
    uint16_t most_messages;              // 6e
    uint8_t f[0x24];
    uint8_t virtual_of_physical[20];  // 94
    uint8_t physical_of_virtual[20];  // a8
    uint8_t g[0x14];
    Heap* system_heap;  // d0
    uint8_t h[0x18];
    volatile uint32_t mailbox_flags;  // ec: bit per virtual core with a message for the monitor
    uint8_t i[0x0c];
    uint32_t software_version;  // fc
} SystemVariables;
#define SYSTEM_VARIABLES ((SystemVariables*)0xf5007f00u)

_Static_assert(sizeof(SdpMessage) == 292, "the monitor counts in these");
_Static_assert(sizeof(Vcpu) == 128, "the host reads these");
_Static_assert(sizeof(SystemVariables) == 256, "the monitor writes these");
