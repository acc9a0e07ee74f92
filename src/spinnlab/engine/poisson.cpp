// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/poisson.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "spinnlab/base/random.hpp"

namespace spinnlab::engine {

namespace {

constexpr std::uint32_t kDitherPurpose = 0x44495448;  // "DITH"

DrawGroups kernel_for(neurons::Isa isa) {
    switch (isa) {
        case neurons::Isa::Scalar: return poisson_scalar();
        case neurons::Isa::Sse4: return poisson_sse4();
        case neurons::Isa::Avx2: return poisson_avx2();
        case neurons::Isa::Avx512: return poisson_avx512();
    }
    return poisson_scalar();
}

}  // namespace

PoissonSources::PoissonSources(const image::PoissonImage& image, double timestep_ms,
                               image::PopulationIndex population, std::uint32_t lo,
                               std::uint32_t hi, neurons::Isa isa)
    : lo_(lo), population_(population), seed_(image.seed), kernel_(kernel_for(isa)) {
    std::map<double, std::uint32_t> known;
    const auto table_for = [&](double rate_hz) {
        const auto [entry, is_new] =
            known.try_emplace(rate_hz, static_cast<std::uint32_t>(tables_.size()));
        if (is_new) tables_.emplace_back(rate_hz, timestep_ms);
        return entry->second;
    };
    if (image.rate_hz.size() == 1) {
        table_for(image.rate_hz.front());
    } else {
        for (std::uint32_t i = lo; i < hi; ++i) table_of_.push_back(table_for(image.rate_hz[i]));
    }
    const auto mine = [&](const std::vector<std::uint32_t>& all) {
        return all.size() == 1 ? all
                               : std::vector<std::uint32_t>(all.begin() + lo, all.begin() + hi);
    };
    start_ = mine(image.start_step);
    end_ = mine(image.end_step);
    if (!image.machine_cores.empty()) {
        machine_ = std::make_unique<MachinePoisson>(image, timestep_ms, lo, hi);
    }
}

bool PoissonSources::alike(const image::PoissonImage& image) {
    return image.machine_cores.empty() && image.rate_hz.size() == 1 &&
           image.start_step.size() == 1 && image.end_step.size() == 1;
}

bool PoissonSources::active(std::uint32_t source, std::uint32_t step) const {
    return step >= start_[start_.size() == 1 ? 0 : source] &&
           step < end_[end_.size() == 1 ? 0 : source];
}

PoissonDraw PoissonSources::draw_of(const CountTable& table, std::uint32_t step) const {
    PoissonDraw draw;
    draw.columns = table.columns();
    draw.key[0] = static_cast<std::uint32_t>(seed_);
    draw.key[1] = static_cast<std::uint32_t>(seed_ >> 32);
    draw.step = step;
    draw.population = population_;
    draw.dither = philox4x32<kPoissonRounds>({0, step, population_, kDitherPurpose},
                                             {draw.key[0], draw.key[1]})[0] >>
                  16;
    return draw;
}

std::uint64_t PoissonSources::add(std::uint32_t step, std::uint32_t first, std::uint32_t n,
                                  std::uint32_t weight, std::uint32_t* sums) const {
    if (tables_.front().never() || !active(0, step)) return 0;
    const PoissonDraw draw = draw_of(tables_.front(), step);
    const std::uint32_t group = (lo_ + first) / kPoissonGroup;
    const std::uint32_t whole = n / kPoissonGroup;
    std::uint64_t total = kernel_(draw, group, whole, weight, sums);
    const std::uint32_t rest = n % kPoissonGroup;
    if (rest != 0) {
        std::array<std::uint32_t, kPoissonGroup> counts{};
        kernel_(draw, group + whole, 1, 1, counts.data());
        for (std::uint32_t i = 0; i < rest; ++i) {
            sums[whole * kPoissonGroup + i] += weight * counts[i];
            total += counts[i];
        }
    }
    return total;
}

std::uint64_t PoissonSources::draw(std::uint32_t step, std::span<std::uint32_t> counts) const {
    if (machine_ != nullptr) return machine_->draw(step, counts);
    std::ranges::fill(counts, 0);
    if (table_of_.empty() && start_.size() == 1 && end_.size() == 1) {
        return add(step, 0, static_cast<std::uint32_t>(counts.size()), 1, counts.data());
    }
    return draw_each(step, counts);
}

std::uint64_t PoissonSources::draw_each(std::uint32_t step, std::span<std::uint32_t> counts) const {
    // Every distribution is drawn for the groups in which it occurs; its sources take their own.
    std::uint64_t total = 0;
    for (std::uint32_t first = 0; first < counts.size(); first += kPoissonGroup) {
        const auto n = std::min<std::uint32_t>(kPoissonGroup,
                                               static_cast<std::uint32_t>(counts.size()) - first);
        for (std::uint32_t i = first; i < first + n;) {
            const std::uint32_t which = table_of_.empty() ? 0 : table_of_[i];
            std::uint32_t end = i;
            while (end < first + n && (table_of_.empty() || table_of_[end] == which)) ++end;
            if (!tables_[which].never()) {
                std::array<std::uint32_t, kPoissonGroup> group{};
                kernel_(draw_of(tables_[which], step), (lo_ + first) / kPoissonGroup, 1, 1,
                        group.data());
                for (std::uint32_t s = i; s < end; ++s) {
                    counts[s] = active(s, step) ? group[s - first] : 0;
                    total += counts[s];
                }
            }
            i = end;
        }
    }
    return total;
}

}  // namespace spinnlab::engine
