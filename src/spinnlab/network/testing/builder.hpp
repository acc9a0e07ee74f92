// SPDX-License-Identifier: Apache-2.0
// A short way to write networks down, for tests and benches.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinnlab/network/network.hpp"

namespace spinnlab::network::testing {

using Values = std::vector<std::pair<std::string_view, double>>;

/// Cells of a model with its defaults, but for `values`.
[[nodiscard]] NeuronCells cells_of(std::string_view model, const Values& values = {});

/// A projection that has not been added, with a seed and an identity of its own.
[[nodiscard]] Projection projection(const Network& network, PopulationId pre, PopulationId post,
                                    std::uint32_t receptor, synapses::Connector connector,
                                    synapses::ValueSource weight, synapses::ValueSource delay_ms);

/// Puts a network together; every population and projection is checked as it is added.
class Builder {
 public:
    explicit Builder(double timestep_ms = 1.0);

    PopulationId neurons(std::string label, std::uint32_t size,
                         std::string_view model = "IF_curr_exp", const Values& values = {});
    PopulationId poisson(std::string label, std::uint32_t size, std::vector<double> rate_hz);
    /// Each fires once, at 0 ms.
    PopulationId spike_array(std::string label, std::uint32_t size);
    void project(PopulationId pre, PopulationId post, synapses::Connector connector,
                 synapses::ValueSource weight, synapses::ValueSource delay_ms,
                 std::uint32_t receptor = 0);
    void record(PopulationId id, const std::vector<std::string>& variables);

    /// Of the populations that follow.
    void atoms_per_core(std::optional<std::uint32_t> atoms) { atoms_per_core_ = atoms; }

    [[nodiscard]] const Network& network() const { return network_; }
    [[nodiscard]] double timestep_ms() const { return network_.settings().timestep_ms; }

 private:
    PopulationId add(std::string label, std::uint32_t size, Cells cells);

    Network network_;
    std::optional<std::uint32_t> atoms_per_core_{};
};

}  // namespace spinnlab::network::testing
