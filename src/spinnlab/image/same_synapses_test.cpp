// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/same_synapses.hpp"

#include <gtest/gtest.h>

#include "spinnlab/image/compile.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::image {
namespace {

using network::testing::Builder;
using synapses::Constant;

struct Net {
    double tau_m = 20.0;
    double rate_hz = 10.0;
    double weight = 0.1;
    double delay_ms = 1.0;
    std::uint32_t atoms_per_core = 100;
    std::vector<std::uint32_t> targets{0, 5};
    std::vector<double> weights{0.1, 0.2};
};

MachineImage image_of(const Net& net) {
    Builder b;
    b.atoms_per_core(net.atoms_per_core);
    const auto noise = b.poisson("noise", 50, {net.rate_hz});
    const auto cells = b.neurons("cells", 250, "IF_curr_exp", {{"tau_m", net.tau_m}});
    b.project(noise, cells, synapses::FixedProbability{0.1}, Constant{net.weight},
              Constant{net.delay_ms});
    // Lists of their own in every image, as a front end makes them.
    b.project(noise, cells,
              synapses::FromList{
                  std::make_shared<const std::vector<std::uint32_t>>(net.targets.size(), 3u),
                  std::make_shared<const std::vector<std::uint32_t>>(net.targets)},
              synapses::PerConnection{std::make_shared<const std::vector<double>>(net.weights)},
              Constant{1.0});
    return compile(b.network());
}

TEST(SameSynapses, ParametersOfCellsAreNotLookedAt) {
    const MachineImage image = image_of({});
    EXPECT_TRUE(same_synapses(image, image_of({})));
    EXPECT_TRUE(same_synapses(image, image_of({.tau_m = 10.0})));
    EXPECT_TRUE(same_synapses(image, image_of({.rate_hz = 20.0})));
}

TEST(SameSynapses, WeightsDelaysPairsAndSlicesAre) {
    const MachineImage image = image_of({});
    EXPECT_FALSE(same_synapses(image, image_of({.weight = 0.11})));
    EXPECT_FALSE(same_synapses(image, image_of({.delay_ms = 2.0})));
    EXPECT_FALSE(same_synapses(image, image_of({.delay_ms = 100.0})));
    EXPECT_FALSE(same_synapses(image, image_of({.atoms_per_core = 64})));
    EXPECT_FALSE(same_synapses(image, image_of({.targets = {0, 6}})));
    EXPECT_FALSE(same_synapses(image, image_of({.weights = {0.1, 0.3}})));
}

}  // namespace
}  // namespace spinnlab::image
