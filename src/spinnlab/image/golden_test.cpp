// SPDX-License-Identifier: Apache-2.0
// Slices, delay slots, delay cores, weight scales, keys, rows, planned SDRAM, places and entries as
// the published host packages 7.4.1 decide them (tests/golden/mapping-7.4.1); and every key of
// every network followed through the tables.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/compile.hpp"
#include "spinnlab/image/testing/networks.hpp"
#include "spinnlab/network/lower.hpp"
#include "spinnlab/synapses/estimates.hpp"

namespace spinnlab::image {
namespace {

using nlohmann::json;
using testing::Builder;
using testing::golden_networks;

json golden(const std::string& name) {
    std::ifstream file(std::filesystem::path(SPINNLAB_GOLDEN_DIR) / "mapping-7.4.1" /
                       (name + ".json"));
    return json::parse(file);
}

/// One core: [slice (lo, hi inclusive), [x, y, p], [key, mask] or null], as the files have it.
struct Core {
    std::uint32_t lo = 0;
    std::uint32_t last = 0;
    machine::CoreId at{};
    std::optional<mapping::KeyMask> keys{};
};

std::string text(const Core& core, bool with_place) {
    const std::string keys =
        core.keys ? fmt::format("{:08x}/{:08x}", core.keys->key, core.keys->mask) : "no key";
    const std::string place =
        with_place ? fmt::format(" on ({}, {}, {})", core.at.chip.x, core.at.chip.y, core.at.core)
                   : "";
    return fmt::format("{}-{} {}{}", core.lo, core.last, keys, place);
}

Core core_of(const json& row) {
    Core core{row[0][0], row[0][1], {{row[1][0], row[1][1]}, row[1][2]}, {}};
    if (!row[2].is_null()) {
        const auto hex = [&](int i) {
            return static_cast<std::uint32_t>(
                std::stoul(row[2][i].get<std::string>(), nullptr, 16));
        };
        core.keys = mapping::KeyMask{hex(0), hex(1)};
    }
    return core;
}

/// What the published packages decide otherwise, one line each.
class Comparison {
 public:
    Comparison(const json& wanted, const Builder& network, const MachineImage& image)
        : wanted_(wanted),
          network_(network.network()),
          image_(image),
          // Only their neuron cores are compared: here every core holds its neurons' synapses.
          split_(std::ranges::any_of(wanted["populations"], [](const json& population) {
              return !population.value("combined", true);
          })) {
        find_cores();
    }

    std::vector<std::string> run() {
        std::vector<std::string> labels;
        for (const json& population : wanted_["populations"]) labels.push_back(population["label"]);
        std::vector<std::string> here;
        for (const auto& [label, cores] : cores_) here.push_back(label);
        std::ranges::sort(labels);
        same("vertices", fmt::format("{}", here), fmt::format("{}", labels));
        for (const json& population : wanted_["populations"]) {
            compare_cores(population);
            compare_plan(population);
        }
        if (!split_) {
            same("boards", image_.machine.ethernet_chips().size(),
                 wanted_["boards"].get<std::size_t>());
        }
        return std::move(found_);
    }

    [[nodiscard]] std::size_t compared() const { return compared_; }

 private:
    void find_cores() {
        for (const SliceImage& slice : image_.slices) {
            Core core{slice.lo, slice.hi - 1, slice.core, {}};
            if (slice.sends) core.keys = mapping::KeyMask{slice.key, slice.mask};
            cores_[image_.populations[slice.population].label].push_back(core);
        }
        for (const DelayImage& delay : image_.delays) {
            const SliceImage& slice = image_.slices[delay.source];
            cores_[image_.populations[slice.population].label + "_delayed"].push_back(
                {slice.lo, slice.hi - 1, delay.core, mapping::KeyMask{delay.key, delay.mask}});
        }
    }

    template <class T>
    void same(const std::string& what, const T& ours, const T& theirs) {
        ++compared_;
        if (ours != theirs) {
            found_.push_back(fmt::format("{}: {}, not {}", what, ours, theirs));
        }
    }

    void compare_cores(const json& population) {
        const std::string label = population["label"];
        if (split_ && !population.contains("combined")) return;  // cut as their targets
        std::vector<Core> wanted;
        for (const json& row : population["cores"]) {
            const Core core = core_of(row);
            const bool synapse_core = split_ && !core.keys.has_value();
            if (!synapse_core) wanted.push_back(core);
        }
        std::vector<Core> ours = cores_[label];
        if (!split_) {
            same(label + " cores", ours.size(), population["n_cores"].get<std::size_t>());
        }
        if (ours.size() > wanted.size() && wanted.size() == 4) {  // only both ends are kept
            ours.erase(ours.begin() + 2, ours.end() - 2);
        }
        same(label + " slices", ours.size(), wanted.size());
        for (std::size_t i = 0; i < std::min(ours.size(), wanted.size()); ++i) {
            if (split_) {
                // Places and the numbers of the zones follow from the cores in between.
                same(label, fmt::format("{}-{}", ours[i].lo, ours[i].last),
                     fmt::format("{}-{}", wanted[i].lo, wanted[i].last));
                same(label + " key width", ours[i].keys.value().mask, wanted[i].keys->mask);
            } else {
                const bool placed = wanted_["network"] != kPlacedElsewhere;
                same(label, text(ours[i], placed), text(wanted[i], placed));
            }
        }
    }

