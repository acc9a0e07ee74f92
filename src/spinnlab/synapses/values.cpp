// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/synapses/values.hpp"

#include <algorithm>
#include <cmath>

namespace spinnlab::synapses {

namespace {

/// Draws outside the limits before the nearer limit is taken instead; the original gives up there.
constexpr int kMostRedraws = 1000;

template <typename Draw>
double redraw(const Distribution& d, Draw draw) {
    double value = draw();
    for (int i = 0; i < kMostRedraws && (value < d.low || value > d.high); ++i) value = draw();
    return std::clamp(value, d.low, d.high);
}

/// Calls use(draw): one function without decisions for each kind.
template <typename Use>
void with_draw(const Distribution& d, Stream& stream, Use use) {
    const NormalTable from_word;
    const auto normal = [&] { return d.a + d.b * from_word(stream.word()); };
    const auto exponential = [&] { return -d.a * std::log(stream.uniform()); };
    switch (d.kind) {
        case DistributionKind::Uniform:
            return use([&] { return d.a + (d.b - d.a) * stream.uniform(); });
        case DistributionKind::UniformInt:
            return use(
                [&] { return d.a + stream.below(static_cast<std::uint32_t>(d.b - d.a) + 1); });
        case DistributionKind::Normal: return use(normal);
        case DistributionKind::NormalClipped: return use([&] { return redraw(d, normal); });
        case DistributionKind::NormalClippedToBoundary:
            return use([&] { return std::clamp(normal(), d.low, d.high); });
        case DistributionKind::Exponential: return use(exponential);
        case DistributionKind::ExponentialClipped:
            return use([&] { return redraw(d, exponential); });
    }
}

}  // namespace

double draw(const Distribution& distribution, Stream& stream) {
    double value = 0;
    with_draw(distribution, stream, [&](auto draw_one) { value = draw_one(); });
    return value;
}

void draw_values(const ValueSource& source, Stream& stream,
                 std::span<const std::uint64_t> positions, std::span<double> values) {
    if (const auto* constant = std::get_if<Constant>(&source)) {
        std::ranges::fill(values, constant->value);
    } else if (const auto* distribution = std::get_if<Distribution>(&source)) {
        with_draw(*distribution, stream, [&](auto draw_one) {
            for (double& value : values) value = draw_one();
        });
    } else {
        const auto& list = *std::get<PerConnection>(source).values;
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = list[positions[i]];
    }
}

}  // namespace spinnlab::synapses
