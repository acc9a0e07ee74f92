// SPDX-License-Identifier: Apache-2.0
// Where SC&MP keeps what in a chip's memory: the contract with application binaries and the host.
// Offsets: spinnaker_tools, include/sark.h (sv_t, vcpu_t, heap_t, block_t, rtr_entry_t,
// app_data_t).
#pragma once

#include <cstdint>

#include "spinnlab/emulator/chip/chip.hpp"

namespace spinnlab::emulator::monitor {

/// State of a core as its vcpu block shows it. 4 and 15 are set by the monitor, the rest by the
/// core.
enum class CoreState : std::uint8_t {
    Dead = 0,
    PoweredDown = 1,
    RunTimeError = 2,
    Watchdog = 3,
    Initialising = 4,
    Waiting = 5,
    Sark = 6,
    Running = 7,
    Sync0 = 8,
    Sync1 = 9,
    Paused = 10,
    Exited = 11,
    Idle = 15
};

/// Run-time error codes (rt_code).
enum class RunTimeError : std::uint8_t {
    None = 0,
    Reset = 1,
    Undefined = 2,
    SupervisorCall = 3,
    PrefetchAbort = 4,
    DataAbort = 5
};

namespace sv {  // offsets of system variables from kSystemVariables
inline constexpr std::uint32_t kAddress = 0x00, kDimensions = 0x02, kPointToPointUp = 0x06,
                               kEthernetAddress = 0x08, kHardwareVersion = 0x0a, kEthernetUp = 0x0b,
                               kClockMs = 0x10, kTimeMs = 0x18, kUnixTime = 0x1c,
                               kNetworkPhase = 0x2d, kRoot = 0x2e, kClockDrift = 0x38,
                               kRootChip = 0x40, kBuffers = 0x41, kSoftWatchdog = 0x43,
                               kSyncAlignment = 0x44, kSystemRamHeap = 0x48, kSdramHeap = 0x4c,
                               kIobufBytes = 0x50, kSdramBuffers = 0x54, kSystemBufferWords = 0x58,
                               kBootSignature = 0x5c, kLinksEnabled = 0x65, kFreeMessages = 0x68,
                               kMessageCount = 0x6c, kMessageMax = 0x6e, kVirtualOfPhysical = 0x94,
                               kPhysicalOfVirtual = 0xa8, kCores = 0xbc, kSdramBase = 0xc0,
                               kSystemRamUser = 0xc4, kProgramBuffer = 0xc8, kVcpuBase = 0xcc,
                               kSystemHeap = 0xd0, kRouterCopy = 0xd4, kHopTable = 0xd8,
                               kTagTable = 0xdc, kRouterFree = 0xe0, kAppTable = 0xe4,
                               kMessageBuffers = 0xe8, kMailboxFlags = 0xec, kIpAddress = 0xf0,
                               kFixedRouteCopy = 0xf4, kSoftwareVersion = 0xfc;
}  // namespace sv

namespace vcpu {  // offsets in a core's block
inline constexpr std::uint32_t kRegisters = 0, kStatus = 32, kStackPointer = 36, kLink = 40,
                               kErrorCode = 44, kPhysicalCore = 45, kState = 46, kAppId = 47,
                               kMessageIn = 48, kMessageOut = 52, kCommandIn = 56, kCommandOut = 57,
                               kLoadTime = 68, kName = 72, kIobuf = 88, kVersion = 92, kUser0 = 112;
inline constexpr std::uint32_t kBytes = 128, kNameBytes = 16;
}  // namespace vcpu

inline constexpr std::uint32_t kVcpuBlocks = 0xe5007000;
inline constexpr std::uint32_t kSystemVariables = 0xe5007f00;
inline constexpr std::uint32_t kSystemVariableBytes = 256;
inline constexpr std::uint32_t kMonitorVersion = 0x040000;  ///< SC&MP 4.0.0
inline constexpr std::uint32_t kProgramBufferBytes = 0x40000;
inline constexpr std::uint32_t kMessageBytes = 292;      ///< an SDP message in shared memory
inline constexpr std::uint32_t kMessageDataBytes = 280;  ///< header and payload of one

/// A chip's memory as the monitor sees it: any address may be asked, what is no memory reads 0 and
/// takes no writes, so structures that a program has overwritten cannot lead outside the chip.
class MonitorMemory {
 public:
    explicit MonitorMemory(EmulatedChip& chip) : chip_(chip) {}

    [[nodiscard]] std::uint32_t word(std::uint32_t address) const {
        return get<std::uint32_t>(address);
    }
    [[nodiscard]] std::uint16_t half(std::uint32_t address) const {
        return get<std::uint16_t>(address);
    }
    [[nodiscard]] std::uint8_t byte(std::uint32_t address) const {
        return get<std::uint8_t>(address);
    }
    void set_word(std::uint32_t address, std::uint32_t value) { set(address, value); }
    void set_half(std::uint32_t address, std::uint32_t v) {
        set(address, static_cast<std::uint16_t>(v));
    }
    void set_byte(std::uint32_t address, std::uint32_t v) {
        set(address, static_cast<std::uint8_t>(v));
    }
    [[nodiscard]] std::uint8_t* bytes(std::uint32_t address, std::uint32_t n) {
        return chip_.memory_at(address, n);
    }

    [[nodiscard]] std::uint32_t system(std::uint32_t offset) const {
        return word(kSystemVariables + offset);
    }
    void set_system(std::uint32_t offset, std::uint32_t value) {
        set_word(kSystemVariables + offset, value);
    }
    [[nodiscard]] static std::uint32_t block(int core) {
        return kVcpuBlocks + vcpu::kBytes * static_cast<std::uint32_t>(core);
    }
    [[nodiscard]] CoreState state(int core) const {
        return static_cast<CoreState>(byte(block(core) + vcpu::kState));
    }
    void set_state(int core, CoreState state) {
        set_byte(block(core) + vcpu::kState, static_cast<std::uint32_t>(state));
    }

 private:
    template <typename Word>
    [[nodiscard]] Word get(std::uint32_t address) const {
        const std::uint8_t* const at = chip_.memory_at(address, sizeof(Word));
        return at != nullptr ? load<Word>(at) : Word{0};
    }
    template <typename Word>
    void set(std::uint32_t address, Word value) {
        std::uint8_t* const at = chip_.memory_at(address, sizeof(Word));
        if (at != nullptr) store(at, value);
    }
    EmulatedChip& chip_;
};

}  // namespace spinnlab::emulator::monitor
