// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {

namespace {

constexpr unsigned kKeyBits = 32;

/// Bits that tell so many values apart; none for one.
constexpr unsigned bits_for(std::uint64_t values) {
    return values <= 1 ? 0 : static_cast<unsigned>(std::bit_width(values - 1));
}

constexpr std::uint32_t mask_above(unsigned bits) {
    return bits >= kKeyBits ? 0 : ~((1u << bits) - 1);
}

}  // namespace

namespace {

/// Vertices that send, each where its first edge stands.
std::vector<VertexIndex> in_order_of_edges(const ApplicationGraph& graph) {
    std::vector<VertexIndex> order;
    std::vector<bool> known(graph.vertices.size());
    for (const ApplicationEdge& edge : graph.edges) {
        if (known[edge.pre]) continue;
        known[edge.pre] = true;
        order.push_back(edge.pre);
    }
    return order;
}

}  // namespace

KeyMap allocate_keys(const ApplicationGraph& graph, const MachineGraph& cut) {
    KeyMap keys;
    keys.of_core.resize(cut.cores.size());
    std::vector<VertexIndex> senders;
    unsigned widest = 0;
    for (const VertexIndex v : in_order_of_edges(graph)) {
        if (cut.targets[v].empty() || graph.vertices[v].keys_per_atom == 0) continue;
        std::uint64_t most = 0;
        for (const MachineVertex& core : cut.cores_of(v)) {
            most = std::max<std::uint64_t>(
                most, std::uint64_t{core.slice.atoms()} * graph.vertices[v].keys_per_atom);
        }
        senders.push_back(v);
        keys.zones[v].atom_bits = bits_for(most);
        widest = std::max(widest, bits_for(most) + bits_for(cut.cores_of(v).size()));
    }
    const unsigned needed = bits_for(senders.size()) + widest;
    if (needed > kKeyBits) {
        throw CapacityError(fmt::format("routing keys need {} bits: {} for {} senders, {} for the "
                                        "largest of them; there are 32",
                                        needed, bits_for(senders.size()), senders.size(), widest),
                            "Use fewer or smaller populations.");
    }
    for (std::uint32_t index = 0; index < senders.size(); ++index) {
        const VertexIndex v = senders[index];
        KeyMap::Zone& zone = keys.zones[v];
        zone.all = {widest == kKeyBits ? 0 : index << widest, mask_above(widest)};
        const auto n = static_cast<std::uint32_t>(cut.cores_of(v).size());
        for (std::uint32_t slice = 0; slice < n; ++slice) {
            keys.of_core[cut.first_core[v] + slice] = {zone.all.key | slice << zone.atom_bits,
                                                       mask_above(zone.atom_bits)};
        }
    }
    return keys;
}

}  // namespace spinnlab::mapping
