// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {
namespace {

struct NamedExtent {
    std::string_view name;
    Extent extent;
};

/// 1, 1, 3, 24, 120 and 1,200 boards; the sizes in chips are those of the original's allocator.
constexpr std::array<NamedExtent, 6> kNames = {{
    {"spin3", {3, 2, 2}},
    {"spin5", {5, 8, 8}},
    {"triad", {5, 12, 12}},
    {"frame", {5, 48, 24}},
    {"cabinet", {5, 96, 60}},
    {"million", {5, 240, 240}},
}};

std::optional<int> size_in_chips(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<Extent> parse_size(std::string_view text) {
    const std::size_t cross = text.find_first_of("xX");
    if (cross == std::string_view::npos) return std::nullopt;
    const std::optional<int> width = size_in_chips(text.substr(0, cross));
    const std::optional<int> height = size_in_chips(text.substr(cross + 1));
    if (!width || !height) return std::nullopt;
    const bool small = *width == kSmallBoardSize && *height == kSmallBoardSize;
    return Extent{small ? 3 : 5, *width, *height};
}

std::optional<Extent> find_extent(std::string_view name) {
    for (const NamedExtent& named : kNames) {
        if (named.name == name) return named.extent;
    }
    return parse_size(name);
}

}  // namespace

MachineSpec parse_spec(std::string_view name) {
    const std::optional<Extent> extent = find_extent(name);
    if (!extent) {
        std::string names;
        for (const NamedExtent& named : kNames) names += fmt::format("{}, ", named.name);
        throw MachineError(fmt::format("there is no machine named \"{}\"", name),
                           fmt::format("Name one of {}or a size in chips such as 16x16.", names));
    }
    require_valid(*extent);
    MachineSpec spec;
    spec.version = extent->version;
    spec.width = extent->width;
    spec.height = extent->height;
    return spec;
}

}  // namespace spinnlab::machine
