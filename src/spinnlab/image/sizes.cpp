// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/image/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/synapses/estimates.hpp"

namespace spinnlab::image {

namespace {

using network::LoweredNetwork;
using network::Network;
using network::PopulationId;

constexpr std::uint64_t kWord = 4;
constexpr std::uint64_t kSystemBytes = 412;      // with the simulation header
constexpr std::uint64_t kProvenanceBytes = 112;  // 6 words and 22 items of a combined core
constexpr std::uint64_t kProfileBytes = 4;

constexpr std::uint64_t even(std::uint64_t n) { return n + (n & 1); }
constexpr std::uint64_t words_of_bits(std::uint64_t n) { return (n + 31) / 32; }

/// SDRAM that recordings take: a row a sample, and what describes them.
mapping::Resources recorded(const network::Population& population, std::uint32_t atoms) {
    mapping::Resources bytes;
    for (const auto& recording : population.recordings) {
        const std::uint64_t n = recording.indexes.empty()
                                    ? atoms
                                    : std::min<std::uint64_t>(atoms, recording.indexes.size());
        if (recording.variable != network::kPacketsPerTimestep) bytes.fixed_bytes += 2 * kWord;
        if (recording.variable == "spikes") {
            bytes.bytes_per_step += kWord + kWord * words_of_bits(n);
        } else if (recording.variable == network::kPacketsPerTimestep) {
            bytes.bytes_per_step += 2 * kWord;
        } else {
            bytes.bytes_per_step += (kWord + kWord * n) / recording.interval_steps;
        }
    }
    return bytes;
}

void add_neuron_regions(const neurons::ModelInfo& model, std::uint64_t n,
                        std::vector<Region>& regions) {
    const auto types = static_cast<std::uint64_t>(model.receptors.size());
    const auto words =
        std::accumulate(model.struct_words.begin(), model.struct_words.end(), std::uint64_t{0});
    const std::uint64_t structs = 1 + model.struct_words.size();  // the global one too
    const std::uint64_t fields = 1 + words;
    const auto variables = static_cast<std::uint64_t>(model.recordables.size());
    const std::uint64_t parameters = kWord + kWord * words * n;
    const std::uint64_t recorded_when_generated =
        8 + variables * (16 + 2 * even(n)) + (12 + 2 * even(n));
    regions.push_back({"CORE_PARAMS", 20 + kWord * types + kWord * n});
    regions.push_back({"NEURON_PARAMS", parameters});
    regions.push_back({"INITIAL_VALUES", parameters});
    regions.push_back({"NEURON_RECORDING", 8 + variables * (12 + 2 * even(n)) + 8 + 2 * even(n)});
    regions.push_back({"NEURON_BUILDER",
                       48 + 16 * structs + 8 * fields + 24 * fields * n + recorded_when_generated});
    regions.push_back({"CURRENT_SOURCE_PARAMS", kWord});
}

std::uint64_t row_bytes(std::uint32_t synapses) {
    constexpr std::uint64_t kHeaderWords = 3;
    return synapses == 0 ? 0 : (synapses + kHeaderWords) * kWord;
}

/// Parameters of a connector for its generator on the machine.
std::uint64_t connector_words(const synapses::Connector& connector) {
    if (std::holds_alternative<synapses::AllToAll>(connector)) return 1;
    if (std::holds_alternative<synapses::OneToOne>(connector)) return 0;
    if (std::holds_alternative<synapses::FixedProbability>(connector)) return 2;
    return 3;
}

/// The same of a weight or delay: one number, or the parameters of its distribution.
std::uint64_t value_words(const synapses::ValueSource& value) {
    const auto* distribution = std::get_if<synapses::Distribution>(&value);
    if (distribution == nullptr) return 1;
    switch (distribution->kind) {
        case synapses::DistributionKind::Exponential: return 1;
        case synapses::DistributionKind::Uniform:
        case synapses::DistributionKind::UniformInt:
        case synapses::DistributionKind::Normal: return 2;
        case synapses::DistributionKind::ExponentialClipped: return 3;
        case synapses::DistributionKind::NormalClipped:
        case synapses::DistributionKind::NormalClippedToBoundary: return 4;
    }
    throw InternalError("a distribution without a size");
}

/// Sizes of the synaptic side: matrices block by block, and the tables that find them.
class SynapticSide {
 public:
    SynapticSide(const Network& network, const LoweredNetwork& lowered, PopulationId id)
        : network_(network), lowered_(lowered), plan_(lowered.populations[id]) {
        for (const auto p : lowered.incoming[id]) add(network.projections()[p], p);
    }

