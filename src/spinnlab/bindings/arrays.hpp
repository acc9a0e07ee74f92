// SPDX-License-Identifier: Apache-2.0
// Between NumPy arrays and vectors.
#pragma once

#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::bindings {

namespace nb = nanobind;

template <typename T>
using Array = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::vector<T> to_vector(const Array<T>& array) {
    return {array.data(), array.data() + array.size()};
}

/// nb::cast with an error that names what was given.
template <typename T>
T to(nb::handle value, std::string_view what) {
    try {
        return nb::cast<T>(value);
    } catch (const std::bad_cast&) {
        throw NetworkError(
            fmt::format("{} is {}", what, nb::cast<std::string>(nb::str(nb::repr(value)))),
            "Give a value of the type that it has.");
    }
}

/// A number for all, or an array with one each.
std::vector<double> to_values(nb::handle values);

/// A new array that owns `values`.
template <typename T>
nb::ndarray<nb::numpy, T> to_array(std::vector<T> values, std::vector<std::size_t> shape = {}) {
    auto* owned = new std::vector<T>(std::move(values));
    nb::capsule owner(owned, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    if (shape.empty()) shape = {owned->size()};
    return nb::ndarray<nb::numpy, T>(owned->data(), shape.size(), shape.data(), owner);
}

}  // namespace spinnlab::bindings
