// SPDX-License-Identifier: Apache-2.0
// The kernels of every instruction set, each a table in the order of models.def, and each compiled
// with its own flags (cmake/isa.cmake).
#pragma once

#include "spinnlab/neurons/kernels.hpp"

namespace spinnlab::neurons {

[[nodiscard]] const Advance* scalar_kernels();
[[nodiscard]] const Advance* sse4_kernels();
[[nodiscard]] const Advance* avx2_kernels();
[[nodiscard]] const Advance* avx512_kernels();

}  // namespace spinnlab::neurons
