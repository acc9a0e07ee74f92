// SPDX-License-Identifier: Apache-2.0
// Connectors and value sources from what Python says.
#pragma once

#include <nanobind/nanobind.h>

#include "spinnlab/synapses/recipe.hpp"

namespace spinnlab::bindings {

/// (PyNN's name, its arguments). Throws UnsupportedError for a connector that the core lacks.
synapses::Connector to_connector(const nanobind::tuple& connector);

/// A number, an array with one a connection, or (name of the distribution, its parameters).
synapses::ValueSource to_value_source(nanobind::handle value);

}  // namespace spinnlab::bindings
