// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/graph.hpp"

namespace spinnlab::mapping {

namespace {

void cut_vertex(const ApplicationGraph& graph, VertexIndex v, MachineGraph& cut) {
    const ApplicationVertex& vertex = graph.vertices[v];
    const ApplicationVertex& like = vertex.follows ? graph.vertices[*vertex.follows] : vertex;
    const std::uint32_t step = like.max_atoms_per_core;
    if (step == 0) {
        throw CapacityError(fmt::format("{} may have no atoms on a core", vertex.label),
                            "Allow at least one.");
    }
    for (std::uint32_t lo = 0; lo < vertex.atoms;) {
        const std::uint32_t hi = vertex.atoms - lo > step ? lo + step : vertex.atoms;
        cut.cores.push_back({v, {lo, hi}});
        lo = hi;
    }
}

void add_edge(const ApplicationEdge& edge, const MachineGraph& cut, Target& target) {
    target.vertex = edge.post;
    target.all |= edge.pairs == nullptr;
    if (edge.pairs == nullptr) return;
    const std::size_t sources = cut.cores_of(edge.pre).size();
    const std::size_t targets = cut.cores_of(edge.post).size();
    for (const SlicePair& pair : *edge.pairs) {
        if (pair.source >= sources || pair.target >= targets) {
            throw InternalError(fmt::format("an edge from slice {} of {} to slice {} of {}",
                                            pair.source, sources, pair.target, targets));
        }
    }
    target.pairs.insert(target.pairs.end(), edge.pairs->begin(), edge.pairs->end());
}

}  // namespace

MachineGraph partition(const ApplicationGraph& graph) {
    MachineGraph cut;
    for (VertexIndex v = 0; v < graph.vertices.size(); ++v) {
        cut.first_core.push_back(static_cast<CoreIndex>(cut.cores.size()));
        cut_vertex(graph, v, cut);
    }
    cut.first_core.push_back(static_cast<CoreIndex>(cut.cores.size()));
    std::vector<std::map<VertexIndex, Target>> targets(graph.vertices.size());
    for (const ApplicationEdge& edge : graph.edges) {
        add_edge(edge, cut, targets[edge.pre][edge.post]);
    }
    for (auto& of_vertex : targets) {
        auto& list = cut.targets.emplace_back();
        for (auto& [vertex, target] : of_vertex) {
            if (target.all) target.pairs.clear();
            std::ranges::sort(target.pairs);
            const auto repeated = std::ranges::unique(target.pairs);
            target.pairs.erase(repeated.begin(), repeated.end());
            list.push_back(std::move(target));
        }
    }
    return cut;
}

std::vector<CoreIndex> MachineGraph::receivers(CoreIndex source) const {
    const VertexIndex v = cores[source].vertex;
    const std::uint32_t slice = source - first_core[v];
    std::vector<CoreIndex> heard;
    for (const Target& target : targets[v]) {
        const CoreIndex first = first_core[target.vertex];
        if (target.all) {
            for (CoreIndex c = first; c < first_core[target.vertex + 1]; ++c) heard.push_back(c);
            continue;
        }
        const auto mine = std::ranges::equal_range(target.pairs, slice, {}, &SlicePair::source);
        for (const SlicePair& pair : mine) heard.push_back(first + pair.target);
    }
    return heard;
}

}  // namespace spinnlab::mapping
