// SPDX-License-Identifier: Apache-2.0
// Where generated synapses go.
#pragma once

#include <cstdint>
#include <span>

namespace spinnlab::synapses {

/// Neurons are indexes in their populations, weights as stored (16 bits), delays in steps, at
/// least 1. The spans live until the call returns.
class SynapseSink {
 public:
    virtual ~SynapseSink() = default;
    /// False: weights that would have to be drawn may be given as 0, which saves a third of the
    /// time.
    [[nodiscard]] virtual bool wants_weights() const { return true; }
    /// Some synapses of one source neuron.
    virtual void row(std::uint32_t pre, std::span<const std::uint32_t> post,
                     std::span<const std::uint16_t> weight,
                     std::span<const std::uint16_t> delay_steps) = 0;
    /// Some synapses of one target neuron.
    virtual void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                        std::span<const std::uint16_t> weight,
                        std::span<const std::uint16_t> delay_steps) = 0;
};

}  // namespace spinnlab::synapses
