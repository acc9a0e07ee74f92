// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/bindings/module.hpp"

#include "core_sources.hpp"

// The macro casts the way it likes.
NB_MODULE(_core, module) {  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
    module.doc() = "SpiNNLab's compiled core: networks, machine images, simulations.";
    // Also found in the file itself, by a reader that does not load it (engine_sources.py).
    module.attr("__sources__") = spinnlab::bindings::core_sources;
    spinnlab::bindings::bind_errors(module);
    spinnlab::bindings::bind_models(module);
    spinnlab::bindings::bind_network(module);
    spinnlab::bindings::bind_simulation(module);
}
