// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/poisson_kernels.inl"

// With a flag missing (-maes, -mpclmul) Highway silently takes a narrower instruction set.
static_assert(HWY_STATIC_TARGET == HWY_SSE4);
static_assert(spinnlab::engine::HWY_NAMESPACE::kWidth == 4);

namespace spinnlab::engine {

DrawGroups poisson_sse4() { return &HWY_NAMESPACE::draw_groups; }

}  // namespace spinnlab::engine
