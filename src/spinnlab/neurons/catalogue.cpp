// SPDX-License-Identifier: Apache-2.0
// The tables of all models, and the preparation of their parameters.
#include <algorithm>
#include <array>

#include "spinnlab/neurons/model_info.hpp"
#include "spinnlab/neurons/models.hpp"
#include "spinnlab/neurons/preparation.hpp"

namespace spinnlab::neurons {

namespace {

template <class Model>
constexpr ModelInfo info() {
    return {Model::name,
            Model::fields,
            Model::receptors,
            Model::recordables,
            Model::conductance,
            Model::global_weight_scale,
            static_cast<std::uint32_t>(Model::words.size()),
            Model::words,
            Model::constants,
            Model::random_words,
            Model::struct_words,
            Model::spinnaker_binary,
            Model::doc,
            0};
}

template <class Model>
void prepare_model(Preparation& preparation) {
    Model::prepare(preparation);
}

#define SPINNLAB_NEURON_MODEL(Type) info<Type>(),
constexpr auto kModels = [] {
    std::array models = {
#include "spinnlab/neurons/models.def"
    };
    for (std::uint32_t i = 0; i < models.size(); ++i) models[i].index = i;
    return models;
}();
#undef SPINNLAB_NEURON_MODEL

#define SPINNLAB_NEURON_MODEL(Type) &prepare_model<Type>,
constexpr std::array<void (*)(Preparation&), kModels.size()> kPrepare = {
#include "spinnlab/neurons/models.def"
};
#undef SPINNLAB_NEURON_MODEL

}  // namespace

std::span<const ModelInfo> catalogue() { return kModels; }

const ModelInfo* find_model(std::string_view name) {
    const auto found = std::ranges::find(kModels, name, &ModelInfo::name);
    return found == kModels.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> field_index(const ModelInfo& model, std::string_view field) {
    const auto found = std::ranges::find(model.fields, field, &FieldInfo::name);
    if (found == model.fields.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - model.fields.begin());
}

std::optional<std::uint32_t> state_word(const ModelInfo& model, std::string_view field) {
    const auto found = std::ranges::find(model.state_fields, field);
    if (field.empty() || found == model.state_fields.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - model.state_fields.begin());
}

Prepared prepare(const ModelInfo& model, const PrepareOptions& options, std::uint32_t n,
                 std::span<const std::span<const double>> fields) {
    Preparation preparation(model, options, n, fields);
    Prepared result;
    result.parameters.resize(model.constants.size());
    result.state.resize((n + kLanes - 1) / kLanes * std::size_t{kLanes} * model.state_words);
    preparation.result_into(result);
    kPrepare[model.index](preparation);
    return result;
}

}  // namespace spinnlab::neurons
