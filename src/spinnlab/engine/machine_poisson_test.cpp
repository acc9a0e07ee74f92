// SPDX-License-Identifier: Apache-2.0
// Against counts drawn by the original's ARM program (tests/golden/original-7.4.1, poisson_*).
#include "spinnlab/engine/machine_poisson.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {
namespace {

constexpr std::uint32_t kSteps = 500;

nlohmann::json golden() {
    std::ifstream file(SPINNLAB_GOLDEN_DIR "/original-7.4.1/poisson.json");
    return nlohmann::json::parse(file).at("populations");
}

image::PoissonImage image_of(const nlohmann::json& described) {
    image::PoissonImage image;
    const auto& rates = described.at("rate_hz");
    image.rate_hz = rates.is_array() ? rates.get<std::vector<double>>()
                                     : std::vector<double>{rates.get<double>()};
    const auto start = static_cast<std::uint32_t>(described.value("start", 0.0));
    image.start_step = {start};
    image.end_step = {std::numeric_limits<std::uint32_t>::max()};
    if (described.contains("duration")) {
        image.end_step = {start + static_cast<std::uint32_t>(described.value("duration", 0.0))};
    }
    KissSeeds seeds(described.at("population_seed"));
    const std::uint32_t n = described.at("n");
    const auto& by_slice = described.at("kiss_seed_by_slice");
    for (std::uint32_t lo = 0; lo < n;) {
        const Kiss::State seed = seeds.next();
        std::uint32_t hi = lo + 1;
        while (!by_slice.contains(std::to_string(lo) + "-" + std::to_string(hi - 1))) ++hi;
        EXPECT_EQ(seed, by_slice.at(std::to_string(lo) + "-" + std::to_string(hi - 1)));
        image.machine_cores.push_back({lo, hi, seed});
        lo = hi;
    }
    return image;
}

using Counts = std::vector<std::vector<std::uint32_t>>;  // by step, then source

Counts read_counts(const std::string& name, std::uint32_t n) {
    Counts counts(kSteps, std::vector<std::uint32_t>(n));
    std::ifstream file(SPINNLAB_GOLDEN_DIR "/original-7.4.1/poisson_" + name + ".csv");
    EXPECT_TRUE(file) << name;
    std::string line;
    std::getline(file, line);  // the heading
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::uint32_t step = 0;
        std::uint32_t source = 0;
        std::uint32_t spikes = 0;
        char comma = 0;
        fields >> step >> comma >> source >> comma >> spikes;
        counts.at(step).at(source) = spikes;
    }
    return counts;
}

Counts drawn(const image::PoissonImage& image, std::uint32_t lo, std::uint32_t hi) {
    MachinePoisson sources(image, 1.0, lo, hi);
    Counts counts(kSteps, std::vector<std::uint32_t>(hi - lo));
    for (std::uint32_t step = 0; step < kSteps; ++step) sources.draw(step, counts[step]);
    return counts;
}

TEST(MachinePoisson, GivesTheCountsOfTheOriginal) {
    std::size_t populations = 0;
    const auto all = golden();
    for (const auto& [name, described] : all.items()) {
        const std::uint32_t n = described.at("n");
        EXPECT_EQ(drawn(image_of(described), 0, n), read_counts(name, n)) << name;
        ++populations;
    }
    EXPECT_EQ(populations, 9u);
}

TEST(MachinePoisson, AnyPartOfThePopulationDrawsTheSame) {
    const auto all = golden();
    const auto& described = all.at("two_cores");
    const image::PoissonImage image = image_of(described);
    const std::uint32_t n = described.at("n");
    ASSERT_EQ(image.machine_cores.size(), 2u);
    const Counts whole = drawn(image, 0, n);
    const std::uint32_t cut = n / 2 + 3;
    for (const auto& [lo, hi] : {std::pair{0u, cut}, std::pair{cut, n}}) {
        const Counts part = drawn(image, lo, hi);
        for (std::uint32_t step = 0; step < kSteps; ++step) {
            const std::vector<std::uint32_t> expected(whole[step].begin() + lo,
                                                      whole[step].begin() + hi);
            ASSERT_EQ(part[step], expected) << step;
        }
    }
}

TEST(MachinePoisson, StepsThatNobodyAskedForAreDrawnAllTheSame) {
    const image::PoissonImage image = image_of(golden().at("mixed"));
    const auto n = static_cast<std::uint32_t>(image.rate_hz.size());
    const Counts whole = drawn(image, 0, n);
    MachinePoisson late(image, 1.0, 0, n);
    std::vector<std::uint32_t> counts(n);
    late.draw(300, counts);
    EXPECT_EQ(counts, whole[300]);
    EXPECT_THROW(late.draw(299, counts), InternalError);
}

}  // namespace
}  // namespace spinnlab::engine
