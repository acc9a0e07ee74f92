// SPDX-License-Identifier: Apache-2.0
// Both executors, any cut, any number of threads: the same bits.
#include "spinnlab/engine/simulation.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/spike_picture.hpp"
#include "spinnlab/engine/testing/networks.hpp"

namespace spinnlab::engine {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the networks of these tests

TEST(Simulation, PoissonInputIsTheSameDrawnInTheUpdateOrSent) {
    for (const double rate_hz : {3.0, 700.0, 15000.0}) {
        Options reference;
        reference.executor = ExecutorKind::Reference;
        const Result wanted = run(driven(rate_hz, false), reference, 200);
        EXPECT_EQ(run(driven(rate_hz, false), {}, 200), wanted) << rate_hz;
        const auto sent = run(driven(rate_hz, true), {}, 200);
        EXPECT_EQ(sent.v, run(driven(rate_hz, true), reference, 200).v) << rate_hz;
        EXPECT_EQ(sent.v, wanted.v) << rate_hz;
        Options cut;
        cut.partitions = 3;
        for (const auto isa :
             {neurons::Isa::Scalar, neurons::Isa::Sse4, neurons::Isa::Avx2, neurons::Isa::Avx512}) {
            if (!neurons::isa_available(isa)) continue;
            cut.isa = isa;
            EXPECT_EQ(run(driven(rate_hz, false), cut, 200), wanted)
                << rate_hz << " Hz, " << neurons::isa_name(isa);
        }
    }
}

TEST(Simulation, SpikesOfPoissonSourcesAreCountedWhoeverDrawsThem) {
    const auto spikes = [](bool recorded, ExecutorKind kind, std::uint32_t partitions) {
        Options options;
        options.executor = kind;
        options.partitions = partitions;
        Simulation simulation(
            std::make_shared<image::MachineImage>(image::compile(driven(400.0, recorded))),
            options);
        std::vector<std::uint64_t> counts;
        for (const std::uint32_t steps : {0u, 1u, 20u, 79u}) {
            simulation.advance(steps);
            for (image::PopulationIndex p = 0; p < 4; ++p) {
                counts.push_back(simulation.executor().counters(p).spikes);
            }
            counts.push_back(simulation.executor().totals().spikes);
        }
        return counts;
    };
    const auto wanted = spikes(true, ExecutorKind::Reference, 1);
    EXPECT_GT(wanted.back(), 10000u);
    EXPECT_EQ(spikes(true, ExecutorKind::Fast, 1), wanted);
    EXPECT_EQ(spikes(false, ExecutorKind::Fast, 1), wanted);
    EXPECT_EQ(spikes(false, ExecutorKind::Fast, 3), wanted);
}

TEST(Simulation, SynfireVolleysFallOnTheStepsThatTheoryGives) {
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        const Result result = run(synfire(), options, 300);
        ASSERT_EQ(result.spikes.size(), 11u);
        EXPECT_FALSE(result.spikes[1].empty());
    }
}

TEST(Simulation, FastEqualsReferenceForAnyCut) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        const Network network = tangle(seed);
        Options reference;
        reference.executor = ExecutorKind::Reference;
        const Result wanted = run(network, reference, 700);
        std::size_t spikes = 0;
        for (const auto& of_population : wanted.spikes) spikes += of_population.size();
        EXPECT_GT(spikes, 3000u);
        EXPECT_EQ(wanted.packets[2].size(), 701u * 3);  // one row more than steps, three cores
        EXPECT_GT(*std::ranges::max_element(wanted.packets[2]), 5);
        for (const int threads : {1, 2}) {
            for (const std::uint32_t partitions : {1u, 2u, 3u}) {
                Options fast;
                fast.threads = threads;
                fast.partitions = partitions;
                EXPECT_EQ(run(network, fast, 700), wanted)
                    << "seed " << seed << ", " << threads << " threads, " << partitions
                    << " partitions";
            }
        }
    }
}

TEST(Simulation, EveryInstructionSetGivesTheSameBits) {
    const Network network = tangle(5);
    Options options;
    options.isa = neurons::Isa::Scalar;
    const Result wanted = run(network, options, 400);
    for (const auto isa : {neurons::Isa::Sse4, neurons::Isa::Avx2, neurons::Isa::Avx512}) {
        if (!neurons::isa_available(isa)) continue;
        options.isa = isa;
        EXPECT_EQ(run(network, options, 400), wanted) << neurons::isa_name(isa);
    }
}

TEST(Simulation, ManyRunsAreOneRun) {
    const Network network = tangle(6);
    const Result wanted = run(network, {}, 500);
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), {});
    for (const std::uint32_t steps : {1u, 0u, 99u, 250u, 150u}) simulation.advance(steps);
    EXPECT_EQ(simulation.now(), 500u);
    EXPECT_EQ(results(simulation), wanted);
}

