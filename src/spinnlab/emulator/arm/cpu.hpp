// SPDX-License-Identifier: Apache-2.0
// One ARM968E-S: ARMv5TE and Thumb, all modes, exceptions and interrupts, in virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "spinnlab/emulator/arm/bus.hpp"
#include "spinnlab/emulator/arm/registers.hpp"

namespace spinnlab::emulator::arm {

inline constexpr std::uint32_t kItcmBytes = 0x8000;  ///< at 0x00000000
inline constexpr std::uint32_t kDtcmBase = 0x00400000;
inline constexpr std::uint32_t kDtcmBytes = 0x10000;
inline constexpr std::uint32_t kSdramBase = 0x60000000;  ///< alias 0x70000000 (unbuffered)
inline constexpr std::uint32_t kSdramBytes = 1u << 27;

/// Cycle model: deliberately simple and part of the machine's definition (see README.md).
inline constexpr Cycles kInstructionCycles = 1;
inline constexpr Cycles kBranchCycles = 2;  ///< on top, when taken
inline constexpr Cycles kSdramReadCycles = 30;
inline constexpr Cycles kSdramWriteCycles = 4;
inline constexpr Cycles kBusReadCycles = 6;
inline constexpr Cycles kBusWriteCycles = 2;
inline constexpr Cycles kExceptionCycles = 4;

/// Why run() came back.
enum class Stop : std::uint8_t {
    TimeIsUp,   ///< clock() has reached the limit (it may overshoot it by one block)
    Waiting,    ///< wait-for-interrupt with no line raised
    Attention,  ///< request_attention() was called, by a device write or from outside
    LockedUp,   ///< the core cannot go on: aborts while fetching its abort handler, again and again
};

/// An abort or undefined instruction that the core took, for messages; the program goes on in its
/// handler.
struct Fault {
    enum class Kind : std::uint8_t { DataAbort, PrefetchAbort, Undefined } kind{};
    std::uint32_t pc = 0;       ///< of the instruction
    std::uint32_t address = 0;  ///< data address, or the instruction's bits for Undefined
    std::uint64_t count = 0;    ///< faults since reset
};

class Cpu {
 public:
    /// `sdram` is the chip's whole memory (128 MiB), shared by its cores. The TCMs belong to the
    /// core.
    Cpu(std::span<std::uint8_t> sdram, Bus& bus);
    ~Cpu();
    Cpu(const Cpu&) = delete;
    Cpu& operator=(const Cpu&) = delete;

    /// Supervisor mode, ARM state, interrupts off, all registers 0 but r0 = `r0`, r13 = `sp`;
    /// forgets decoded code. The TCMs keep what they hold.
    void reset(std::uint32_t pc, std::uint32_t r0, std::uint32_t sp);

    /// Executes until clock() >= limit, or it waits, or attention is asked for. Interrupts are
    /// taken between blocks of straight-line code, so a line raised inside a block is seen at the
    /// block's end.
    Stop run(Cycles limit);

    [[nodiscard]] Cycles clock() const;
    void set_clock(Cycles clock);
    /// Wait states a device adds to the access it is serving.
    void add_cycles(Cycles cycles);

    /// Level-sensitive lines from the interrupt controller. A raised line ends waiting even while
    /// masked.
    void set_irq_line(bool raised);
    void set_fiq_line(bool raised);
    [[nodiscard]] bool waiting() const;
    [[nodiscard]] bool irq_masked() const;
    [[nodiscard]] std::uint64_t interrupts_taken() const;  ///< since construction
    /// run() comes back at the end of the present block.
    void request_attention();

    /// The memories, for loaders, DMA and the monitor. After writing ITCM from outside call
    /// code_changed.
    [[nodiscard]] std::span<std::uint8_t> itcm();
    [[nodiscard]] std::span<std::uint8_t> dtcm();
    void code_changed(std::uint32_t address, std::uint32_t bytes);

    [[nodiscard]] Registers registers() const;
    void set_registers(const Registers& registers);
    [[nodiscard]] std::optional<Fault> last_fault() const;

    [[nodiscard]] std::uint64_t instructions() const;  ///< executed since construction
    [[nodiscard]] std::uint64_t sdram_accesses()
        const;  ///< by loads and stores, since construction

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spinnlab::emulator::arm
