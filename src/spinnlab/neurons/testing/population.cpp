// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/testing/population.hpp"

#include <span>
#include <stdexcept>
#include <utility>

namespace spinnlab::neurons::testing {

Prepared prepare_named(const ModelInfo& model, const PrepareOptions& options, std::uint32_t n,
                       const Fields& fields) {
    std::vector<std::vector<double>> columns;
    for (const FieldInfo& field : model.fields) {
        const auto found = fields.find(std::string(field.name));
        columns.push_back(found == fields.end() ? std::vector{field.default_value} : found->second);
    }
    for (const auto& [name, values] : fields) {
        if (!field_index(model, name)) throw std::invalid_argument("no field " + name);
    }
    const std::vector<std::span<const double>> spans(columns.begin(), columns.end());
    return prepare(model, options, n, spans);
}

std::vector<Isa> available_isas() {
    std::vector<Isa> result;
    for (const Isa isa : {Isa::Scalar, Isa::Sse4, Isa::Avx2, Isa::Avx512}) {
        if (isa_available(isa)) result.push_back(isa);
    }
    return result;
}

Population::Population(const ModelInfo& model_info, Prepared values, std::uint32_t neurons,
                       std::uint32_t parts, std::vector<std::uint8_t> shift)
    : model(&model_info),
      n(neurons),
      blocks((neurons + kLanes - 1) / kLanes),
      sub_steps(parts),
      prepared(std::move(values)),
      shifts(std::move(shift)),
      sums(model->receptors.size(), std::vector<std::uint32_t>(blocks * kLanes)),
      random(std::size_t{blocks} * kLanes * sub_steps * model->random_words),
      recorded(model->recordables.size(), std::vector<std::int32_t>(blocks * kLanes)),
      spikes(blocks) {}

void Population::step(Isa isa) {
    std::vector<ParameterRef> parameters;
    for (const Column& column : prepared.parameters) {
        parameters.push_back({column.values.data(), column.uniform ? 0 : kLanes});
    }
    std::vector<std::uint32_t*> accumulators;
    for (auto& sum : sums) accumulators.push_back(sum.data());
    std::vector<std::int32_t*> rows;
    for (auto& record : recorded) rows.push_back(record.data());
    AdvanceArgs args;
    args.blocks = blocks;
    if (n % kLanes != 0) args.last_mask = static_cast<std::uint16_t>((1u << (n % kLanes)) - 1);
    args.state = prepared.state.data();
    args.parameters = parameters.data();
    args.accumulators = accumulators.data();
    args.shifts = shifts.data();
    args.current = current.empty() ? nullptr : current.data();
    args.random = random.empty() ? nullptr : random.data();
    args.sub_steps = sub_steps;
    args.step = now++;
    args.spikes = spikes.data();
    args.recorded = records ? rows.data() : nullptr;
    advance_kernel(*model, isa)(args);
    saturated += args.saturated;
}

std::vector<std::uint32_t> Population::fired() const {
    std::vector<std::uint32_t> result;
    for (std::uint32_t i = 0; i < blocks * kLanes; ++i) {
        if ((spikes[i / kLanes] >> i % kLanes & 1u) != 0) result.push_back(i);
    }
    return result;
}

std::int32_t Population::state_of(const std::string& field, std::uint32_t neuron) const {
    const std::uint32_t word = state_word(*model, field).value();
    return prepared.state[(neuron / kLanes * model->state_words + word) * kLanes + neuron % kLanes];
}

}  // namespace spinnlab::neurons::testing
