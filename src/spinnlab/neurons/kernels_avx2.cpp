// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/lanes_highway.inl"
#define SPINNLAB_LANES HWY_NAMESPACE
#include "spinnlab/neurons/kernels.inl"

// With a flag missing (-maes, -mpclmul) Highway silently takes a narrower instruction set.
static_assert(HWY_STATIC_TARGET == HWY_AVX2);
static_assert(spinnlab::neurons::HWY_NAMESPACE::Register::kWidth == 8);

namespace spinnlab::neurons {

const Advance* avx2_kernels() { return HWY_NAMESPACE::kKernels; }

}  // namespace spinnlab::neurons
