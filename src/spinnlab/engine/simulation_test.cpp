// SPDX-License-Identifier: Apache-2.0
// Both executors, any cut, any number of threads: the same bits.
#include "spinnlab/engine/simulation.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <random>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/spike_picture.hpp"
#include "spinnlab/image/compile.hpp"
#include "spinnlab/image/same_synapses.hpp"
#include "spinnlab/network/network.hpp"

namespace spinnlab::engine {
namespace {

using network::Network;
using network::PopulationId;

network::NeuronCells cells_of(const char* name) {
    network::NeuronCells cells;
    cells.model = neurons::find_model(name);
    for (const auto& field : cells.model->fields) cells.fields.push_back({field.default_value});
    return cells;
}

void set(network::NeuronCells& cells, const char* field, std::vector<double> values) {
    cells.fields[*neurons::field_index(*cells.model, field)] = std::move(values);
}

network::Population neurons_of(const char* label, std::uint32_t size, network::NeuronCells cells) {
    network::Population population;
    population.label = label;
    population.size = size;
    population.cells = std::move(cells);
    population.recordings = {{"spikes", 1, {}}, {"v", 1, {}}};
    return population;
}

network::Population array_of(const char* label, const std::vector<std::vector<double>>& times_ms) {
    network::SpikeArrayCells cells;
    cells.first.push_back(0);
    for (const auto& train : times_ms) {
        cells.times_ms.insert(cells.times_ms.end(), train.begin(), train.end());
        cells.first.push_back(cells.times_ms.size());
    }
    network::Population population;
    population.label = label;
    population.size = static_cast<std::uint32_t>(times_ms.size());
    population.cells = std::move(cells);
    population.recordings = {{"spikes", 1, {}}};
    return population;
}

network::Projection projection(const Network& network, PopulationId pre, PopulationId post,
                               std::uint32_t receptor, synapses::Connector connector,
                               synapses::ValueSource weight, synapses::ValueSource delay_ms) {
    network::Projection made;
    made.label = "projection " + std::to_string(network.projections().size());
    made.pre = pre;
    made.post = post;
    made.receptor = receptor;
    made.recipe.connector = std::move(connector);
    made.recipe.weight = std::move(weight);
    made.recipe.delay_ms = std::move(delay_ms);
    made.recipe.shape = {network.populations()[pre].size, network.populations()[post].size,
                         pre == post};
    made.recipe.seed = 7;
    made.recipe.projection_id = static_cast<std::uint32_t>(network.projections().size());
    return made;
}

using Spikes = std::vector<SpikeRecord>;

struct Result {
    std::vector<Spikes> spikes{};
    std::vector<std::vector<std::int32_t>> v{};
    std::vector<std::vector<std::int32_t>> packets{};
    friend bool operator==(const Result&, const Result&) = default;
};

Result results(Simulation& simulation) {
    Result result;
    for (const auto& population : simulation.image().populations) {
        result.spikes.push_back(simulation.recordings().read_spikes(population.label));
        const auto samples = [&](const char* variable) {
            return simulation.recordings().read_samples(population.label, variable).values;
        };
        result.v.push_back(samples("v"));
        result.packets.push_back(samples("packets-per-timestep"));
    }
    return result;
}

Result run(const Network& network, Options options, std::uint32_t steps) {
    Simulation simulation(std::make_shared<image::MachineImage>(image::compile(network)), options);
    simulation.advance(steps);
    return results(simulation);
}

/// The synfire chain of the course: ten populations of 100 in a ring, delays of 17 ms.
Network synfire() {
    Network network({1.0, {}, 1, false});
    auto cells = cells_of("IF_curr_exp");
    set(cells, "cm", {0.25});
    set(cells, "tau_refrac", {2.0});
    set(cells, "v_reset", {-70.0});
    std::vector<PopulationId> chain;
    for (int k = 0; k < 10; ++k) {
        chain.push_back(
            network.add(neurons_of(("chain_" + std::to_string(k)).c_str(), 100, cells)));
    }
    const auto stimulus =
        network.add(array_of("stimulus", std::vector<std::vector<double>>(100, {0.0})));
    for (int k = 0; k < 10; ++k) {
        network.add(projection(network, chain[k], chain[(k + 1) % 10], 0,
                               synapses::FixedNumberPre{60, true, true}, synapses::Constant{0.02},
                               synapses::Constant{17.0}));
    }
    network.add(projection(network, stimulus, chain[0], 0, synapses::AllToAll{},
                           synapses::Constant{0.05}, synapses::Constant{1.0}));
    return network;
}

/// Everything that could go wrong with an order: short and long delays, several projections on one
/// receptor, saturation, many cores, per-neuron parameters.
Network tangle(std::uint32_t seed, double threshold_mv = -50.0) {
    std::mt19937 rng(seed);
    const auto draw = [&](double low, double high) {
        return std::uniform_real_distribution(low, high)(rng);
    };
    Network network({1.0, {}, seed, false});
    std::vector<std::vector<double>> trains(23);
    for (auto& train : trains) {
        for (int i = 0; i < 9; ++i) train.push_back(std::floor(draw(0, 150)));
    }
    const auto source = network.add(array_of("source", trains));
    network::PoissonCells noise;
    noise.rate_hz = {40.0};
    noise.start_ms = {5.0};
    noise.duration_ms = {100.0};
    network::Population poisson;
    poisson.label = "noise";
    poisson.size = 700;
    poisson.cells = noise;
    poisson.recordings = {{"spikes", 1, {}}};
    const auto noise_id = network.add(poisson);
    auto cells = cells_of("IF_curr_exp");
    std::vector<double> offsets(600);
    for (double& offset : offsets) offset = draw(0.0, 1.0);
    set(cells, "i_offset", offsets);
    set(cells, "v_thresh", {threshold_mv});
    auto currents = neurons_of("a", 600, cells);
    currents.recordings.push_back({"packets-per-timestep", 1, {}});
    const auto a = network.add(currents);
    auto conductances = neurons_of("b", 333, cells_of("IF_cond_exp"));
    conductances.options.neurons_per_core = 100;
    conductances.recordings = {
        {"spikes", 1, {}}, {"v", 3, {0, 5, 99, 100, 332}}, {"packets-per-timestep", 1, {}}};
    const auto b = network.add(conductances);
    const auto add = [&](PopulationId pre, PopulationId post, std::uint32_t receptor,
                         auto connector, synapses::ValueSource weight,
                         synapses::ValueSource delay) {
        network.add(projection(network, pre, post, receptor, connector, weight, delay));
    };
    using synapses::Distribution;
    using Kind = synapses::DistributionKind;
    add(source, a, 0, synapses::FixedProbability{0.3, true}, synapses::Constant{3.0},
        Distribution{Kind::Uniform, 1.0, 90.0});
    add(source, a, 1, synapses::FixedNumberPost{60, true, false},
        Distribution{Kind::Uniform, 0.1, 2.0}, synapses::Constant{400.0});
    add(noise_id, a, 0, synapses::OneToOne{}, synapses::Constant{2.0}, synapses::Constant{1.0});
    add(a, b, 0, synapses::FixedNumberPre{30, true, false}, Distribution{Kind::Normal, 0.02, 0.003},
        Distribution{Kind::NormalClipped, 3.0, 2.0, 1.0, 8.0});
    add(a, b, 0, synapses::AllToAll{}, synapses::Constant{0.004}, synapses::Constant{2.0});
    add(b, b, 1, synapses::FixedTotalNumber{3000, false, true}, synapses::Constant{0.01},
        synapses::Constant{1.0});
    add(b, a, 1, synapses::FixedProbability{0.05, true}, synapses::Constant{0.5},
        synapses::Constant{600.0});
    add(a, a, 0, synapses::FixedProbability{0.02, false}, Distribution{Kind::Exponential, 0.2},
        synapses::Constant{1.0});
    return network;
}

/// Populations each driven one-to-one by Poisson sources of its own, not recorded unless asked: 700
/// neurons on cores of 100, one source for two receptors, delays of 1 and 30 steps.
Network driven(double rate_hz, bool recorded) {
    Network network({1.0, {}, 3, false});
    const auto noise = [&](const char* label, double start_ms) {
        network::PoissonCells cells;
        cells.rate_hz = {rate_hz};
        cells.start_ms = {start_ms};
        cells.duration_ms = {1e9};
        network::Population population;
        population.label = label;
        population.size = 700;
        population.cells = cells;
        if (recorded) population.recordings = {{"spikes", 1, {}}};
        return network.add(population);
    };
    const auto early = noise("early", 0.0);
    const auto late = noise("late", 50.0);
    auto neurons = neurons_of("a", 700, cells_of("IF_curr_exp"));
    neurons.options.neurons_per_core = 100;
    const auto a = network.add(neurons);
    const auto b = network.add(neurons_of("b", 700, cells_of("IF_curr_exp")));
    const auto add = [&](PopulationId pre, PopulationId post, std::uint32_t receptor, double weight,
                         double delay_ms) {
        network.add(projection(network, pre, post, receptor, synapses::OneToOne{},
                               synapses::Constant{weight}, synapses::Constant{delay_ms}));
    };
    add(early, a, 0, 0.8, 1.0);
    add(early, a, 1, 0.3, 30.0);
    add(early, b, 0, 0.9, 2.0);
    add(late, b, 0, 0.4, 7.0);
    return network;
}

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

TEST(Simulation, SpikesOnTheirWayKeepTheRateTheyWereDrawnWith) {
    const auto changed = [](ExecutorKind kind, bool recorded) {
        Options options;
        options.executor = kind;
        const auto image = [&](double rate_hz) {
            return std::make_shared<image::MachineImage>(image::compile(driven(rate_hz, recorded)));
        };
        Simulation simulation(image(20.0), options);
        simulation.advance(60);
        for (const double rate_hz : {900.0, 0.0, 5000.0}) {
            simulation.adopt(image(rate_hz));
            simulation.advance(rate_hz == 0.0 ? 3 : 40);  // shorter than a delay
        }
        return results(simulation).v;
    };
    const auto wanted = changed(ExecutorKind::Reference, true);
    EXPECT_EQ(changed(ExecutorKind::Fast, true), wanted);
    EXPECT_EQ(changed(ExecutorKind::Fast, false), wanted);
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

TEST(Simulation, AnUnchangedNetworkAdoptedChangesNothing) {
    const Network network = tangle(7);
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        const Result wanted = run(network, options, 700);
        const auto image = std::make_shared<image::MachineImage>(image::compile(network));
        Simulation simulation(image, options);
        for (const std::uint32_t steps : {130u, 1u, 469u, 100u}) {
            simulation.advance(steps);
            simulation.adopt(image);
        }
        EXPECT_EQ(results(simulation), wanted);
    }
}

/// A source of one spike, at 10 ms, and a neuron that hears it `weight` nA strong, `delay_ms`
/// later.
Network one_spike(double weight, double delay_ms) {
    Network network({1.0, {}, 1, false});
    const auto source = network.add(array_of("source", {{10.0}}));
    auto cells = cells_of("IF_curr_exp");
    set(cells, "tau_syn_E", {0.5});
    const auto target = network.add(neurons_of("target", 1, cells));
    network.add(projection(network, source, target, 0, synapses::AllToAll{},
                           synapses::Constant{weight}, synapses::Constant{delay_ms}));
    return network;
}

TEST(Simulation, SpikesOnTheirWayKeepTheWeightAndDelayTheyWereSentWith) {
    struct Case {
        double delay_ms, weight, new_delay_ms, new_weight;
    };
    for (const auto& [delay_ms, weight, new_delay_ms, new_weight] :
         {Case{40.0, 1.0, 5.0, 1.0}, Case{40.0, 1.0, 300.0, 1.0}, Case{40.0, 1.0, 40.0, 3.0},
          Case{150.0, 1.0, 1.0, 2.0}, Case{12.0, 1.0, 100.0, 8.0}}) {
        for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
            Options options;
            options.executor = kind;
            const auto image = [](const Network& network) {
                return std::make_shared<image::MachineImage>(image::compile(network));
            };
            const Result wanted = run(one_spike(weight, delay_ms), options, 400);
            Simulation simulation(image(one_spike(weight, delay_ms)), options);
            simulation.advance(15);
            simulation.adopt(image(one_spike(new_weight, new_delay_ms)));
            simulation.advance(2);  // a second change carries on what the first one carried
            simulation.adopt(image(one_spike(new_weight / 2, new_delay_ms)));
            simulation.advance(383);
            const auto v = results(simulation).v[1];
            EXPECT_GT(*std::ranges::max_element(v), v.front() + 3000);
            // Another scale of weights rounds otherwise, in the last bits.
            for (std::size_t t = 0; t < v.size(); ++t) {
                ASSERT_NEAR(v[t], wanted.v[1][t], 40)
                    << delay_ms << " " << new_delay_ms << " " << t;
            }
        }
    }
}

TEST(Simulation, InputTooLargeForTheNewWeightsIsCutAndCounted) {
    for (const auto kind : {ExecutorKind::Fast, ExecutorKind::Reference}) {
        Options options;
        options.executor = kind;
        const auto image = [](double weight) {
            return std::make_shared<image::MachineImage>(image::compile(one_spike(weight, 20.0)));
        };
        Simulation simulation(image(1000.0), options);
        simulation.advance(15);
        simulation.adopt(image(0.001));
        simulation.advance(30);
        EXPECT_EQ(simulation.counters(1).saturations, 1u);
    }
}

TEST(Simulation, BothExecutorsGoOnAlikeAfterEveryChange) {
    const auto changed = [](Options options) {
        const auto image = [](std::uint32_t seed) {
            return std::make_shared<image::MachineImage>(image::compile(tangle(seed)));
        };
        Simulation simulation(image(11), options);
        for (const std::uint32_t seed : {12u, 13u, 11u, 14u}) {
            simulation.advance(seed == 13 ? 3 : 97);
            simulation.adopt(image(seed));  // other weights, delays, pairs
        }
        simulation.advance(700);
        return results(simulation);
    };
    Options reference;
    reference.executor = ExecutorKind::Reference;
    const auto wanted = changed(reference);
    for (const std::uint32_t partitions : {1u, 3u}) {
        Options fast;
        fast.threads = 2;
        fast.partitions = partitions;
        EXPECT_EQ(changed(fast), wanted) << partitions;
    }
}

TEST(Simulation, OtherParametersOnTheSameSynapsesActAlikeInBothExecutors) {
    const auto changed = [](Options options) {
        const auto image = [](double threshold_mv) {
            return std::make_shared<image::MachineImage>(image::compile(tangle(15, threshold_mv)));
        };
        Simulation simulation(image(-50.0), options);
        EXPECT_TRUE(image::same_synapses(simulation.image(), *image(-55.0)));
        for (const double threshold_mv : {-55.0, -60.0}) {
            simulation.advance(100);
            simulation.adopt(image(threshold_mv));
        }
        simulation.advance(300);
        return results(simulation);
    };
    Options reference;
    reference.executor = ExecutorKind::Reference;
    const Result wanted = changed(reference);
    EXPECT_NE(wanted, run(tangle(15), {}, 500));
    for (const int threads : {1, 2}) {
        Options fast;
        fast.threads = threads;
        EXPECT_EQ(changed(fast), wanted) << threads;
    }
}

TEST(Simulation, CountersGoOnOverAChangeOfTheNetwork) {
    const Network network = synfire();
    Simulation whole(std::make_shared<image::MachineImage>(image::compile(network)), {});
    Simulation changed(std::make_shared<image::MachineImage>(image::compile(network)), {});
    whole.advance(200);
    changed.advance(90);
    changed.adopt(std::make_shared<image::MachineImage>(image::compile(network)));
    changed.advance(110);
    ASSERT_GT(whole.totals().spikes, 0);
    EXPECT_EQ(changed.totals().spikes, whole.totals().spikes);
    for (image::PopulationIndex p = 0; p < whole.image().populations.size(); ++p) {
        EXPECT_EQ(changed.counters(p).spikes, whole.counters(p).spikes) << p;
        EXPECT_EQ(changed.counters(p).saturations, whole.counters(p).saturations) << p;
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
