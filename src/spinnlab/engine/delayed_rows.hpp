// SPDX-License-Identifier: Apache-2.0
// Where sPyNNaker 7 keeps the synaptic rows of one source population's delayed synapses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

/// A source neuron and the delay stage, from 1, in which its packet is sent again.
struct DelayedSource {
    std::uint32_t source = 0;
    std::uint32_t stage = 0;
    friend bool operator==(const DelayedSource&, const DelayedSource&) = default;
};

/// Rows stand core by core of the sources, in each core stage by stage, in each stage by neuron.
struct DelayedRows {
    std::uint32_t sources = 0;
    std::uint32_t atoms_per_core = 0;
    std::uint32_t stages = 0;  ///< of the delay cores, which all projections of the sources share
    std::uint32_t target_atoms = 0;  ///< of a core of the targets
    bool generated = false;          ///< on the machine; else the host writes the rows

    /// Of a projection; stages are 0 where the sources have no delay core.
    static DelayedRows of(const image::MachineImage& image,
                          const image::ProjectionImage& projection);

    /// Several cores and stages: only then do the quirks below show.
    [[nodiscard]] bool are_split() const {
        return stages > 1 && (sources > atoms_per_core || (!generated && sources > target_atoms));
    }

    /// Row of a source and stage; none where it is lost behind the last row. QUIRK: the synapse
    /// generator compares with "<" where it looks for the core (sPyNNaker 7.4.1,
    /// matrix_generator_common.h), so that the first source of every core but the first is taken
    /// for one past the end of the core before. QUIRK: the host counts as if cores of the sources
    /// had as many neurons as those of the targets, the last one too (synapse_io.py).
    [[nodiscard]] std::optional<std::uint32_t> row(DelayedSource at) const;
    /// Whose packet finds the row.
    [[nodiscard]] DelayedSource sender(std::uint32_t row) const;
    /// QUIRK: for what the host takes it when it reads weights back (synapse_io.py): as if all
    /// sources were on one core.
    [[nodiscard]] DelayedSource as_read(std::uint32_t row) const {
        return {row % sources, row / sources + 1};
    }

 private:
    [[nodiscard]] std::uint32_t atoms_of(std::uint32_t core) const;
};

/// What the original's Projection.get() tells of connections, which are given as the machine was
/// asked to make them: all quirks, with `faithful` and profile 7; without them nothing changes.
/// A delay of 0 stands for a connection that is lost.
void read_as_the_original(const image::MachineImage& image,
                          const image::ProjectionImage& projection, std::span<std::uint32_t> pre,
                          std::span<std::uint32_t> delay_steps);

}  // namespace spinnlab::engine
