// SPDX-License-Identifier: Apache-2.0
// What a neuron model is, seen from outside: the one table that front end, documentation, checks,
// recording and memory sizes are made from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace spinnlab::neurons {

/// Neurons of a block, on every instruction set: state, sums and spikes are laid out by it.
inline constexpr std::uint32_t kLanes = 16;

enum class FieldKind : std::uint8_t { Parameter, State };

/// One parameter or state variable, by PyNN's name. A value must lie in [minimum, maximum].
struct FieldInfo {
    std::string_view name, unit;
    double default_value;
    FieldKind kind;
    double minimum, maximum;
    std::string_view doc;
};

/// A variable that can be recorded: its value at the start of a step, before the update.
struct RecordableInfo {
    std::string_view name, unit;
};

/// Facts of a model; all spans point to constants that live as long as the program.
struct ModelInfo {
    std::string_view name;                        ///< PyNN's: "IF_curr_exp"
    std::span<const FieldInfo> fields;            ///< parameters, then state (initial values)
    std::span<const std::string_view> receptors;  ///< in the order of synapse types
    std::span<const RecordableInfo> recordables;
    bool conductance;            ///< weights are uS, else nA
    double global_weight_scale;  ///< on stored weights: 1024 for conductances, else 1
    std::uint32_t state_words;   ///< int32 words of mutable state a neuron
    std::span<const std::string_view>
        state_fields;                             ///< per state word its field; "" for a hidden one
    std::span<const std::string_view> constants;  ///< names of Prepared::parameters, in their order
    std::uint32_t random_words;                   ///< 32-bit random words a neuron and sub-step
    std::span<const std::uint32_t> struct_words;  ///< SDRAM structs of the original, for sizes
    std::string_view spinnaker_binary;            ///< "IF_curr_exp" of IF_curr_exp.aplx
    std::string_view doc;                         ///< one sentence for the documentation
    std::uint32_t index;                          ///< place in catalogue()
};

/// All models, in the order of models.def.
[[nodiscard]] std::span<const ModelInfo> catalogue();

/// The model of this name, or null.
[[nodiscard]] const ModelInfo* find_model(std::string_view name);

/// Where a field stands in ModelInfo::fields.
[[nodiscard]] std::optional<std::uint32_t> field_index(const ModelInfo& model,
                                                       std::string_view field);

/// Which word of a neuron's state holds this state field, as s16.15; none for parameters.
[[nodiscard]] std::optional<std::uint32_t> state_word(const ModelInfo& model,
                                                      std::string_view field);

}  // namespace spinnlab::neurons
