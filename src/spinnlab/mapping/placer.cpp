// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <optional>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/mapping/mapping.hpp"

namespace spinnlab::mapping {

namespace {

using machine::Chip;
using machine::ChipXY;
using machine::Machine;

// SDRAM of the original's own cores, bytes (machine.md 3.7 of the reference, run on 7.4.1).
constexpr std::uint64_t kExtraMonitorBytes = 488'476;
constexpr std::uint64_t kGathererBytes = 477'250;

/// A chip with what is still free on it.
struct Space {
    const Chip* chip = nullptr;
    std::uint64_t sdram_bytes = 0;  ///< after the monitors
    std::uint64_t used_bytes = 0;
    int next_core = 0;      ///< cores are given out in order
    std::set<int> taken{};  ///< by fixed places
    bool full = false;

    [[nodiscard]] std::optional<int> free_core() const {
        for (int core = next_core; core < chip->n_cores; ++core) {
            if (!taken.contains(core)) return core;
        }
        return std::nullopt;
    }
};

class Placer {
 public:
    Placer(const ApplicationGraph& graph, const MachineGraph& cut, const Machine& machine,
           const MappingOptions& options)
        : graph_(graph),
          cut_(cut),
          machine_(machine),
          options_(options),
          placements_(cut.cores.size(), machine::CoreId{{-1, -1}, -1}),
          perfect_bytes_(chip_bytes(options)) {
        index_.assign(static_cast<std::size_t>(machine.width()) * machine.height(), -1);
        for (const Chip& chip : machine.chips()) {
            index_[at(chip.xy)] = static_cast<int>(spaces_.size());
            spaces_.push_back(fresh(chip));
        }
        const int monitors = options.monitors ? 1 : 0;
        const std::uint64_t cores = machine::kMaxCores - 1 - monitors;
        full_above_ = perfect_bytes_ - perfect_bytes_ / cores;
    }

    Placements run() {
        for (VertexIndex v = 0; v < graph_.vertices.size(); ++v) {
            if (graph_.vertices[v].chip) place_fixed(v);
        }
        for (VertexIndex v = 0; v < graph_.vertices.size(); ++v) {
            if (!graph_.vertices[v].chip) place_vertex(v);
        }
        return std::move(placements_);
    }

 private:
    [[nodiscard]] std::size_t at(ChipXY xy) const {
        return static_cast<std::size_t>(xy.x) * machine_.height() + xy.y;
    }
    Space& space(ChipXY xy) { return spaces_[index_[at(xy)]]; }

    [[nodiscard]] Space fresh(const Chip& chip) const {
        Space space;
        space.chip = &chip;
        space.sdram_bytes = chip.usable_sdram_bytes;
        space.next_core = 1;
        if (options_.monitors) {
            space.next_core = 2;
            space.sdram_bytes -= kExtraMonitorBytes;
            if (chip.ethernet == chip.xy) {
                space.next_core = 3;
                space.sdram_bytes -= kGathererBytes;
            }
        }
        return space;
    }

    [[nodiscard]] std::uint64_t planned(VertexIndex v) const {
        return graph_.vertices[v].core.total(options_.plan_steps);
    }

    void place_fixed(VertexIndex v) {
        const ApplicationVertex& vertex = graph_.vertices[v];
        const ChipXY xy = *vertex.chip;
        if (machine_.find(xy) == nullptr) {
            throw CapacityError(fmt::format("{} is to stand on chip ({}, {}), which is not there",
                                            vertex.label, xy.x, xy.y),
                                "Name a chip of the machine.");
        }
        Space& where = space(xy);
        for (CoreIndex c = cut_.first_core[v]; c < cut_.first_core[v + 1]; ++c) {
            std::optional<int> core = where.free_core();
            if (c == cut_.first_core[v] && vertex.core_number) {
                core = vertex.core_number;
                if (where.taken.contains(*core) || *core < where.next_core ||
                    *core >= where.chip->n_cores) {
                    core.reset();
                }
            }
            if (!core || where.used_bytes + planned(v) > where.sdram_bytes) {
                throw CapacityError(
                    fmt::format("{} does not fit on chip ({}, {}), where it is to stand",
                                vertex.label, xy.x, xy.y),
                    "Choose another chip or core, or leave the place open.");
            }
            where.taken.insert(*core);
            where.used_bytes += planned(v);
            placements_[c] = {xy, *core};
        }
    }

    void place_vertex(VertexIndex v) {
        for (const int start : starts_tried_) restored_.push_back(start);
        starts_tried_.clear();
        while (!try_from_next_start(v)) {
        }
    }

    /// One attempt: all cores of the vertex from the next start chip on, or none.
    bool try_from_next_start(VertexIndex v) {
        prepared_.assign(spaces_.size(), false);
        same_board_.clear();
        other_boards_.clear();
        std::optional<int> current;
        std::vector<std::pair<int, Space>> before;  // chips as they were, to go back to
        for (CoreIndex c = cut_.first_core[v]; c < cut_.first_core[v + 1]; ++c) {
            if (!current || !fits(spaces_[*current], v)) {
                current = current ? next_neighbour(v) : std::optional(next_start(v));
                if (!current) {
                    for (auto& [chip, was] : before) spaces_[chip] = std::move(was);
                    return false;
                }
                before.emplace_back(*current, spaces_[*current]);
            }
            Space& where = spaces_[*current];
            const int core = *where.free_core();
            where.next_core = core + 1;
            where.used_bytes += planned(v);
            placements_[c] = {where.chip->xy, core};
        }
        return true;
    }

