// SPDX-License-Identifier: Apache-2.0
// The kernels that advance neurons by one time step, one set for each instruction set.
#pragma once

#include <cstdint>
#include <string_view>

#include "spinnlab/neurons/model_info.hpp"

namespace spinnlab::neurons {

/// A constant of one population: `stride` 0 (values[0] for all) or kLanes (one value a neuron).
struct ParameterRef {
    const std::int32_t* values = nullptr;
    std::uint32_t stride = 0;
};

/// One step of consecutive blocks of one population. Arrays with one entry a neuron hold kLanes
/// entries a block and are aligned to 64 bytes (as is `state`); null where said.
struct AdvanceArgs {
    std::uint32_t blocks = 0;
    std::uint16_t last_mask = 0xFFFF;          ///< lanes of the last block that exist
    std::int32_t* state = nullptr;             ///< as Prepared::state
    const ParameterRef* parameters = nullptr;  ///< as ModelInfo::constants
    /// Per receptor: sums of 16-bit weights due now. The kernel clamps them to 65535, shifts them
    /// to s16.15 and writes zeros back.
    std::uint32_t* const* accumulators = nullptr;
    const std::uint8_t* shifts = nullptr;   ///< per receptor; at most 31
    const std::int32_t* current = nullptr;  ///< s16.15 nA a neuron of current sources, or null
    /// ModelInfo::random_words x sub_steps words a neuron, else null:
    /// random[((block * sub_steps + sub_step) * random_words + word) * kLanes + lane].
    const std::uint32_t* random = nullptr;
    std::uint32_t sub_steps = 1;
    std::uint32_t step = 0;           ///< step x sub_steps must stay below 2^31
    std::uint16_t* spikes = nullptr;  ///< out: one mask a block, bit = lane
    /// Out, per recordable of the model, one value a neuron, before the update, of the first
    /// sub-step; null for what nobody records, and null as a whole if nothing is.
    std::int32_t* const* recorded = nullptr;
    std::uint32_t saturated = 0;  ///< out: pairs of neuron and receptor whose sum exceeded 65535
};

enum class Isa : std::uint8_t { Scalar, Sse4, Avx2, Avx512 };

/// The widest instruction set that this processor and this build have.
[[nodiscard]] Isa best_isa();
[[nodiscard]] bool isa_available(Isa isa);
[[nodiscard]] std::string_view isa_name(Isa isa);

/// Advances args.blocks blocks by one time step. Does not allocate, does not throw.
using Advance = void (*)(AdvanceArgs& args);

/// The kernel of a model. Throws InternalError where the instruction set is not available.
[[nodiscard]] Advance advance_kernel(const ModelInfo& model, Isa isa);

}  // namespace spinnlab::neurons
