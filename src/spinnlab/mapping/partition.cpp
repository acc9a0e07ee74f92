// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/graph.hpp"

namespace spinnlab::mapping {

MachineGraph partition(const ApplicationGraph& graph) {
    MachineGraph cut;
    for (VertexIndex v = 0; v < graph.vertices.size(); ++v) {
        const ApplicationVertex& vertex = graph.vertices[v];
        cut.first_core.push_back(static_cast<CoreIndex>(cut.cores.size()));
        const ApplicationVertex& like = vertex.follows ? graph.vertices[*vertex.follows] : vertex;
        if (like.max_atoms_per_core == 0) {
            throw CapacityError(fmt::format("{} may have no atoms on a core", vertex.label),
                                "Allow at least one.");
        }
        const std::uint32_t step = like.max_atoms_per_core;
        for (std::uint32_t lo = 0; lo < vertex.atoms;) {
            const std::uint32_t hi = vertex.atoms - lo > step ? lo + step : vertex.atoms;
            cut.cores.push_back({v, {lo, hi}});
            lo = hi;
        }
    }
    cut.first_core.push_back(static_cast<CoreIndex>(cut.cores.size()));
    std::vector<std::set<VertexIndex>> targets(graph.vertices.size());
    for (const ApplicationEdge& edge : graph.edges) targets[edge.pre].insert(edge.post);
    for (const auto& of_vertex : targets) {
        cut.targets.emplace_back(of_vertex.begin(), of_vertex.end());
    }
    return cut;
}

}  // namespace spinnlab::mapping