TEST(Simulation, ThreadsMayBeLimitedFromRunToRun) {
    const Network network = tangle(6);
    const Result wanted = run(network, {}, 500);
    Options options;
    options.threads = 2;
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), options);
    simulation.limit_threads(1);
    EXPECT_EQ(simulation.threads(), 1);
    simulation.advance(123);
    simulation.limit_threads(100);
    EXPECT_EQ(simulation.threads(), 2);  // no more than it was made with
    simulation.advance(200);
    simulation.limit_threads(0);
    EXPECT_EQ(simulation.threads(), 1);
    simulation.advance(177);
    EXPECT_EQ(results(simulation), wanted);
}

TEST(Simulation, TheEndOfARecordingIsReadAlone) {
    Options options;
    options.threads = 2;
    const Network network = tangle(6);
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), options);
    simulation.advance(300);
    const Result whole = results(simulation);
    for (const std::uint32_t from : {0u, 1u, 123u, 299u, 300u}) {
        for (std::size_t p = 0; p < whole.spikes.size(); ++p) {
            const auto& label = simulation.image().populations[p].label;
            Spikes late;
            std::ranges::copy_if(whole.spikes[p], std::back_inserter(late),
                                 [&](const SpikeRecord& spike) { return spike.step >= from; });
            EXPECT_EQ(simulation.recordings().read_spikes(label, from), late);
            const Samples all = simulation.recordings().read_samples(label, "v");
            const Samples samples = simulation.recordings().read_samples(label, "v", from);
            const auto due = std::ranges::lower_bound(all.steps, from);
            EXPECT_TRUE(
                std::ranges::equal(samples.steps, std::ranges::subrange(due, all.steps.end())));
            if (samples.steps.empty()) continue;
            EXPECT_TRUE(std::ranges::equal(
                samples.values, std::span(all.values).last(samples.steps.size() * all.columns)));
        }
    }
}

TEST(Simulation, APictureOfSpikesHasADotForEach) {
    const Network network = synfire();
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), {});
    simulation.advance(200);
    for (const std::uint32_t dot : {1u, 3u}) {
        const PictureArea area{20, 150, 100, 320, 50, dot};
        std::vector<std::uint8_t> wanted(std::size_t{area.width} * area.height);
        std::uint64_t spikes = 0;
        for (const auto [step, neuron] : simulation.recordings().read_spikes("chain_1", 20)) {
            if (step >= 170) continue;
            ++spikes;
            const std::uint32_t x = (step - 20) * 320 / 150;
            const std::uint32_t y = 49 - neuron * 50 / 100;
            for (std::uint32_t k = 0; k < dot * dot; ++k) {
                const std::uint32_t up = k / dot;
                const std::uint32_t across = x + k % dot;
                if (up <= y && across < area.width) wanted[(y - up) * area.width + across] = 1;
            }
        }
        ASSERT_GT(spikes, 0u);
        const SpikePicture picture = draw_spikes(simulation.recordings().reader(), "chain_1", area);
        EXPECT_EQ(picture.spikes, spikes);
        EXPECT_EQ(picture.covered, wanted);
    }
}

TEST(Simulation, AStateThatCannotBeIsRefused) {
    Network network({1.0, {}, 1, false});
    network.add(neurons_of("cells", 3, cells_of("IF_curr_exp")));
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), {});
    const auto before = simulation.state(0, "v");
    for (const double value : {std::nan(""), HUGE_VAL, 65536.0, -65536.5}) {
        const std::vector<double> values = {-60.0, value, -60.0};
        EXPECT_THROW(simulation.set_state(0, "v", values), NetworkError) << value;
    }
    EXPECT_EQ(simulation.state(0, "v"), before);
}

/// Sources on three cores, delays of one and three stages: faithful, some are misfiled.
Network long_delays(bool faithful) {
    Network network({1.0, {Profile::Seven, faithful}, 1, false});
    std::vector<std::vector<double>> times;
    for (int i = 0; i < 10; ++i) times.push_back({1.0 + 300.0 * i});
    auto array = array_of("sources", times);
    array.options.neurons_per_core = 4;
    const auto sources = network.add(array);
    for (const double delay_ms : {100.0, 200.0}) {
        const auto label = "after " + std::to_string(static_cast<int>(delay_ms));
        auto cells = cells_of("IF_curr_exp");
        set(cells, "tau_syn_E", {0.5});
        const auto targets = network.add(neurons_of(label.c_str(), 100, cells));
        network.add(projection(network, sources, targets, 0, synapses::AllToAll{},
                               synapses::Constant{1.0}, synapses::Constant{delay_ms}));
    }
    return network;
}

