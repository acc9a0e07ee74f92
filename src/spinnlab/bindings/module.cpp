// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/bindings/module.hpp"

// The macro casts the way it likes.
NB_MODULE(_core, module) {  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
    module.doc() = "SpiNNLab's compiled core: networks, machine images, simulations.";
    spinnlab::bindings::bind_errors(module);
    spinnlab::bindings::bind_models(module);
    spinnlab::bindings::bind_network(module);
    spinnlab::bindings::bind_simulation(module);
}
