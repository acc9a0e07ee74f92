// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/poisson_kernels.inl"

// With a flag missing (-maes, -mpclmul) Highway silently takes a narrower instruction set.
static_assert(HWY_STATIC_TARGET == HWY_AVX2);
static_assert(spinnlab::engine::HWY_NAMESPACE::kWidth == 8);

namespace spinnlab::engine {

DrawGroups poisson_avx2() { return &HWY_NAMESPACE::draw_groups; }

}  // namespace spinnlab::engine