TEST(Simulation, DelayedSynapsesAreMisfiledAsInTheOriginalOnlyIfAskedFor) {
    const auto rises = [](const Result& result, std::size_t population) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> found;  // source, delay in steps
        const auto& v = result.v[population];
        const std::size_t steps = v.size() / 100;
        for (std::size_t t = 1; t < steps; ++t) {
            const bool rests = v[(t - 1) * 100] <= -65 * 32768 + 3000;
            if (rests && v[t * 100] > v[(t - 1) * 100] + 3000) {
                const auto since = static_cast<std::uint32_t>(t - 2);
                found.emplace_back(since / 300, since % 300);
            }
        }
        return found;
    };
    const Result mended = run(long_delays(false), {}, 3010);
    const Result faithful = run(long_delays(true), {}, 3010);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> all_100;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> all_200;
    for (std::uint32_t i = 0; i < 10; ++i) {
        all_100.emplace_back(i, 100);
        all_200.emplace_back(i, 200);
    }
    EXPECT_EQ(rises(mended, 1), all_100);
    EXPECT_EQ(rises(mended, 2), all_200);
    // As sPyNNaker 7.4.1 delivered them: 4 and 8 are the first of their cores.
    all_100[4] = {4, 164};
    all_100.insert(all_100.begin() + 1, {0, 164});
    all_100.erase(all_100.begin() + 9);
    all_200[4] = {4, 72};
    all_200[8] = {8, 72};
    EXPECT_EQ(rises(faithful, 1), all_100);
    EXPECT_EQ(rises(faithful, 2), all_200);
    Options reference;
    reference.executor = ExecutorKind::Reference;
    EXPECT_EQ(run(long_delays(true), reference, 3010), faithful);
    EXPECT_EQ(run(long_delays(false), reference, 3010), mended);
}

TEST(Simulation, ADeletedRoutingEntrySilencesTheCoresBehindIt) {
    Network network({1.0, {}, 1, false});
    const auto source = network.add(array_of("source", {{0.0}}));
    const auto target = network.add(neurons_of("target", 600, cells_of("IF_curr_exp")));
    network.add(projection(network, source, target, 0, synapses::AllToAll{},
                           synapses::Constant{100.0}, synapses::Constant{1.0}));
    auto image = image::compile(network);
    auto& entry = image.mapping.tables.begin()->second.front();
    const int second_core = image.slices[2].core.core;
    entry.route &= ~mapping::route_bit(second_core);
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        Simulation simulation(std::make_shared<image::MachineImage>(image), options);
        simulation.advance(20);
        std::vector<bool> fired(600);
        for (const auto& spike : simulation.recordings().read_spikes("target")) {
            fired[spike.neuron] = true;
        }
        for (std::uint32_t i = 0; i < 600; ++i) EXPECT_EQ(fired[i], i < 256 || i >= 512) << i;
    }
    image.mapping.tables.clear();
    EXPECT_THROW(Simulation(std::make_shared<image::MachineImage>(image), {}), RunError);
}

TEST(Simulation, StopsWhenAskedAndGoesOn) {
    const Network network = tangle(8);
    const Result wanted = run(network, {}, 8000);
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), {});
    int asked = 0;
    simulation.advance(8000, [&](const Progress& progress) {
        ++asked;
        EXPECT_EQ(progress.end_step, 8000u);
        return false;
    });
    EXPECT_LE(asked, 1);
    simulation.advance(8000 - simulation.now());
    EXPECT_EQ(results(simulation), wanted);
}

/// While it lives no file may grow beyond `bytes`: a disk that is full.
class FullDisk {
 public:
    explicit FullDisk(std::uint64_t bytes) : ignored_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, ignored_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

 private:
    void (*ignored_)(int);
    rlimit before_{};
};

TEST(Simulation, AFullDiskKeepsWhatWasRecordedAndNothingGoesOnWrongly) {
    // Spikes only: room for samples is found before a window begins.
    Network network({1.0, {}, 1, false});
    auto cells = cells_of("IF_curr_exp");
    set(cells, "i_offset", {20.0});
    auto neurons = neurons_of("a", 4000, cells);
    neurons.recordings = {{"spikes", 1, {}}};
    network.add(neurons);
    const auto image = std::make_shared<image::MachineImage>(image::compile(network));
    const auto path = std::filesystem::temp_directory_path() /
                      ("spinnlab-full-disk-" + std::to_string(getpid()) + ".rec");
    for (const int threads : {1, 2}) {
        Options options;
        options.threads = threads;
        const Result wanted = run(network, options, 1000);
        options.recording = path;
        Simulation simulation(image, options);
        simulation.advance(100);
        {
            const FullDisk full(std::filesystem::file_size(path) + 2'000'000);
            EXPECT_THROW(simulation.advance(100'000), RunError);
        }
        const std::uint32_t kept = simulation.now();
        ASSERT_LT(kept, 1000u);
        EXPECT_GE(kept, 100u);
        Spikes before;
        std::ranges::copy_if(wanted.spikes[0], std::back_inserter(before),
                             [&](const SpikeRecord& spike) { return spike.step < kept; });
        EXPECT_EQ(simulation.recordings().read_spikes("a"), before);
        EXPECT_THROW(simulation.advance(1), RunError);
        EXPECT_THROW(simulation.adopt(image), RunError);
        EXPECT_EQ(simulation.recordings().read_spikes("a"), before);
    }
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace spinnlab::engine