    void regions(std::uint64_t types, std::vector<Region>& regions) const {
        std::uint64_t table = 8 + lists_ * kWord;
        std::uint64_t bit_fields = 8;
        std::uint64_t expander = 76 + 8 * types;
        for (const auto& [pre, stages] : stages_of_source_) {
            const std::uint64_t atoms = network_.populations()[pre].size;
            table += stages == 0 ? 20 : 40;
            bit_fields += 16 + kWord * words_of_bits(atoms);
            bit_fields += 16 + kWord * words_of_bits(atoms * stages);
            expander += stages == 0 ? 4 : 8;
        }
        regions.push_back({"SYNAPSE_PARAMS", 28 + kWord * types});
        regions.push_back({"SYNAPTIC_MATRIX", matrix_});
        regions.push_back({"POPULATION_TABLE", table});
        regions.push_back({"BIT_FIELD_FILTER", bit_fields});
        regions.push_back({"CONNECTOR_BUILDER", expander + generators_});
    }

 private:
    void add(const network::Projection& projection, std::uint32_t index) {
        const network::Population& pre = network_.populations()[projection.pre];
        const std::uint32_t stages = lowered_.delay_stages[index];
        const auto rows =
            synapses::estimate_rows(projection.recipe, network_.settings().timestep_ms,
                                    plan_.atoms_per_core, plan_.delay_slots, stages);
        const std::uint64_t sub =
            std::min(pre.size, lowered_.populations[projection.pre].atoms_per_core);
        const std::uint64_t blocks = (pre.size + sub - 1) / sub;
        for (std::uint64_t b = 0; b < blocks; ++b) add_block(sub * row_bytes(rows.undelayed));
        if (stages != 0) {
            for (std::uint64_t b = 0; b < blocks; ++b) {
                add_block(sub * stages * row_bytes(rows.delayed));
            }
        }
        lists_ += stages == 0 ? 1 : 2;
        auto& most = stages_of_source_[projection.pre];
        most = std::max(most, stages);
        if (synapses::generated_on_machine(projection.recipe)) {
            // One set a source core: generator, matrix, connector, weight and delay.
            constexpr std::uint64_t kGenerator = 44;
            constexpr std::uint64_t kStaticMatrix = 48;
            generators_ += blocks * (kGenerator + kStaticMatrix +
                                     (connector_words(projection.recipe.connector) +
                                      value_words(projection.recipe.weight) +
                                      value_words(projection.recipe.delay_ms)) *
                                         kWord);
        }
    }
    void add_block(std::uint64_t bytes) {
        if (bytes == 0) return;
        matrix_ = (matrix_ + 15) / 16 * 16 + bytes;
    }

