// SPDX-License-Identifier: Apache-2.0
// What does not fit is made to fit and said, or refused with what would fit.
#include "spinnlab/image/fit.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/image/sizes.hpp"
#include "spinnlab/network/testing/builder.hpp"

namespace spinnlab::image {
namespace {

using network::testing::Builder;
using synapses::AllToAll;
using synapses::Constant;
using synapses::FixedNumberPre;

/// Full rows: from `sources` neurons to 256, so a core of 256 needs 1,036 bytes a source.
Builder all_to_256(std::uint32_t sources, std::optional<std::uint32_t> atoms = {}) {
    Builder b;
    const auto pre = b.neurons("many", sources);
    b.atoms_per_core(atoms);
    const auto post = b.neurons("few", 256);
    b.project(pre, post, AllToAll{}, Constant{0.01}, Constant{1});
    return b;
}

void expect_no_room(const std::function<void()>& action, const std::vector<std::string>& words) {
    try {
        action();
        ADD_FAILURE() << "it fits";
    } catch (const CapacityError& error) {
        const std::string message = error.what();
        EXPECT_FALSE(error.way_out().empty());
        for (const std::string& word : words) {
            EXPECT_NE(message.find(word), std::string::npos) << word << " is not in: " << message;
        }
    }
}

TEST(LowerToFit, LeavesAloneWhatFits) {
    std::vector<std::string> notes;
    const auto lowered = lower_to_fit(all_to_256(110'000).network(), {}, notes);
    EXPECT_EQ(lowered.populations[1].atoms_per_core, 256u);
    EXPECT_TRUE(notes.empty());
}

TEST(LowerToFit, HalvesWhatIsTooLargeAndSaysSoInOneLine) {
    std::vector<std::string> notes;
    // 300,000 x 1,036 bytes, then x 524, then x 268, which is 80,400,000.
    const auto lowered = lower_to_fit(all_to_256(300'000).network(), {}, notes);
    EXPECT_EQ(lowered.populations[1].atoms_per_core, 64u);
    ASSERT_EQ(notes.size(), 1u);
    for (const char* word :
         {"few: 64 neurons a core instead of 256", "bytes of SDRAM", "a chip has 122981316"}) {
        EXPECT_NE(notes[0].find(word), std::string::npos) << notes[0];
    }
    EXPECT_EQ(notes[0].find('\n'), std::string::npos);
    EXPECT_LE(lowered.graph.vertices[1].core.total(1000), 122'981'316u);
}

TEST(LowerToFit, CountsWhatTheMonitorTakes) {
    // Between what a chip has and what its monitor leaves.
    constexpr std::uint32_t kSources = 118'700;
    const Builder b = all_to_256(kSources);
    CompileOptions bare;
    bare.monitors = false;
    std::vector<std::string> notes;
    EXPECT_EQ(lower_to_fit(b.network(), bare, notes).populations[1].atoms_per_core, 256u);
    EXPECT_EQ(lower_to_fit(b.network(), {}, notes).populations[1].atoms_per_core, 128u);
}

TEST(LowerToFit, HalvesRowsThatAreTooLong) {
    Builder b;
    const auto pre = b.neurons("src", 10'000);
    const auto post = b.neurons("tgt", 256);
    b.project(pre, post, FixedNumberPre{8000}, Constant{0.01}, Constant{1});
    std::vector<std::string> notes;
    EXPECT_EQ(lower_to_fit(b.network(), {}, notes).populations[post].atoms_per_core, 128u);
    ASSERT_EQ(notes.size(), 1u);
    // 305 is what the original refuses (tests/golden/mapping-7.4.1/incoming_8000_of_10000.json).
    EXPECT_NE(notes[0].find("src_tgt may have 305 synapses, 256 fit"), std::string::npos)
        << notes[0];
}

TEST(LowerToFit, StrictRefusesWithWhatWouldFit) {
    CompileOptions options;
    options.strict = true;
    std::vector<std::string> notes;
    expect_no_room(
        [&] { static_cast<void>(lower_to_fit(all_to_256(300'000).network(), options, notes)); },
        {"few with 256 neurons a core", "SDRAM", "a chip has 122981316", "64 neurons a core fit"});
    EXPECT_TRUE(notes.empty());
}

TEST(LowerToFit, DoesNotChangeAUsersNumber) {
    std::vector<std::string> notes;
    expect_no_room(
        [&] { static_cast<void>(lower_to_fit(all_to_256(300'000, 200).network(), {}, notes)); },
        {"few with 200 neurons a core", "SDRAM", "50 neurons a core fit"});
    EXPECT_NO_THROW(static_cast<void>(lower_to_fit(all_to_256(300'000, 50).network(), {}, notes)));
}

TEST(LowerToFit, OneNeuronMayBeTooMuch) {
    std::vector<std::string> notes;
    // A row of one synapse has 16 bytes.
    expect_no_room(
        [&] { static_cast<void>(lower_to_fit(all_to_256(8'000'000).network(), {}, notes)); },
        {"few", "even with one neuron a core", "SDRAM"});
}

TEST(LowerToFit, RecordingsCount) {
    Builder b;
    const auto pop = b.neurons("pop", 256);
    b.record(pop, {"v", "gsyn_exc", "gsyn_inh"});
    CompileOptions options;
    options.plan_steps = 60'000;  // 3 x 1,028 bytes a step
    std::vector<std::string> notes;
    EXPECT_EQ(lower_to_fit(b.network(), options, notes).populations[pop].atoms_per_core, 128u);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_NE(notes[0].find("60000 recorded steps"), std::string::npos) << notes[0];
}

TEST(MapOnBoards, TheMachineGrowsToWhatTheNetworkNeeds) {
    const auto boards = [](std::uint32_t neurons, const CompileOptions& options) {
        Builder b;
        b.neurons("pop", neurons);
        return compile(b.network(), options).machine.ethernet_chips().size();
    };
    EXPECT_EQ(boards(1000, {}), 1u);
    EXPECT_EQ(boards(256 * 759, {}), 1u) << "all cores of a board";
    EXPECT_EQ(boards(256 * 760, {}), 3u) << "a triad";
    EXPECT_GE(boards(256 * 5000, {}), 7u);
    CompileOptions more;
    more.boards = 4;
    EXPECT_GE(boards(1000, more), 4u);
}

TEST(MapOnBoards, NothingGrowsBeyondTheBoardsOfAStrictRequest) {
    Builder b;
    b.neurons("large", 256 * 2000);
    CompileOptions options;
    options.boards = 1;
    EXPECT_EQ(compile(b.network(), options).machine.ethernet_chips().size(), 3u);
    options.strict = true;
    expect_no_room([&] { static_cast<void>(compile(b.network(), options)); },
                   {"2000 cores", "3 boards", "the machine has 1", "large",
                    "A machine of 3 boards would hold it"});
    options.boards = 3;
    EXPECT_EQ(compile(b.network(), options).machine.ethernet_chips().size(), 3u);
}

TEST(MapOnBoards, GrowsForMemoryToo) {
    // Each of 100 cores takes more than half of a chip.
    Builder b;
    const auto pre = b.neurons("many", 64'000);
    const auto post = b.neurons("few", 256 * 100);
    b.project(pre, post, AllToAll{}, Constant{0.01}, Constant{1});
    const MachineImage image = compile(b.network());
    EXPECT_GE(image.machine.ethernet_chips().size(), 3u);
    EXPECT_TRUE(image.notes.empty());
    EXPECT_NO_THROW(mapping::check(image.mapping, image.machine));
}

TEST(MapOnBoards, SaysWhichMachineWouldHoldIt) {
    Builder b;
    b.neurons("small", 100);
    b.neurons("large", 256 * 2000);
    CompileOptions options;
    options.machine = machine::parse_spec("spin5");
    expect_no_room([&] { static_cast<void>(compile(b.network(), options)); },
                   {"2001 cores", "3 boards", "the machine has 1", "large", "2000 cores",
                    "A machine of 3 boards would hold it"});
    options.machine = machine::parse_spec("frame");
    EXPECT_NO_THROW(static_cast<void>(compile(b.network(), options)));
}

TEST(MapOnBoards, TheLargestMachineHasAnEnd) {
    Builder b;
    b.neurons("everybody", 300'000'000);
    expect_no_room([&] { static_cast<void>(compile(b.network())); },
                   {"everybody", "1171875 cores", "1200 boards", "fewer neurons"});
}

TEST(MapOnBoards, FourChipsAreAMachine) {
    Builder b;
    const auto pop = b.neurons("pop", 256 * 20);
    b.project(pop, pop, synapses::FixedProbability{0.001}, Constant{0.01}, Constant{1});
    CompileOptions options;
    options.machine = machine::parse_spec("spin3");
    const MachineImage image = compile(b.network(), options);
    EXPECT_EQ(image.machine.chips().size(), 4u);
    EXPECT_NO_THROW(mapping::check(image.mapping, image.machine));
    Builder crowd;
    crowd.neurons("crowd", 256 * 80);
    expect_no_room([&] { static_cast<void>(compile(crowd.network(), options)); },
                   {"crowd", "80 cores", "4 chips"});
}

TEST(CoreResources, SumsTheRegions) {
    Builder b;
    const auto pre = b.neurons("pre", 1000);
    const auto post = b.neurons("post", 100);
    b.project(pre, post, AllToAll{}, Constant{0.01}, Constant{40});
    b.record(post, {"spikes", "v"});
    const auto lowered = network::lower(b.network());
    std::uint64_t sum = 0;
    std::uint64_t matrix = 0;
    for (const Region& region : neuron_core_regions(b.network(), lowered, post)) {
        sum += region.bytes;
        if (region.name == "SYNAPTIC_MATRIX") matrix = region.bytes;
    }
    const auto bytes = core_resources(b.network(), lowered, post);
    EXPECT_EQ(bytes.fixed_bytes, sum + 2 * 8) << "8 more for each recorded variable";
    EXPECT_EQ(bytes.bytes_per_step, (4 + 4 * 4) + (4 + 4 * 100));
    EXPECT_GE(matrix, 1024u * (3 + 100) * 4);
    EXPECT_LE(matrix, 1024u * (3 + 100) * 4 + 4 * 16 + 8)
        << "four blocks of 256 sources, aligned to 16 bytes";
}

TEST(CoreResources, OfSourcesFollowTheirKind) {
    Builder b;
    const auto noise = b.poisson("noise", 100, {10});
    const auto array = b.spike_array("array", 100);
    auto plan = [&](network::PopulationId id) {
        return core_resources(b.network(), network::lower(b.network()), id);
    };
    EXPECT_EQ(plan(noise).bytes_per_step, 0u);
    EXPECT_EQ(plan(array).bytes_per_step, 20u);
    b.record(noise, {"spikes"});
    EXPECT_GT(plan(noise).bytes_per_step, 8u);
    const auto slow = plan(noise).bytes_per_step;
    Builder fast;
    const auto often = fast.poisson("often", 100, {5000});
    fast.record(often, {"spikes"});
    EXPECT_GT(core_resources(fast.network(), network::lower(fast.network()), often).bytes_per_step,
              slow)
        << "several spikes a step need several bits";
}

}  // namespace
}  // namespace spinnlab::image
