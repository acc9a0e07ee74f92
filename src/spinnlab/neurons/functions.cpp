// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/neurons/functions.hpp"

namespace spinnlab::neurons {

Accum reciprocal_or_zero(Accum x) { return x == 0 ? 0 : kdivk(kAccumOne, x); }

}  // namespace spinnlab::neurons
