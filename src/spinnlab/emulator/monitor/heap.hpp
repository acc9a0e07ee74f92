// SPDX-License-Identifier: Apache-2.0
// SARK's heaps: lists in the chip's own memory that applications walk and change as well.
#pragma once

#include <cstdint>

#include "spinnlab/emulator/monitor/layout.hpp"

namespace spinnlab::emulator::monitor {

/// A heap by the address of its control block: {free list, first block, last block, free bytes}.
/// A block is {next block, next free block or 0xffff0000 | app << 8 | tag} and its bytes.
class Heap {
 public:
    Heap(MonitorMemory memory, std::uint32_t address) : memory_(memory), address_(address) {}

    /// Lays out an empty heap over [base, top) and returns it.
    static Heap create(MonitorMemory memory, std::uint32_t base, std::uint32_t top);

    /// Address of `bytes` bytes for an application, or 0. A tag (1-255) must be unused by that
    /// application, unless `reuse`: then a block of the same tag and size is given again.
    [[nodiscard]] std::uint32_t allocate(std::uint32_t bytes, std::uint32_t tag, std::uint32_t app,
                                         bool reuse = false);
    void free(std::uint32_t address);
    /// Frees all blocks of an application and returns how many there were.
    std::uint32_t free_application(std::uint32_t app);

    [[nodiscard]] std::uint32_t free_bytes() const { return memory_.word(address_ + 12); }
    [[nodiscard]] std::uint32_t largest_free_block() const;
    [[nodiscard]] std::uint32_t address() const { return address_; }

 private:
    MonitorMemory memory_;
    std::uint32_t address_;
};

/// Where an application's block with a tag is; 0 if there is none.
[[nodiscard]] std::uint32_t tagged_block(const MonitorMemory& memory, std::uint32_t app,
                                         std::uint32_t tag);

}  // namespace spinnlab::emulator::monitor
