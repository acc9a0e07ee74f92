// SPDX-License-Identifier: Apache-2.0
// The synapses of one partition for one receptor: rows sorted by delay, in the order in which they
// fall due.
//
// A row belongs to one source neuron and is a chain of sub-rows, one for each delay (and for each
// weight, in constant rows) that occurs in it:
//
//   packed    one word a synapse: weight << 16 | target
//   constant  one word with the weight, then 16-bit targets, two a word
//
// Behind every sub-row stands the link to the next: steps until it falls due in the low 8 bits, its
// number of synapses above; 0 ends the row. A gap of 0 is due at once. Gaps above 255 steps pass
// over empty sub-rows. Targets are indexes in the partition.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "spinnlab/engine/huge_buffer.hpp"

namespace spinnlab::engine {

enum class RowKind : std::uint8_t { Packed, Constant };

/// Steps to wait and number of synapses of a sub-row, as one word.
struct Link {
    static constexpr std::uint32_t kMaxGap = 255;
    static constexpr std::uint32_t kMaxCount = (1u << 24) - 1;

    static constexpr std::uint32_t make(std::uint32_t gap_steps, std::uint32_t count) {
        return gap_steps | count << 8;
    }
    static constexpr std::uint32_t gap(std::uint32_t link) { return link & 0xff; }
    static constexpr std::uint32_t count(std::uint32_t link) { return link >> 8; }
};

/// Where a source neuron's row starts.
struct RowStart {
    std::uint32_t word = 0;  ///< of the first sub-row
    std::uint32_t link = 0;  ///< to it; 0: the neuron has no row here
};

struct RowSet {
    RowKind kind = RowKind::Packed;
    std::uint32_t receptor = 0;
    bool saturating = false;  ///< sums may pass 2^32: clamp at every addition
    HugeBuffer<std::uint32_t> words{};
    /// By source population; empty where it has no synapses here, else one a neuron.
    std::vector<std::vector<RowStart>> starts{};
    std::uint64_t synapses = 0;
    std::uint64_t sub_rows = 0;
    std::uint32_t longest_delay_steps = 0;
};

/// Words of a sub-row without its link.
constexpr std::uint64_t sub_row_words(RowKind kind, std::uint64_t count) {
    return kind == RowKind::Packed ? count : 1 + (count + 1) / 2;
}

}  // namespace spinnlab::engine
