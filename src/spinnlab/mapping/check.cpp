// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {

using machine::ChipXY;
using machine::CoreId;
using machine::Direction;
using machine::Machine;

Follower::Follower(const RoutingTables& tables, const Machine& machine)
    : machine_(machine),
      tables_(static_cast<std::size_t>(machine.width()) * machine.height(), nullptr) {
    for (const auto& [chip, table] : tables) {
        if (machine.find(chip) == nullptr) {
            throw RunError(fmt::format("a routing table for chip ({}, {}), which is not there",
                                       chip.x, chip.y),
                           "Load tables on the machine they were made for.");
        }
        tables_[static_cast<std::size_t>(chip.x) * machine.height() + chip.y] = &table;
    }
}

const RoutingTable* Follower::table_of(ChipXY chip) const {
    return tables_[static_cast<std::size_t>(chip.x) * machine_.height() + chip.y];
}

Follower::Reached Follower::cores(ChipXY source, const KeyMask& block) const {
    Reached reached;
    // A packet that passes every link of the machine has been somewhere twice.
    std::size_t hops_left = machine_.chips().size() * machine::kDirections;
    std::vector<Packet> packets = {{source, -1}};
    while (!packets.empty()) {
        const Packet packet = packets.back();
        packets.pop_back();
        if (hops_left-- == 0) {
            throw RunError(fmt::format("a packet with key {:#010x} sent on chip ({}, {}) runs in "
                                       "circles",
                                       block.key, source.x, source.y),
                           "Correct the routing tables on its way.");
        }
        std::uint32_t route = packet.travelling < 0 ? 0u : 1u << packet.travelling;
        if (const RoutingTable* table = table_of(packet.at)) {
            const auto entry = std::ranges::find_if(*table, [&](const RoutingEntry& e) {
                return ((block.key ^ e.key) & block.mask & e.mask) == 0;
            });
            if (entry != table->end()) {
                route = entry->route;
                if (const std::uint32_t finer = entry->mask & ~block.mask; finer != 0) {
                    return {{}, std::bit_floor(finer)};
                }
            }
        }
        for (const Direction d : machine::kAllDirections) {
            if ((route & route_bit(d)) == 0) continue;
            if (const auto next = machine_.neighbour(packet.at, d)) {
                packets.push_back({*next, static_cast<int>(d)});
            }
        }
        for (int core = 0; core < machine::kMaxCores; ++core) {
            if ((route & route_bit(core)) != 0) reached.cores.push_back({packet.at, core});
        }
    }
    std::ranges::sort(reached.cores);
    return reached;
}

std::vector<CoreId> Follower::cores(ChipXY source, std::uint32_t key) const {
    return cores(source, KeyMask{key, 0xffffffff}).cores;
}

namespace {

/// "2 cores too many, the first is ...", of two rising lists that differ.
std::string difference(const std::vector<CoreId>& reached, const std::vector<CoreId>& wanted) {
    const auto list = [](const std::vector<CoreId>& cores, const char* what) {
        if (cores.empty()) return std::string{};
        return fmt::format("; {} {} cores, the first on chip ({}, {}), core {}", what, cores.size(),
                           cores.front().chip.x, cores.front().chip.y, cores.front().core);
    };
    std::vector<CoreId> extra;
    std::vector<CoreId> missing;
    std::ranges::set_difference(reached, wanted, std::back_inserter(extra));
    std::ranges::set_difference(wanted, reached, std::back_inserter(missing));
    return list(extra, "it must not reach") + list(missing, "it misses");
}

void check_all(const Mapping& mapping, const Machine& machine) {
    const Follower follower(mapping.tables, machine);
    for (CoreIndex c = 0; c < mapping.graph.cores.size(); ++c) {
        const KeyMask& keys = mapping.keys.of_core[c];
        if (keys.mask == 0) continue;
        std::vector<CoreId> wanted;
        for (const CoreIndex t : mapping.graph.receivers(c)) {
            wanted.push_back(mapping.placements[t]);
        }
        std::ranges::sort(wanted);
        const CoreId& at = mapping.placements[c];
        std::vector<KeyMask> blocks = {keys};
        while (!blocks.empty()) {
            const KeyMask block = blocks.back();
            blocks.pop_back();
            const Follower::Reached reached = follower.cores(at.chip, block);
            if (reached.split_bit != 0) {
                const std::uint32_t mask = block.mask | reached.split_bit;
                blocks.push_back({block.key, mask});
                blocks.push_back({block.key | reached.split_bit, mask});
                continue;
            }
            if (reached.cores == wanted) continue;
            throw InternalError(fmt::format(
                "key {:#010x} of vertex {}, sent by core {} of chip "
                "({}, {}), reaches {} cores instead of {}{}",
                block.key, mapping.graph.cores[c].vertex, at.core, at.chip.x, at.chip.y,
                reached.cores.size(), wanted.size(), difference(reached.cores, wanted)));
        }
    }
}

}  // namespace

void check(const Mapping& mapping, const Machine& machine) {
    try {
        check_all(mapping, machine);
    } catch (const RunError& error) {  // tables that nobody has changed are ours
        throw InternalError(error.what());
    }
}

}  // namespace spinnlab::mapping
