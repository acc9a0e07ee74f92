// SPDX-License-Identifier: Apache-2.0
// The parts of the module.
#pragma once

#include <nanobind/nanobind.h>

namespace spinnlab::bindings {

void bind_errors(nanobind::module_& module);
void bind_models(nanobind::module_& module);
void bind_network(nanobind::module_& module);
void bind_simulation(nanobind::module_& module);

}  // namespace spinnlab::bindings
