// SPDX-License-Identifier: Apache-2.0
// Question: what does one neuron cost in one step, where all neurons share their parameters
// (folded) and where each has its own, on every instruction set of this processor? IF_curr_exp at
// 0.1 ms, no input but a current at which each neuron fires with about 8 Hz. Every run's spikes and
// final state must be those of the scalar kernel. Prints ns per neuron and step, the best of
// several runs in CPU time: `NAME NEURONS folded|own ISA NS`.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "spinnlab/neurons/kernels.hpp"
#include "spinnlab/neurons/prepare.hpp"

namespace {

using namespace spinnlab::neurons;

constexpr int kRuns = 5;
constexpr double kNeuronSteps = 2e7;               // of one run, about 10 ms at 0.5 ns
constexpr std::uint32_t kSizes[] = {4096, 38585};  // in the first-level cache, in the second

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Constants and state; with `own`, every parameter is given as one value a neuron.
Prepared prepared(const ModelInfo& model, std::uint32_t n, bool own) {
    std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): the same scene each time
    std::vector<std::vector<double>> columns;
    for (const FieldInfo& field : model.fields) {
        columns.emplace_back(own ? n : 1, field.default_value);
        if (field.name == "i_offset") std::ranges::fill(columns.back(), 0.7506);
        if (field.name == "v") {
            columns.back().resize(n);
            for (double& v : columns.back()) v = -65.0 + 15.0 * (random() % 32768 / 32768.0);
        }
    }
    const std::vector<std::span<const double>> spans(columns.begin(), columns.end());
    return prepare(model, {0.1, 1, {}}, n, spans);
}

/// Numbers that begin at a cache line, as the engine's do.
template <class T>
class AlignedArray {
 public:
    explicit AlignedArray(std::size_t size) : storage_(size + kLine / sizeof(T)) {}
    T* data() {
        void* begin = storage_.data();
        std::size_t space = storage_.size() * sizeof(T);
        return static_cast<T*>(std::align(kLine, 1, begin, space));
    }

 private:
    static constexpr std::size_t kLine = 64;
    std::vector<T> storage_;
};

/// A population that can be stepped; its constants are `start`'s.
class Scene {
 public:
    Scene(const ModelInfo& model, std::uint32_t n, const Prepared& start, Isa isa)
        : state_(start.state.size()),
          words_(start.state.size()),
          spikes_((n + kLanes - 1) / kLanes),
          shifts_(model.receptors.size(), 2),
          advance_(advance_kernel(model, isa)) {
        for (std::size_t r = 0; r < model.receptors.size(); ++r) {
            sums_.emplace_back(spikes_.size() * kLanes);
        }
        for (auto& sum : sums_) accumulators_.push_back(sum.data());
        for (const Column& column : start.parameters) {
            columns_.emplace_back(column.values.size());
            std::ranges::copy(column.values, columns_.back().data());
        }
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            parameters_.push_back({columns_[i].data(), start.parameters[i].uniform ? 0 : kLanes});
        }
        std::ranges::copy(start.state, state_.data());
        args_.blocks = static_cast<std::uint32_t>(spikes_.size());
        if (n % kLanes != 0) args_.last_mask = static_cast<std::uint16_t>((1u << n % kLanes) - 1);
        args_.state = state_.data();
        args_.parameters = parameters_.data();
        args_.accumulators = accumulators_.data();
        args_.shifts = shifts_.data();
        args_.spikes = spikes_.data();
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    void step() {
        advance_(args_);
        ++args_.step;
    }
    [[nodiscard]] const std::vector<std::uint16_t>& spikes() const { return spikes_; }
    [[nodiscard]] std::span<const std::int32_t> state() { return {state_.data(), words_}; }

 private:
    AlignedArray<std::int32_t> state_;
    std::size_t words_;
    std::vector<AlignedArray<std::int32_t>> columns_;
    std::vector<AlignedArray<std::uint32_t>> sums_;
    std::vector<std::uint32_t*> accumulators_;
    std::vector<ParameterRef> parameters_;
    std::vector<std::uint16_t> spikes_;
    std::vector<std::uint8_t> shifts_;
    AdvanceArgs args_;
    Advance advance_;
};

struct Outcome {
    std::uint64_t spikes = 0, digest = 0;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome(Scene& scene, std::uint32_t steps) {
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15u;
    Outcome result;
    for (std::uint32_t i = 0; i < steps; ++i) {
        scene.step();
        for (const std::uint16_t mask : scene.spikes()) {
            result.spikes += static_cast<std::uint64_t>(__builtin_popcount(mask));
            result.digest = result.digest * kFactor + mask;
        }
    }
    for (const std::int32_t word : scene.state()) {
        result.digest = result.digest * kFactor + static_cast<std::uint32_t>(word);
    }
    return result;
}

double nanoseconds(Scene& scene, std::uint32_t n, std::uint32_t steps) {
    const double began = cpu_seconds();
    for (std::uint32_t i = 0; i < steps; ++i) scene.step();
    return (cpu_seconds() - began) * 1e9 / n / steps;
}

}  // namespace

int main() {
    const ModelInfo& model = *find_model("IF_curr_exp");
    for (const std::uint32_t n : kSizes) {
        const auto steps = static_cast<std::uint32_t>(kNeuronSteps / n);
        Scene reference(model, n, prepared(model, n, false), Isa::Scalar);
        const Outcome expected = outcome(reference, steps);
        for (const bool own : {false, true}) {
            const Prepared start = prepared(model, n, own);
            for (const Isa isa : {Isa::Scalar, Isa::Sse4, Isa::Avx2, Isa::Avx512}) {
                if (!isa_available(isa)) continue;
                Scene check(model, n, start, isa);
                if (outcome(check, steps) != expected || expected.spikes == 0) {
                    fmt::print(stderr, "{} neurons on {}: not the scalar kernel's spikes\n", n,
                               isa_name(isa));
                    return 1;
                }
                double best = 1e9;
                for (int i = 0; i < kRuns; ++i) {
                    Scene scene(model, n, start, isa);
                    best = std::min(best, nanoseconds(scene, n, steps));
                }
                fmt::print("{} {:>6} {:<6} {:<8} {:.3f}\n", model.name, n, own ? "own" : "folded",
                           isa_name(isa), best);
            }
        }
    }
}