    const Network& network_;
    const LoweredNetwork& lowered_;
    const network::PopulationPlan& plan_;
    std::uint64_t matrix_ = 8;  // reserved
    std::uint64_t lists_ = 0;
    std::uint64_t generators_ = 0;
    std::map<PopulationId, std::uint32_t> stages_of_source_{};
};

/// A bit for every spike that a source may fire in a step, and steps for runs that fire more.
mapping::Resources recorded_poisson(const network::Population& population,
                                    const network::PoissonCells& cells, std::uint64_t n,
                                    double timestep_ms) {
    constexpr std::uint64_t kOverflowSteps = 5;
    mapping::Resources bytes;
    if (population.recordings.empty()) return bytes;
    const double rate_hz = cells.max_rate_hz.value_or(*std::ranges::max_element(cells.rate_hz));
    const auto most =
        static_cast<std::uint64_t>(synapses::poisson_spikes_per_step(rate_hz, timestep_ms));
    bytes.bytes_per_step = 2 * kWord + kWord * words_of_bits(n) * most;
    bytes.fixed_bytes = kOverflowSteps * bytes.bytes_per_step;
    return bytes;
}

/// `n` sources of one rate each.
std::uint64_t poisson_bytes(std::uint64_t n) {
    constexpr std::uint64_t kRateWords = 6;
    constexpr std::uint64_t kProvenance = 52;
    const std::uint64_t direct_input = 12 + 2 * n;  // to a synapse core, planned in any case
    return kSystemBytes + kProfileBytes + kProvenance + direct_input + (15 + n) * kWord +
           (2 + kRateWords) * n * kWord + ((3 + kRateWords) * n + 2) * kWord;
}

}  // namespace

LongestRow longest_row(const Network& network, const LoweredNetwork& lowered, PopulationId id) {
    const network::PopulationPlan& plan = lowered.populations[id];
    LongestRow longest;
    for (const auto p : lowered.incoming[id]) {
        const auto rows =
            synapses::estimate_rows(network.projections()[p].recipe, network.settings().timestep_ms,
                                    plan.atoms_per_core, plan.delay_slots, lowered.delay_stages[p]);
        const std::uint32_t synapses = std::max(rows.undelayed, rows.delayed);
        if (synapses > longest.synapses) longest = {p, synapses};
    }
    return longest;
}

std::vector<Region> neuron_core_regions(const Network& network, const LoweredNetwork& lowered,
                                        PopulationId id) {
    const network::Population& population = network.populations()[id];
    const neurons::ModelInfo& model = *network::model_of(population);
    const std::uint64_t n = lowered.populations[id].atoms_per_core;
    const auto variables = static_cast<std::uint64_t>(model.recordables.size());
    std::vector<Region> regions = {{"SYSTEM", kSystemBytes},
                                   // spikes, packets and the variables, twelve bytes and eight each
                                   {"RECORDING", 4 + (12 + 8) * (variables + 3)},
                                   {"PROVENANCE_DATA", kProvenanceBytes},
                                   {"PROFILING", kProfileBytes}};
    add_neuron_regions(model, n, regions);
    SynapticSide(network, lowered, id).regions(model.receptors.size(), regions);
    return regions;
}

mapping::Resources core_resources(const Network& network, const LoweredNetwork& lowered,
                                  PopulationId id) {
    const network::Population& population = network.populations()[id];
    const std::uint32_t atoms = lowered.populations[id].atoms_per_core;
    mapping::Resources bytes = recorded(population, atoms);
    if (network::model_of(population) != nullptr) {
        for (const Region& region : neuron_core_regions(network, lowered, id)) {
            bytes.fixed_bytes += region.bytes;
        }
    } else if (const auto* poisson = std::get_if<network::PoissonCells>(&population.cells)) {
        bytes = recorded_poisson(population, *poisson, atoms, network.settings().timestep_ms);
        bytes.fixed_bytes += poisson_bytes(atoms);
    } else {
        // Spikes are sent piece by piece from a buffer; what is planned is small and fixed.
        constexpr std::uint64_t kSpikeArrayBytes = 532;
        constexpr std::uint64_t kSpikeArrayBytesPerStep = 20;
        bytes.fixed_bytes += kSpikeArrayBytes;
        bytes.bytes_per_step += kSpikeArrayBytesPerStep;
    }
    return bytes;
}

mapping::Resources delay_core_resources() {
    constexpr std::uint64_t kDelayParameters = 36;
    constexpr std::uint64_t kDelayProvenance = 72;
    return {kSystemBytes + kDelayParameters + kDelayProvenance, 0};
}

}  // namespace spinnlab::image
