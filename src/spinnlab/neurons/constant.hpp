// SPDX-License-Identifier: Apache-2.0
// A constant of a kernel, knowing at compile time whether all neurons share it.
#pragma once

#include "spinnlab/base/unroll.hpp"

namespace spinnlab::neurons {

/// `kUniform`: all lanes hold the same number, which saves moving its odd lanes in products, and a
/// second register where a number takes two.
template <class L, bool kUniform>
struct Constant {
    typename L::template Held<kUniform> value;
    operator typename L::Int() const { return L::whole(value); }  // NOLINT: used as a number
};

}  // namespace spinnlab::neurons
