// SPDX-License-Identifier: Apache-2.0
// Where everything is and how packets find it: placements, keys, routing tables.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "spinnlab/machine/machine.hpp"
#include "spinnlab/mapping/graph.hpp"

namespace spinnlab::mapping {

/// A core for every slice, by CoreIndex.
using Placements = std::vector<machine::CoreId>;

/// Keys of one slice: those with (key & mask) == base.
struct KeyMask {
    std::uint32_t key = 0;
    std::uint32_t mask = 0;
    friend bool operator==(const KeyMask&, const KeyMask&) = default;
};

/// Keys of the slices that send. Every sending vertex has a zone of its own:
/// | index of the vertex | index of the slice | atom and whatever else the low bits carry |
struct KeyMap {
    struct Zone {
        KeyMask all{};           ///< of the whole vertex
        unsigned atom_bits = 0;  ///< below the index of the slice
    };
    std::map<VertexIndex, Zone> zones{};
    std::vector<KeyMask> of_core{};  ///< by CoreIndex; mask 0: sends nothing
};

/// One line of a router's table.
struct RoutingEntry {
    std::uint32_t key = 0;
    std::uint32_t mask = 0;
    std::uint32_t route = 0;  ///< bits 0-5 links, 6-23 cores, as in the hardware
    friend bool operator==(const RoutingEntry&, const RoutingEntry&) = default;
};
using RoutingTable = std::vector<RoutingEntry>;
/// By chip, as in Machine::chips().
using RoutingTables = std::map<machine::ChipXY, RoutingTable>;

[[nodiscard]] constexpr std::uint32_t route_bit(machine::Direction link) {
    return 1u << static_cast<unsigned>(link);
}
[[nodiscard]] constexpr std::uint32_t route_bit(int core) { return 1u << (6 + core); }

struct MappingOptions {
    std::uint64_t plan_steps = 1000;  ///< recorded steps for which SDRAM is planned
    bool monitors = true;             ///< an extra monitor a chip, a packet gatherer a board
};

/// Everything for one run.
struct Mapping {
    MachineGraph graph{};
    Placements placements{};
    KeyMap keys{};
    RoutingTables tables{};
};

/// SDRAM that the cores of a chip share, behind its monitors.
[[nodiscard]] std::uint64_t chip_bytes(const MappingOptions& options);

/// Boards of 48 chips that `graph` needs, by cores and SDRAM, as a first guess.
[[nodiscard]] int boards_needed(const ApplicationGraph& graph, const MachineGraph& cut,
                                const MappingOptions& options);

/// Fills chips core by core, a vertex on neighbouring chips, as the original's ApplicationPlacer.
/// Throws CapacityError naming vertex, resource, needed and available.
[[nodiscard]] Placements place(const ApplicationGraph& graph, const MachineGraph& cut,
                               const machine::Machine& machine, const MappingOptions& options);

/// Throws CapacityError when 32 bits do not suffice.
[[nodiscard]] KeyMap allocate_keys(const ApplicationGraph& graph, const MachineGraph& cut);

/// A tree of links over chips, the same for every direction of travel: route bits of the links a
/// chip has in it.
using LinkTree = std::map<machine::ChipXY, std::uint32_t>;

/// A tree that connects `chips`: from the first to each, longest dimension first, around dead links
/// and chips. Throws CapacityError where a chip cannot be reached.
[[nodiscard]] LinkTree span(const machine::Machine& machine,
                            std::span<const machine::ChipXY> chips);

/// Links and cores by which the packets of one source leave each chip.
using Tree = std::map<machine::ChipXY, std::uint32_t>;

/// From `source` along a tree to the cores in `targets` (route word a chip), and nowhere else.
[[nodiscard]] Tree flood(const LinkTree& tree, const machine::Machine& machine,
                         machine::ChipXY source,
                         const std::map<machine::ChipXY, std::uint32_t>& targets);

/// `span` and `flood` for a source of its own.
[[nodiscard]] Tree route(const machine::Machine& machine, machine::ChipXY source,
                         const std::map<machine::ChipXY, std::uint32_t>& targets);

/// Tables of all chips, neighbouring slices with one route merged. Throws CapacityError for a
/// table that stays too long after compression.
[[nodiscard]] RoutingTables make_tables(const MachineGraph& cut, const Placements& placements,
                                        const KeyMap& keys, const machine::Machine& machine);

/// Fewer entries with the same meaning for every key that is in use ("pair" compression).
[[nodiscard]] RoutingTable compress(const RoutingTable& table);

/// partition, place, keys, tables.
[[nodiscard]] Mapping map(const ApplicationGraph& graph, const machine::Machine& machine,
                          const MappingOptions& options = {});

/// Follows packets hop by hop through the tables: default routes, links, wrap-arounds.
class Follower {
 public:
    /// Both must outlive it.
    Follower(const RoutingTables& tables, const machine::Machine& machine);

    /// Cores that a packet with `key` sent on `source` reaches, rising; one core twice if it gets
    /// two copies. Throws RunError for a packet that runs in circles.
    [[nodiscard]] std::vector<machine::CoreId> cores(machine::ChipXY source,
                                                     std::uint32_t key) const;

    /// The same for all keys of a block at once. Where an entry treats some of them otherwise, the
    /// keys differ in what they reach: then nothing, and the bit of the key to look at.
    struct Reached {
        std::vector<machine::CoreId> cores{};
        std::uint32_t split_bit = 0;
    };
    [[nodiscard]] Reached cores(machine::ChipXY source, const KeyMask& block) const;

 private:
    struct Packet {
        machine::ChipXY at{};
        int travelling = -1;  ///< direction of its last hop; -1: just sent
    };
    [[nodiscard]] const RoutingTable* table_of(machine::ChipXY chip) const;

    const machine::Machine& machine_;
    std::vector<const RoutingTable*> tables_{};  ///< [x * height + y], null: none
};

/// Proves, key by key, that every slice's packets reach exactly the cores they must, once each.
/// Throws InternalError with the first key that does not.
void check(const Mapping& mapping, const machine::Machine& machine);

}  // namespace spinnlab::mapping
