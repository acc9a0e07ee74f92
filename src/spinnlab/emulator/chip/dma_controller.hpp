// SPDX-License-Identifier: Apache-2.0
// A core's DMA controller: moves blocks between its TCMs and the chip's memories, one running, one
// queued.
#pragma once

#include <cstdint>
#include <optional>

#include "spinnlab/emulator/chip/packet.hpp"

namespace spinnlab::emulator {

/// A transfer as its three registers describe it.
struct DmaTransfer {
    std::uint32_t system_address = 0;
    std::uint32_t tcm_address = 0;
    std::uint32_t description = 0;  ///< bits 16:0 length in bytes, bit 19: towards the system

    [[nodiscard]] std::uint32_t bytes() const { return description & 0x1ffff; }
    [[nodiscard]] bool to_system() const { return (description >> 19 & 1) != 0; }
};

/// Copies the bytes; false if one end is not memory (an AXI or TCM error).
class DmaMemory {
 public:
    virtual bool transfer(const DmaTransfer& transfer) = 0;

 protected:
    ~DmaMemory() = default;
};

class DmaController {
 public:
    explicit DmaController(int physical_core) : physical_core_(physical_core) {}
    void reset();

    [[nodiscard]] std::uint32_t read(std::uint32_t offset) const;
    void write(std::uint32_t offset, std::uint32_t value, Cycles now);

    [[nodiscard]] Cycles done_at() const {
        return done_at_;
    }  ///< end of the running transfer, or kNever
    /// Finishes transfers due at or before `now`. The bytes move at the end of a transfer.
    void advance(Cycles now, DmaMemory& memory);

    [[nodiscard]] bool done_interrupt() const;
    [[nodiscard]] bool error_interrupt() const;

 private:
    void start_next(Cycles now);

    // About 0.5 us to set up, then 400 MB/s; part of the machine's definition.
    static constexpr Cycles kSetUpCycles = 100;
    static constexpr Cycles kCyclesAWord = 2;

    int physical_core_;
    std::uint32_t system_address_ = 0;
    std::uint32_t tcm_address_ = 0;
    std::uint32_t description_ = 0;
    std::uint32_t global_control_ = 0;
    std::uint32_t statistics_control_ = 0;
    std::uint32_t timeout_ = 0;
    std::optional<DmaTransfer> running_;
    std::optional<DmaTransfer> queued_;
    Cycles done_at_ = kNever;
    int finished_ = 0;  ///< transfers done and not acknowledged, 0..2
    bool bus_error_ = false;
    bool aborted_ = false;
};

}  // namespace spinnlab::emulator
