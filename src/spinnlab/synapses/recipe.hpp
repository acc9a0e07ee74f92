// SPDX-License-Identifier: Apache-2.0
// How the synapses of a projection come about: a connector, and where weights and delays are from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spinnlab/base/profile.hpp"

namespace spinnlab::synapses {

/// Sizes of the two ends of a projection, in neurons; a view counts as what it selects.
struct Shape {
    std::uint32_t pre = 0;
    std::uint32_t post = 0;
    bool same_population = false;  ///< both ends are of one population: "self" has a meaning
    friend bool operator==(const Shape&, const Shape&) = default;
};

// ---- which pairs; names and arguments are PyNN's

struct AllToAll {
    bool allow_self_connections = true;
    friend bool operator==(const AllToAll&, const AllToAll&) = default;
};
struct OneToOne {
    friend bool operator==(const OneToOne&, const OneToOne&) = default;
};
struct FixedProbability {
    double p_connect = 1.0;
    bool allow_self_connections = true;
    friend bool operator==(const FixedProbability&, const FixedProbability&) = default;
};
/// Every target neuron gets n inputs.
struct FixedNumberPre {
    std::uint32_t n = 0;
    bool allow_self_connections = true;
    bool with_replacement = false;
    friend bool operator==(const FixedNumberPre&, const FixedNumberPre&) = default;
};
/// Every source neuron gets n targets.
struct FixedNumberPost {
    std::uint32_t n = 0;
    bool allow_self_connections = true;
    bool with_replacement = false;
    friend bool operator==(const FixedNumberPost&, const FixedNumberPost&) = default;
};
struct FixedTotalNumber {
    std::uint64_t n = 0;
    bool allow_self_connections = true;
    bool with_replacement = true;
    friend bool operator==(const FixedTotalNumber&, const FixedTotalNumber&) = default;
};
/// What the original expects of connections that a connector of its host makes, instead of counting
/// them: weight scales and lengths of rows follow from it.
struct Expected {
    /// Of a pair, at most; negative: the original counts, and `longest_row` and `inputs` are that.
    double p_most = -1.0;
    double pairs = 0;   ///< of the projection, over which the chance of an extreme is spread
    double trials = 0;  ///< among which the inputs of a neuron are drawn
    std::uint32_t longest_row = 0;  ///< on all targets, however many a core has
    std::uint32_t inputs = 0;       ///< of a neuron, at most
    friend bool operator==(const Expected&, const Expected&) = default;
};
/// Explicit pairs, indexes in the two ends. Pairs outside the ends give no synapse.
struct FromList {
    std::shared_ptr<const std::vector<std::uint32_t>> pre{};
    std::shared_ptr<const std::vector<std::uint32_t>> post{};
    std::optional<Expected> expected{};                            ///< none: counted
    friend bool operator==(const FromList& a, const FromList& b);  ///< of what the lists hold
};

using Connector = std::variant<AllToAll, OneToOne, FixedProbability, FixedNumberPre,
                               FixedNumberPost, FixedTotalNumber, FromList>;

// ---- weights (nA or uS) and delays (ms)

struct Constant {
    double value = 0.0;
    friend bool operator==(const Constant&, const Constant&) = default;
};
enum class DistributionKind : std::uint8_t {
    Uniform,        ///< a = low, b = high
    UniformInt,     ///< the same, whole numbers, high included
    Normal,         ///< a = mu, b = sigma
    NormalClipped,  ///< drawn again until within low .. high
    NormalClippedToBoundary,
    Exponential,  ///< a = beta, the mean
    ExponentialClipped
};
struct Distribution {
    DistributionKind kind = DistributionKind::Uniform;
    double a = 0.0;
    double b = 0.0;
    double low = 0.0;
    double high = 0.0;
    friend bool operator==(const Distribution&, const Distribution&) = default;
};
/// One value a connection: in list order for FromList; pre-major over all pairs for AllToAll; one a
/// neuron for OneToOne.
struct PerConnection {
    std::shared_ptr<const std::vector<double>> values{};
    friend bool operator==(const PerConnection& a, const PerConnection& b);  ///< of the values
};
using ValueSource = std::variant<Constant, Distribution, PerConnection>;

struct MachineStreams;  // machine_expander.hpp

struct Recipe {
    Connector connector{};
    ValueSource weight{};
    ValueSource delay_ms{};
    Shape shape{};
    std::vector<std::uint32_t> pre_index{};   ///< a view's members in its population; empty: all
    std::vector<std::uint32_t> post_index{};  ///< the same of the targets
    std::uint64_t seed = 0;
    std::uint32_t projection_id = 0;
    /// Where this is given, everything is drawn from it as the original's cores do; seed and id
    /// then count for nothing.
    std::shared_ptr<const MachineStreams> machine{};
    /// Whether the same synapses come about, value by value.
    friend bool operator==(const Recipe& a, const Recipe& b);
};

/// How a number becomes an integer: on the host (nearest), or on the machine, where values and the
/// scale pass through fixed point; execution of generator_types.h and matrix_generator. With
/// `MachineShortScale` the scale passes through s16.15, where 65536 and more do not fit.
enum class Rounding : std::uint8_t { Host, Machine, MachineShortScale };

struct Scaling {
    double weight_scale = 1.0;  ///< stored weight = weight x scale
    double timestep_ms = 1.0;
    Rounding rounding = Rounding::Host;
    friend bool operator==(const Scaling&, const Scaling&) = default;
};

/// PyNN's name of the connector.
[[nodiscard]] std::string_view name(const Connector& connector);

/// Throws NetworkError, with the projection's label, for a recipe that cannot be: numbers that are
/// not finite, a probability outside 0..1, more connections than pairs, lists of other lengths,
/// negative delays, weights of both signs.
void check(const Recipe& recipe, std::string_view projection);

/// Synapses that a source neuron has on `targets` target neurons on average.
[[nodiscard]] double mean_row(const Recipe& recipe, std::uint32_t targets);

/// Whether SpiNNaker would generate it on the machine.
[[nodiscard]] bool generated_on_machine(const Recipe& recipe);
/// QUIRK of the original, for `faithful` alone: it makes the synapses of a FixedNumberPost with
/// a scale that was cut to s16.15 (connection_generator_fixed_post.h).
[[nodiscard]] Rounding rounding_of(const Recipe& recipe, const Fidelity& fidelity);

}  // namespace spinnlab::synapses
