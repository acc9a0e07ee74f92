// SPDX-License-Identifier: Apache-2.0
// What an image says about each population, delay stage and projection.
#include "spinnlab/image/compile.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::image {
namespace {

using network::Network;
using network::testing::Builder;
using synapses::AllToAll;
using synapses::Constant;

network::Population population_of(network::Cells cells, std::uint32_t size) {
    network::Population population;
    population.label = "pop";
    population.size = size;
    population.cells = std::move(cells);
    return population;
}

TEST(Compile, SpikeTimesBecomeTheStepAtOrBehindThem) {
    Network network({0.1, {}, 1, false});
    // 0.3 / 0.1 is a little less than 3 in binary, 0.31 lies between two steps.
    network.add(population_of(
        network::SpikeArrayCells{{0, 3, 3, 6}, {0.3, 0.0, 0.31, 0.3, 0.3, 12.34}}, 3));
    const MachineImage image = compile(network);
    const auto& spikes = std::get<SpikeArrayImage>(image.populations[0].cells).spikes;
    const std::vector<SpikeArrayImage::Spike> wanted = {{0, 0}, {3, 0}, {3, 2},
                                                        {3, 2}, {4, 0}, {124, 2}};
    EXPECT_EQ(spikes, wanted) << "by step, then neuron; doubles stay";
}

TEST(Compile, PoissonSourcesStartAndEndAtSteps) {
    Network network({0.5, {}, 1, false});
    network.add(population_of(
        network::PoissonCells{{10, 20}, {5.0}, {2.0, network::PoissonCells::kForever}, {}}, 2));
    const MachineImage image = compile(network);
    const auto& poisson = std::get<PoissonImage>(image.populations[0].cells);
    EXPECT_EQ(poisson.rate_hz, (std::vector<double>{10, 20}));
    EXPECT_EQ(poisson.start_step, (std::vector<std::uint32_t>{10, 10}));
    EXPECT_EQ(poisson.end_step,
              (std::vector<std::uint32_t>{14, std::numeric_limits<std::uint32_t>::max()}));
}

TEST(Compile, SlicesFollowThePopulationsAndCarryTheirKeys) {
    Builder b;
    b.atoms_per_core(100);
    const auto from = b.neurons("from", 250);
    const auto to = b.neurons("to", 120);
    b.project(from, to, AllToAll{}, Constant{0.1}, Constant{1});
    const MachineImage image = compile(b.network());
    ASSERT_EQ(image.slices.size(), 5u);
    EXPECT_EQ(image.populations[to].first_slice, 3u);
    EXPECT_EQ(image.populations[to].n_slices, 2u);
    EXPECT_EQ(image.populations[from].atoms_per_core, 100u);
    for (SliceIndex s = 0; s < 5; ++s) {
        const SliceImage& slice = image.slices[s];
        const auto& of = image.populations[slice.population];
        EXPECT_EQ(slice.lo, (s - of.first_slice) * 100);
        EXPECT_EQ(slice.hi, std::min(slice.lo + 100, of.size));
        EXPECT_EQ(slice.sends, slice.population == from);
        EXPECT_EQ(slice.core, image.mapping.placements[s]);
    }
    // 100 x 16 keys: 11 bits.
    EXPECT_EQ(image.slices[2].key, 2u << 11);
    EXPECT_EQ(image.slices[2].mask, ~((1u << 11) - 1));
}

TEST(Compile, DelayStagesNameTheirSlice) {
    Builder b;
    b.neurons("other", 300);
    const auto from = b.neurons("from", 512);
    const auto to = b.neurons("to", 512);
    b.project(from, to, AllToAll{}, Constant{0.01}, Constant{100});
    const MachineImage image = compile(b.network());
    ASSERT_EQ(image.delays.size(), 2u);
    for (std::uint32_t d = 0; d < 2; ++d) {
        EXPECT_EQ(image.delays[d].source, image.populations[from].first_slice + d);
        EXPECT_EQ(image.delays[d].stages, 3u);
        EXPECT_EQ(image.delays[d].stage_steps, 32u);
        EXPECT_NE(image.delays[d].key, image.slices[image.delays[d].source].key);
    }
    EXPECT_EQ(image.projections[0].delay_stages, 3u);
}

TEST(Compile, ProjectionsCarryTheScaleOfTheirReceptor) {
    Builder b;
    const auto from = b.neurons("from", 100);
    const auto to = b.neurons("to", 100, "IF_cond_exp");
    b.project(from, to, AllToAll{}, Constant{0.02}, Constant{1}, 0);
    b.project(from, to, AllToAll{}, Constant{0.5}, Constant{1}, 1);
    const MachineImage image = compile(b.network());
    const auto& neurons = std::get<NeuronImage>(image.populations[to].cells);
    ASSERT_EQ(neurons.weight_scales.size(), 2u);
    EXPECT_NE(neurons.shifts[0], neurons.shifts[1]);
    for (std::uint32_t r = 0; r < 2; ++r) {
        EXPECT_EQ(image.projections[r].receptor, r);
        EXPECT_EQ(image.projections[r].scaling.weight_scale, neurons.weight_scales[r]);
    }
    EXPECT_EQ(neurons.model->name, "IF_cond_exp");
    EXPECT_EQ(neurons.delay_slots, 64u) << "14 bits less 7 for 100 neurons, 1 for the receptor";
}

TEST(Compile, FixedPlacesAreKept) {
    Builder b;
    b.neurons("first", 10);
    Network network = b.network();
    network::PopulationOptions options;
    options.chip = machine::ChipXY{3, 3};
    options.core = 7;
    network.set_options(0, options);
    EXPECT_EQ(compile(network).slices[0].core, (machine::CoreId{{3, 3}, 7}));
    options.chip = machine::ChipXY{100, 100};
    network.set_options(0, options);
    EXPECT_GE(compile(network).machine.width(), 101) << "the machine grows to where it is";
    options.chip = machine::ChipXY{250, 250};
    network.set_options(0, options);
    EXPECT_THROW(static_cast<void>(compile(network)), CapacityError);
}

TEST(Compile, ANetworkOfNothingIsAnImageOfNothing) {
    const MachineImage image = compile(Network({}));
    EXPECT_TRUE(image.slices.empty());
    EXPECT_TRUE(image.mapping.tables.empty());
    EXPECT_EQ(image.machine.ethernet_chips().size(), 1u);
}

}  // namespace
}  // namespace spinnlab::image