    void compare_plan(const json& population) {
        if (!population.contains("ring_buffer_shifts")) return;
        const std::string label = population["label"];
        const auto id = static_cast<PopulationIndex>(std::distance(
            network_.populations().begin(),
            std::ranges::find(network_.populations(), label, &network::Population::label)));
        const auto& ours = image_.populations[id];
        const auto& neurons = std::get<NeuronImage>(ours.cells);
        same(label + " shifts", std::vector<int>(neurons.shifts.begin(), neurons.shifts.end()),
             population["ring_buffer_shifts"].get<std::vector<int>>());
        same(label + " weight scales", neurons.weight_scales,
             population["weight_scales"].get<std::vector<double>>());
        same(label + " delay slots", neurons.delay_slots,
             population["max_delay_steps"].get<std::uint32_t>());
        if (!split_) {
            same(label + " SDRAM",
                 std::vector<std::uint64_t>{ours.core_sdram.fixed_bytes,
                                            ours.core_sdram.bytes_per_step},
                 population["planned"].get<std::vector<std::uint64_t>>());
        }
        std::size_t row = 0;
        for (std::size_t p = 0; p < image_.projections.size(); ++p) {
            const ProjectionImage& projection = image_.projections[p];
            if (projection.post != id) continue;
            if (population["rows"].empty()) continue;  // not kept for the large ones
            compare_row(projection, ours, population["rows"].at(row++));
        }
        same(label + " projections", row, population["rows"].size());
    }

    void compare_row(const ProjectionImage& projection, const PopulationImage& post,
                     const json& row) {
        same(projection.label + " stages", projection.delay_stages,
             row["delay_stages"].get<std::uint32_t>());
        const auto rows = synapses::estimate_rows(
            projection.recipe, image_.timestep_ms, post.atoms_per_core,
            std::get<NeuronImage>(post.cells).delay_slots, projection.delay_stages);
        same(projection.label + " row", rows.undelayed, row["undelayed"][0].get<std::uint32_t>());
        same(projection.label + " delayed row", rows.delayed,
             row.contains("delayed") ? row["delayed"][0].get<std::uint32_t>() : 0u);
    }

    // The golden data are of a virtual board, which plans less for generating synapses on the
    // machine. Where a chip's SDRAM is nearly full, that decides whether one more core fits.
    static constexpr const char* kPlacedElsewhere = "microcircuit_full_1ms";

    const json& wanted_;
    const network::Network& network_;
    const MachineImage& image_;
    bool split_;
    std::map<std::string, std::vector<Core>> cores_{};
    std::vector<std::string> found_{};
    std::size_t compared_ = 0;
};

class GoldenMapping : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenMapping, EqualsThePublishedOne) {
    const json wanted = golden(GetParam());
    Builder builder(wanted["timestep_ms"].get<double>());
    golden_networks().at(GetParam())(builder);
    if (wanted.contains("error")) {
        // What the original refuses, the native way runs, and says so; `strict` refuses too where
        // the machine's memory is the reason.
        EXPECT_EQ(compile(builder.network()).notes.size(), 1u);
        return;
    }
    const MachineImage image = compile(builder.network());
    EXPECT_TRUE(image.notes.empty());
    Comparison comparison(wanted, builder, image);
    const auto found = comparison.run();
    EXPECT_GT(comparison.compared(), 5u);
    std::string all;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 20); ++i) {
        all += "\n" + found[i];
    }
    EXPECT_TRUE(found.empty()) << found.size() << " of " << comparison.compared()
                               << " entries differ:" << all;
    std::size_t entries = 0;
    for (const auto& [chip, table] : image.mapping.tables) entries += table.size();
    if (!wanted["entries"].is_null()) {
        // Trees are our own; their tables are about as long.
        EXPECT_LE(entries, 2 * wanted["entries"].get<std::size_t>());
    }
    EXPECT_NO_THROW(mapping::check(image.mapping, image.machine));
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& [name, build] : golden_networks()) all.push_back(name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenMapping, ::testing::ValuesIn(names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace spinnlab::image
