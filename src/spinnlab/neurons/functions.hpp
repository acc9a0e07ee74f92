// SPDX-License-Identifier: Apache-2.0
// Scalar functions that kernels call lane by lane. They are not inline: a copy compiled for AVX-512
// must never stand in for the one that every processor can run.
#pragma once

#include "spinnlab/base/fixed_point.hpp"

namespace spinnlab::neurons {

/// 1 / x of a number above 0; 0 for 0, which only an initial value below 0 leads to.
[[nodiscard]] Accum reciprocal_or_zero(Accum x);

}  // namespace spinnlab::neurons
