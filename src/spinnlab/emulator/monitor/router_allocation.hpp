// SPDX-License-Identifier: Apache-2.0
// Who owns which lines of a chip's multicast table: a list inside SC&MP's copy of the table.
#pragma once

#include <cstdint>

#include "spinnlab/emulator/monitor/layout.hpp"

namespace spinnlab::emulator::monitor {

/// A copy's entry is 16 bytes {u16 next, u16 free or 0x8000 | app, route, key, mask}. Line 0 is the
/// monitor's; routes carry virtual core numbers in the copy, physical ones in the router.
class RouterAllocation {
 public:
    explicit RouterAllocation(EmulatedChip& chip) : chip_(chip), memory_(chip) {}

    void initialise();  ///< all lines but 0 free and unused
    [[nodiscard]] std::uint32_t allocate(std::uint32_t lines,
                                         std::uint32_t app);  ///< first line, or 0
    void free(std::uint32_t line, bool clear);
    std::uint32_t free_application(std::uint32_t app, bool clear);  ///< how many blocks there were
    void clear(std::uint32_t first, std::uint32_t lines);           ///< makes lines unused
    /// Loads `count` entries that stand at `table` (0: as many as the first entry says) at their
    /// index plus `offset`, for `app` (0: as the entries say). False if one lies outside the table.
    bool load(std::uint32_t table, std::uint32_t count, std::uint32_t offset, std::uint32_t app);
    [[nodiscard]] std::uint32_t largest_free_block() const;

 private:
    [[nodiscard]] std::uint32_t entry(std::uint32_t line) const {
        return memory_.system(sv::kRouterCopy) + 16 * line;
    }
    [[nodiscard]] std::uint32_t next(std::uint32_t line) const { return memory_.half(entry(line)); }
    [[nodiscard]] std::uint32_t link(std::uint32_t line) const {
        return memory_.half(entry(line) + 2);
    }
    void set_next(std::uint32_t line, std::uint32_t value) { memory_.set_half(entry(line), value); }
    void set_link(std::uint32_t line, std::uint32_t value) {
        memory_.set_half(entry(line) + 2, value);
    }
    [[nodiscard]] std::uint32_t first_free() const {
        return memory_.half(kSystemVariables + sv::kRouterFree);
    }
    void set_first_free(std::uint32_t line) {
        memory_.set_half(kSystemVariables + sv::kRouterFree, line);
    }

    EmulatedChip& chip_;
    MonitorMemory memory_;
};

}  // namespace spinnlab::emulator::monitor
