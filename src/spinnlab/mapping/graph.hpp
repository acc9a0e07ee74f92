// SPDX-License-Identifier: Apache-2.0
// What is to be mapped: vertices made of atoms, and who sends to whom.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinnlab/machine/coordinates.hpp"

namespace spinnlab::mapping {

using VertexIndex = std::uint32_t;  ///< of an application vertex, in order of creation
using CoreIndex = std::uint32_t;    ///< of a machine vertex: one slice on one core

/// Atoms lo .. hi - 1.
struct Slice {
    std::uint32_t lo = 0;
    std::uint32_t hi = 0;
    [[nodiscard]] std::uint32_t atoms() const { return hi - lo; }
    friend bool operator==(const Slice&, const Slice&) = default;
};

/// SDRAM of one core: a fixed part, and what every recorded time step adds.
struct Resources {
    std::uint64_t fixed_bytes = 0;
    std::uint64_t bytes_per_step = 0;
    [[nodiscard]] std::uint64_t total(std::uint64_t steps) const {
        return fixed_bytes + bytes_per_step * steps;
    }
};

struct ApplicationVertex {
    std::string label{};
    std::uint32_t atoms = 0;
    std::uint32_t max_atoms_per_core = 0;
    Resources core{};  ///< of a core with a full slice; short slices are planned alike
    /// Keys that a slice of so many atoms needs, e.g. 16 an atom for four colour bits; 0: no keys.
    std::uint32_t keys_per_atom = 0;
    /// Cut as this vertex is, whatever max_atoms_per_core says.
    std::optional<VertexIndex> follows{};
    std::optional<machine::ChipXY>
        chip{};                        ///< fixed place of the first slice, the others beside it
    std::optional<int> core_number{};  ///< with `chip` only
};

/// A slice that sends and one that is to hear it, by their indexes in their vertices.
struct SlicePair {
    std::uint32_t source = 0;
    std::uint32_t target = 0;
    friend auto operator<=>(const SlicePair&, const SlicePair&) = default;
};
using SlicePairs = std::vector<SlicePair>;

struct ApplicationEdge {
    VertexIndex pre = 0;
    VertexIndex post = 0;
    std::shared_ptr<const SlicePairs> pairs{};  ///< null: all slices send to all
};

struct ApplicationGraph {
    std::vector<ApplicationVertex> vertices{};
    std::vector<ApplicationEdge> edges{};
};

struct MachineVertex {
    VertexIndex vertex = 0;
    Slice slice{};
};

/// A vertex that another sends to, over all edges between the two.
struct Target {
    VertexIndex vertex = 0;
    bool all = false;    ///< every slice sends to every slice
    SlicePairs pairs{};  ///< else these, rising
};

/// Slices, vertex by vertex, rising.
struct MachineGraph {
    std::vector<MachineVertex> cores{};
    std::vector<CoreIndex> first_core{};         ///< by vertex, and one behind the last
    std::vector<std::vector<Target>> targets{};  ///< by vertex: who it sends to, rising

    [[nodiscard]] std::span<const MachineVertex> cores_of(VertexIndex v) const {
        return std::span(cores).subspan(first_core[v], first_core[v + 1] - first_core[v]);
    }
    /// Cores that must hear `source`, and no others; rising.
    [[nodiscard]] std::vector<CoreIndex> receivers(CoreIndex source) const;
};

/// Throws CapacityError for a vertex that allows no atoms on a core.
[[nodiscard]] MachineGraph partition(const ApplicationGraph& graph);

}  // namespace spinnlab::mapping
