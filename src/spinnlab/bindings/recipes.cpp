// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/bindings/recipes.hpp"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/bindings/arrays.hpp"

namespace spinnlab::bindings {

namespace {

template <typename T>
T argument(const nb::dict& arguments, const char* name) {
    if (!arguments.contains(name)) {
        throw NetworkError(fmt::format("{} is missing", name), "Give a value for it.");
    }
    return to<T>(arguments[name], name);
}
template <typename T>
T argument(const nb::dict& arguments, const char* name, T otherwise) {
    return arguments.contains(name) ? to<T>(arguments[name], name) : otherwise;
}

/// A Python number, not an array with one element.
bool is_number(nb::handle value) { return PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr()); }

/// Its value; Python's OverflowError for an integer that no double holds.
double number(nb::handle value) {
    const double converted = PyFloat_AsDouble(value.ptr());
    if (converted == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
    return converted;
}

/// (name, arguments) of a connector or distribution.
std::pair<std::string, nb::dict> pair_of(const nb::tuple& given, const char* what) {
    if (given.size() != 2) {
        throw NetworkError(fmt::format("a {} of {} parts", what, given.size()),
                           "Give its name and its arguments.");
    }
    return {to<std::string>(given[0], "the name"), to<nb::dict>(given[1], "the arguments")};
}

std::shared_ptr<const std::vector<std::uint32_t>> indexes(const nb::dict& arguments,
                                                          const char* name) {
    return std::make_shared<const std::vector<std::uint32_t>>(
        to_vector(argument<Array<std::uint32_t>>(arguments, name)));
}

using Make = synapses::Connector (*)(const nb::dict&);

constexpr const char* kSelf = "allow_self_connections";
constexpr const char* kReplace = "with_replacement";

/// What the original expects of a list that its host makes; see python/spinnlab/pynn/expected.py.
std::optional<synapses::Expected> expected(const nb::dict& a) {
    if (a.contains("p_most")) {
        synapses::Expected drawn;
        drawn.p_most = argument<double>(a, "p_most");
        drawn.pairs = argument<double>(a, "pairs");
        drawn.trials = argument<double>(a, "trials");
        return drawn;
    }
    if (!a.contains("longest_row")) return std::nullopt;
    synapses::Expected counted;
    counted.longest_row = argument<std::uint32_t>(a, "longest_row");
    counted.inputs = argument<std::uint32_t>(a, "inputs");
    return counted;
}

const std::map<std::string, Make>& makers() {
    static const std::map<std::string, Make> all = {
        {"AllToAllConnector",
         [](const nb::dict& a) -> synapses::Connector {
             return synapses::AllToAll{argument(a, kSelf, true)};
         }},
        {"OneToOneConnector",
         [](const nb::dict&) -> synapses::Connector { return synapses::OneToOne{}; }},
        {"FixedProbabilityConnector",
         [](const nb::dict& a) -> synapses::Connector {
             return synapses::FixedProbability{argument<double>(a, "p_connect"),
                                               argument(a, kSelf, true)};
         }},
        {"FixedNumberPreConnector",
         [](const nb::dict& a) -> synapses::Connector {
             return synapses::FixedNumberPre{argument<std::uint32_t>(a, "n"),
                                             argument(a, kSelf, true),
                                             argument(a, kReplace, false)};
         }},
        {"FixedNumberPostConnector",
         [](const nb::dict& a) -> synapses::Connector {
             return synapses::FixedNumberPost{argument<std::uint32_t>(a, "n"),
                                              argument(a, kSelf, true),
                                              argument(a, kReplace, false)};
         }},
        {"FixedTotalNumberConnector",
         [](const nb::dict& a) -> synapses::Connector {
             return synapses::FixedTotalNumber{argument<std::uint64_t>(a, "n"),
                                               argument(a, kSelf, true),
                                               argument(a, kReplace, true)};
         }},
        {"FromListConnector", [](const nb::dict& a) -> synapses::Connector {
             return synapses::FromList{indexes(a, "pre"), indexes(a, "post"), expected(a)};
         }}};
    return all;
}

struct Names {
    synapses::DistributionKind kind;
    const char* a;
    const char* b;  ///< null: none
};

const std::map<std::string, Names>& distributions() {
    using Kind = synapses::DistributionKind;
    static const std::map<std::string, Names> all = {
        {"uniform", {Kind::Uniform, "low", "high"}},
        {"uniform_int", {Kind::UniformInt, "low", "high"}},
        {"normal", {Kind::Normal, "mu", "sigma"}},
        {"normal_clipped", {Kind::NormalClipped, "mu", "sigma"}},
        {"normal_clipped_to_boundary", {Kind::NormalClippedToBoundary, "mu", "sigma"}},
        {"exponential", {Kind::Exponential, "beta", nullptr}},
        {"exponential_clipped", {Kind::ExponentialClipped, "beta", nullptr}}};
    return all;
}

template <typename Map>
const auto& find(const Map& all, const std::string& name, const char* what) {
    const auto found = all.find(name);
    if (found != all.end()) return found->second;
    throw UnsupportedError(fmt::format("the native way has no {} {}", what, name),
                           "Use the kernel \"sPyNNaker 7.4.1\" or spinnlab run --original.");
}

}  // namespace

std::vector<double> to_values(nb::handle values) {
    if (is_number(values)) return {number(values)};
    return to_vector(to<Array<double>>(values, "a value"));
}

synapses::Connector to_connector(const nb::tuple& connector) {
    const auto [connector_name, arguments] = pair_of(connector, "connector");
    return find(makers(), connector_name, "connector")(arguments);
}

synapses::ValueSource to_value_source(nb::handle value) {
    if (nb::isinstance<nb::tuple>(value)) {
        const auto [distribution, arguments] =
            pair_of(nb::borrow<nb::tuple>(value), "distribution");
        const auto& names = find(distributions(), distribution, "distribution");
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        return synapses::Distribution{
            names.kind, argument<double>(arguments, names.a),
            names.b == nullptr ? 0.0 : argument<double>(arguments, names.b),
            argument(arguments, "low", -kInfinity), argument(arguments, "high", kInfinity)};
    }
    if (is_number(value)) return synapses::Constant{number(value)};
    return synapses::PerConnection{std::make_shared<const std::vector<double>>(
        to_vector(to<Array<double>>(value, "a value")))};
}

}  // namespace spinnlab::bindings
