// SPDX-License-Identifier: Apache-2.0
// Question: how long does it take to map a network on the machine of 57,600 chips? 200 populations
// of 10,000 neurons in a ring, 100 a core, delays of 100 steps: 20,000 cores of neurons and 20,000
// of delay stages, as in tests/golden/mapping-7.4.1; and one population of 1,000,000 neurons that
// sends to itself, the worst that trees can meet: its synapses leave room for two cores on a chip,
// so about 2,000 chips send and listen to each other. Every key is followed through
// the tables (check), and who hears whom is read off them (trace). Prints `SCENE STAGE MS` in CPU
// time, the best of several runs, and the number of entries and of the longest table.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>

#include "spinnlab/image/compile.hpp"
#include "spinnlab/image/fit.hpp"
#include "spinnlab/image/testing/networks.hpp"

namespace {

using namespace spinnlab;
using image::testing::Builder;

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <class Result>
Result best_of(int runs, const char* scene, const char* stage,
               const std::function<Result()>& action) {
    double best = std::numeric_limits<double>::max();
    Result result;
    for (int i = 0; i < runs; ++i) {
        const double began = cpu_ms();
        result = action();
        best = std::min(best, cpu_ms() - began);
    }
    fmt::print("{} {} {:.1f}\n", scene, stage, best);
    return result;
}

void measure(const char* scene, const network::Network& network, int runs) {
    image::CompileOptions options;
    options.machine = machine::parse_spec("million");
    const auto lowered = best_of<network::LoweredNetwork>(runs, scene, "lower", [&] {
        std::vector<std::string> notes;
        return image::lower_to_fit(network, options, notes);
    });
    const auto machine = best_of<machine::Machine>(
        runs, scene, "machine", [&] { return machine::build(*options.machine); });
    const auto graph = best_of<mapping::MachineGraph>(
        runs, scene, "partition", [&] { return mapping::partition(lowered.graph); });
    const auto places = best_of<mapping::Placements>(
        runs, scene, "place", [&] { return mapping::place(lowered.graph, graph, machine, {}); });
    const auto keys = best_of<mapping::KeyMap>(
        runs, scene, "keys", [&] { return mapping::allocate_keys(lowered.graph, graph); });
    best_of<mapping::RoutingTables>(
        runs, scene, "tables", [&] { return mapping::make_tables(graph, places, keys, machine); });
    const auto image = best_of<image::MachineImage>(
        runs, scene, "compile", [&] { return image::compile(network, options); });
    best_of<int>(runs, scene, "check", [&] {
        mapping::check(image.mapping, image.machine);
        return 0;
    });
    best_of<image::Deliveries>(runs, scene, "trace", [&] { return image::trace(image); });
    std::size_t entries = 0;
    std::size_t longest = 0;
    for (const auto& [chip, table] : image.mapping.tables) {
        entries += table.size();
        longest = std::max(longest, table.size());
    }
    fmt::print("{} cores {}\n{} entries {}\n{} longest {}\n", scene,
               image.mapping.placements.size(), scene, entries, scene, longest);
    std::fflush(stdout);
}

}  // namespace

int main() {
    Builder ring;
    image::testing::golden_networks().at("machine_200x10000_delayed")(ring);
    measure("ring", ring.network(), 3);
    Builder large;
    const auto everybody = large.neurons("everybody", 1'000'000);
    large.project(everybody, everybody, synapses::FixedProbability{1e-5}, synapses::Constant{0.1},
                  synapses::Constant{1});
    measure("recurrent", large.network(), 1);
    return 0;
}
