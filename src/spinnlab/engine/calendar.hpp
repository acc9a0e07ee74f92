// SPDX-License-Identifier: Apache-2.0
// The sub-rows that fall due in the next 255 steps.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "spinnlab/engine/row_set.hpp"

namespace spinnlab::engine {

/// A sub-row on its way: where its synapses stand, and how many they are.
struct Cursor {
    std::uint64_t bits = 0;
    static constexpr Cursor make(std::uint32_t word, std::uint32_t count) {
        return {std::uint64_t{count} << 32 | word};
    }
    [[nodiscard]] std::uint32_t word() const { return static_cast<std::uint32_t>(bits); }
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(bits >> 32); }
};

/// One slot a step, re-used after 256 steps; the longest wait is Link::kMaxGap.
class Calendar {
 public:
    void add(std::uint32_t step, std::uint32_t word, std::uint32_t link) {
        slots_[(step + Link::gap(link)) % kSlots].push_back(Cursor::make(word, Link::count(link)));
    }
    [[nodiscard]] std::vector<Cursor>& due(std::uint32_t step) { return slots_[step % kSlots]; }

 private:
    static constexpr std::uint32_t kSlots = 256;
    static_assert(Link::kMaxGap < kSlots);
    std::array<std::vector<Cursor>, kSlots> slots_{};
};

}  // namespace spinnlab::engine
