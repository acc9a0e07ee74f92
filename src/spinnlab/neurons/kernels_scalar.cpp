// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/lanes_scalar.hpp"
#define SPINNLAB_LANES scalar
#include "spinnlab/neurons/kernels.inl"

namespace spinnlab::neurons {

const Advance* scalar_kernels() { return scalar::kKernels; }

}  // namespace spinnlab::neurons
