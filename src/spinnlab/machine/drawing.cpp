// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "spinnlab/machine/describe.hpp"

namespace spinnlab::machine {
namespace {

constexpr int kMargin = 4;        ///< columns for the y coordinate
constexpr int kColumnsAChip = 5;  ///< four for the chip, one for the link to the east

std::size_t column(int x) { return static_cast<std::size_t>(kMargin + kColumnsAChip * x); }

void put(std::string& line, std::size_t at, std::string_view text) {
    if (line.size() < at + text.size()) line.resize(at + text.size(), ' ');
    line.replace(at, text.size(), text);
}

/// ":" where the link joins two boards, `symbol` within one, a blank where there is none.
char link_symbol(const Machine& machine, ChipXY from, Direction direction, char symbol) {
    const auto to = machine.neighbour(from, direction);
    const ChipXY one = step(direction);
    if (!to || *to != ChipXY{from.x + one.x, from.y + one.y}) return ' ';
    return machine.find(from)->ethernet == machine.find(*to)->ethernet ? symbol : ':';
}

std::string chip_row(const Machine& machine, int y) {
    std::string line;
    put(line, 0, fmt::format("{:>3}", y));
    for (int x = 0; x < machine.width(); ++x) {
        const Chip* chip = machine.find({x, y});
        if (chip == nullptr) continue;
        const char* form = chip->xy == chip->ethernet ? "[{:>2}]" : " {:>2} ";
        put(line, column(x), fmt::format(fmt::runtime(form), chip->n_cores));
        const char east = link_symbol(machine, chip->xy, Direction::East, '-');
        put(line, column(x) + kColumnsAChip - 1, std::string_view(&east, 1));
    }
    return line;
}

/// The links upwards from row `y`.
std::string link_row(const Machine& machine, int y) {
    std::string line;
    for (int x = 0; x < machine.width(); ++x) {
        const char north = link_symbol(machine, {x, y}, Direction::North, '|');
        const char north_east = link_symbol(machine, {x, y}, Direction::NorthEast, '/');
        put(line, column(x) + 2, std::string_view(&north, 1));
        put(line, column(x) + kColumnsAChip - 1, std::string_view(&north_east, 1));
    }
    return line;
}

void append_line(std::string& text, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
}

}  // namespace

std::string draw(const Machine& machine) {
    std::string text;
    for (int y = machine.height() - 1; y >= 0; --y) {
        if (y != machine.height() - 1) append_line(text, link_row(machine, y));
        append_line(text, chip_row(machine, y));
    }
    std::string axis;
    for (int x = 0; x < machine.width(); ++x) put(axis, column(x), fmt::format(" {:>2}", x));
    append_line(text, axis);
    return text;
}

}  // namespace spinnlab::machine
