// SPDX-License-Identifier: Apache-2.0
// The structure is that of spinnaker_tools, sark/sark_alloc.c and sark_hw.c.
#include "spinnlab/emulator/monitor/router_allocation.hpp"

#include <algorithm>

namespace spinnlab::emulator::monitor {
namespace {
constexpr std::uint32_t kLines = kRouterTableLines;
constexpr std::uint32_t kOwned = 0x8000;
constexpr std::uint32_t kUnusedKey = 0xffffffff;
constexpr std::uint32_t kUnusedRoute = 0xff000000;
}  // namespace

void RouterAllocation::clear(std::uint32_t first, std::uint32_t lines) {
    for (std::uint32_t line = first; line < first + lines && line < kLines; ++line) {
        memory_.set_word(entry(line) + 4, kUnusedRoute);
        memory_.set_word(entry(line) + 8, kUnusedKey);
        memory_.set_word(entry(line) + 12, 0);
        chip_.router().set_line(static_cast<int>(line), kUnusedKey, 0, kUnusedRoute);
    }
}

void RouterAllocation::initialise() {
    clear(1, kLines - 1);
    set_first_free(1);
    set_next(1, kLines);
    set_link(1, 0);
    set_next(kLines, 0);
    set_link(kLines, 0);
    memory_.set_word(entry(kLines) + 4, kUnusedRoute);
}

std::uint32_t RouterAllocation::allocate(std::uint32_t lines, std::uint32_t app) {
    if (lines == 0 || lines >= kLines) return 0;
    std::uint32_t previous = 0;
    for (std::uint32_t line = first_free(), walk = 0; line != 0 && walk < kLines; ++walk) {
        const std::uint32_t end = next(line), rest = line + lines;
        if (rest > end) {
            previous = line;
            line = link(line);
            continue;
        }
        if (rest < end) {
            set_next(rest, end);
            set_next(line, rest);
            set_link(rest, link(line));
            set_link(line, rest);
        }
        if (previous != 0) {
            set_link(previous, link(line));
        } else {
            set_first_free(link(line));
        }
        set_link(line, kOwned | app);
        return line;
    }
    return 0;
}

void RouterAllocation::free(std::uint32_t line, bool clear_lines) {
    if (line < 1 || line >= kLines || (link(line) & kOwned) == 0) return;
    if (clear_lines && next(line) > line) clear(line, next(line) - line);
    std::uint32_t previous = 0, after = first_free();
    for (std::uint32_t walk = 0; after != 0 && after < line && walk < kLines; ++walk) {
        previous = after;
        after = link(after);
    }
    set_link(line, after);
    if (previous != 0) {
        set_link(previous, line);
    } else {
        set_first_free(line);
    }
    if (after != 0 && next(line) == after) {
        set_next(line, next(after));
        set_link(line, link(after));
    }
    if (previous != 0 && next(previous) == line) {
        set_next(previous, next(line));
        set_link(previous, link(line));
    }
}

std::uint32_t RouterAllocation::free_application(std::uint32_t app, bool clear_lines) {
    std::uint32_t freed = 0;
    for (std::uint32_t line = 1, walk = 0; line >= 1 && line < kLines && walk < kLines * kLines;
         ++walk) {
        const std::uint32_t end = next(line);
        // Loading an entry also marks its line as owned: only a line that begins a block has an
        // end.
        if (end > line && link(line) == (kOwned | app)) {
            free(line, clear_lines);
            ++freed;
            line = 1;
        } else if (end > line) {
            line = end;
        } else {
            break;
        }
    }
    return freed;
}

bool RouterAllocation::load(std::uint32_t table, std::uint32_t count, std::uint32_t offset,
                            std::uint32_t app) {
    if (count == 0) count = memory_.half(table + 2);
    if (count > kLines) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t from = table + 16 * i;
        const std::uint32_t line = memory_.half(from) + offset;
        if (line >= kLines) return false;
        std::uint32_t route = memory_.word(from + 4);
        const std::uint32_t owner = app != 0 ? app : route >> 24;
        route &= 0x00ffffff;
        const std::uint32_t key = memory_.word(from + 8), mask = memory_.word(from + 12);
        set_link(line, kOwned | owner);
        memory_.set_word(entry(line) + 4, route);
        memory_.set_word(entry(line) + 8, key);
        memory_.set_word(entry(line) + 12, mask);
        const std::uint32_t cores = chip_.physical_mask(route >> kRouteCoreShift);
        chip_.router().set_line(static_cast<int>(line), key, mask,
                                (route & kRouteLinks) | cores << kRouteCoreShift);
    }
    return true;
}

std::uint32_t RouterAllocation::largest_free_block() const {
    std::uint32_t largest = 0;
    for (std::uint32_t line = first_free(), walk = 0; line != 0 && walk < kLines; ++walk) {
        if (next(line) > line) largest = std::max(largest, next(line) - line);
        line = link(line);
    }
    return largest;
}

}  // namespace spinnlab::emulator::monitor