    [[nodiscard]] bool fits(const Space& where, VertexIndex v) const {
        return where.free_core().has_value() && where.used_bytes + planned(v) <= where.sdram_bytes;
    }

    /// Whether the vertex' next core fits; marks full chips and opens the way to the neighbours.
    bool enter(int chip, VertexIndex v) {
        Space& where = spaces_[chip];
        if (where.full || prepared_[chip]) return false;
        if (!where.free_core() || where.used_bytes > full_above_) {
            where.full = true;
            return false;
        }
        prepared_[chip] = true;
        if (!fits(where, v)) {
            check_could_fit(v);
            return false;
        }
        for (const machine::Direction d : machine::kAllDirections) {
            const auto neighbour = machine_.neighbour(where.chip->xy, d);
            if (!neighbour) continue;
            const int other = index_[at(*neighbour)];
            if (spaces_[other].full || prepared_[other]) continue;
            auto& list = spaces_[other].chip->ethernet == board_ ? same_board_ : other_boards_;
            if (std::ranges::find(list, other) == list.end()) list.push_back(other);
        }
        return true;
    }

    int next_start(VertexIndex v) {
        while (true) {
            const int start = pop_start(v);
            starts_tried_.push_back(start);
            board_ = spaces_[start].chip->ethernet;
            if (enter(start, v)) return start;
        }
    }

    int pop_start(VertexIndex v) {
        while (!restored_.empty()) {
            const int chip = restored_.front();
            restored_.pop_front();
            if (!spaces_[chip].full) return chip;
        }
        while (next_chip_ < spaces_.size()) {
            const auto chip = static_cast<int>(next_chip_++);
            if (!spaces_[chip].full) return chip;
        }
        std::uint64_t free_cores = 0;
        for (const Space& space : spaces_) {
            if (!space.full) free_cores += space.chip->n_cores - space.next_core;
        }
        throw CapacityError(
            fmt::format("{} needs {} cores with {} bytes of SDRAM each; the machine of {} chips "
                        "has {} cores left and no room for all of them side by side",
                        graph_.vertices[v].label, cut_.cores_of(v).size(), planned(v),
                        spaces_.size(), free_cores),
            "Use a larger machine, or fewer neurons.");
    }

    std::optional<int> next_neighbour(VertexIndex v) {
        while (true) {
            if (same_board_.empty() && !other_boards_.empty()) {
                const int first = other_boards_.front();
                board_ = spaces_[first].chip->ethernet;
                std::deque<int> others;
                for (const int chip : other_boards_) {
                    (spaces_[chip].chip->ethernet == board_ ? same_board_ : others).push_back(chip);
                }
                other_boards_ = std::move(others);
            }
            if (same_board_.empty()) return std::nullopt;
            const int chip = same_board_.front();
            same_board_.pop_front();
            if (enter(chip, v)) return chip;
        }
    }

    void check_could_fit(VertexIndex v) const {
        if (planned(v) <= perfect_bytes_) return;
        const ApplicationVertex& vertex = graph_.vertices[v];
        throw CapacityError(
            fmt::format("a core of {} with {} atoms needs {} bytes of SDRAM, a chip has {}",
                        vertex.label, vertex.max_atoms_per_core, planned(v), perfect_bytes_),
            "Put fewer atoms on a core, or record less.");
    }

    const ApplicationGraph& graph_;
    const MachineGraph& cut_;
    const Machine& machine_;
    const MappingOptions& options_;
    Placements placements_;
    std::vector<Space> spaces_{};  ///< by chip, in the machine's order
    std::vector<int> index_{};
    std::uint64_t perfect_bytes_;
    std::uint64_t full_above_ = 0;
    std::size_t next_chip_ = 0;
    std::deque<int> restored_{};
    std::vector<int> starts_tried_{};
    std::vector<bool> prepared_{};
    ChipXY board_{};
    std::deque<int> same_board_{};
    std::deque<int> other_boards_{};
};

}  // namespace

std::uint64_t chip_bytes(const MappingOptions& options) {
    return machine::kUsableSdramBytes - (options.monitors ? kExtraMonitorBytes : 0);
}

int boards_needed(const ApplicationGraph& graph, const MachineGraph& cut,
                  const MappingOptions& options) {
    // Cores of a default board that applications get, and the SDRAM of its chips.
    constexpr std::uint64_t kChips = 48;
    constexpr std::uint64_t kCores = 856 - kChips;
    const std::uint64_t cores = options.monitors ? kCores - kChips - 1 : kCores;
    double chips = 0;
    std::uint64_t used = 0;
    for (VertexIndex v = 0; v < graph.vertices.size(); ++v) {
        const auto n = cut.cores_of(v).size();
        used += n;
        const std::uint64_t bytes = graph.vertices[v].core.total(options.plan_steps);
        const std::uint64_t in_a_chip =
            bytes == 0 ? 16 : std::clamp<std::uint64_t>(chip_bytes(options) / bytes, 1, 16);
        chips += static_cast<double>(n) / static_cast<double>(in_a_chip);
    }
    const auto by_cores = (used + cores - 1) / cores;
    const auto by_chips = static_cast<std::uint64_t>(std::ceil(chips / kChips));
    return static_cast<int>(std::max<std::uint64_t>({1, by_cores, by_chips}));
}

Placements place(const ApplicationGraph& graph, const MachineGraph& cut, const Machine& machine,
                 const MappingOptions& options) {
    return Placer(graph, cut, machine, options).run();
}

}  // namespace spinnlab::mapping
