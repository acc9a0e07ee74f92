// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::alloc {
namespace {

constexpr int kLargestSide = 21;  ///< 252 chips: chip coordinates have eight bits

/// Step in (x, y, z) that a cable of board z makes; directions 3..5 are the reverse of 0..2 as seen
/// from the other end.
constexpr BoardXYZ board_step(int z, Direction direction) {
    constexpr BoardXYZ forward[kBoardsPerTriad][3] = {
        // East, NorthEast, North
        {{0, -1, 2}, {0, 0, 1}, {0, 0, 2}},
        {{1, 0, -1}, {1, 0, 1}, {1, 1, -1}},
        {{0, 0, -1}, {1, 1, -2}, {0, 1, -1}},
    };
    const int d = static_cast<int>(direction);
    if (d < 3) return forward[z][d];
    for (int from = 0; from < kBoardsPerTriad; ++from) {
        const BoardXYZ step = forward[from][d - 3];
        if (from + step.z == z) return {-step.x, -step.y, -step.z};
    }
    return {};
}

/// Offset between the Ethernet chips of a board and of its neighbour, in chips.
constexpr ChipXY root_step(Direction direction) {
    constexpr std::array<ChipXY, machine::kDirections> steps = {
        {{4, -4}, {8, 4}, {4, 8}, {-4, 4}, {-8, -4}, {-4, -8}}};
    return steps[static_cast<std::size_t>(direction)];
}

constexpr int wrapped(int value, int size) { return (value % size + size) % size; }

bool on_board(ChipXY local) {
    const auto chips = machine::board_chips(5);
    return std::find(chips.begin(), chips.end(), local) != chips.end();
}

template <class T>
void sort_unique(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// "1,2,3:4,5,6" as rows of N numbers. Throws MachineError.
template <std::size_t N>
std::vector<std::array<int, N>> parse_rows(std::string_view key, std::string_view text) {
    std::vector<std::array<int, N>> rows;
    if (text.empty()) return rows;
    for (const std::string_view row : split(text, ':')) {
        const auto fields = split(row, ',');
        std::array<int, N> values{};
        bool good = fields.size() == N;
        for (std::size_t i = 0; good && i < N; ++i) {
            const char* end = fields[i].data() + fields[i].size();
            const auto [stop, error] = std::from_chars(fields[i].data(), end, values[i]);
            good = error == std::errc() && stop == end;
        }
        if (!good) {
            throw MachineError(fmt::format("{}={} has \"{}\"", key, text, row),
                               fmt::format("Write {} whole numbers separated by commas, several "
                                           "entries separated by colons.",
                                           N));
        }
        rows.push_back(values);
    }
    return rows;
}

void read_option(InstallationSpec& spec, std::string_view option) {
    const std::size_t equals = option.find('=');
    const std::string_view key = option.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1);
    if (key == "tags") {
        spec.tags.clear();
        for (const std::string_view tag : split(value, ',')) spec.tags.emplace_back(tag);
    } else if (key == "dead_boards") {
        for (const auto& [x, y, z] : parse_rows<3>(key, value))
            spec.dead_boards.push_back({x, y, z});
    } else if (key == "dead_links") {
        for (const auto& [x, y, z, link] : parse_rows<4>(key, value)) {
            if (link < 0 || link >= machine::kDirections) {
                throw MachineError(fmt::format("dead_links={} names link {}", value, link),
                                   "Links are 0 (east) to 5 (south).");
            }
            spec.dead_links.push_back({{x, y, z}, static_cast<Direction>(link)});
        }
    } else {
        throw MachineError(fmt::format("the machine option \"{}\" is not known", key),
                           "Known are tags, dead_boards and dead_links.");
    }
}

/// Triads along one side of `chips` chips, and whether that side wraps. Throws MachineError.
std::pair<int, bool> triads_of_side(int chips) {
    if (chips % machine::kTriadSize == 0) return {chips / machine::kTriadSize, true};
    if (chips % machine::kTriadSize == 4 && chips > 4) return {chips / machine::kTriadSize, false};
    throw MachineError(
        fmt::format("a side of {} chips does not consist of triads", chips),
        "A side has 12 n chips where it wraps around and 12 n + 4 where it does not.");
}

}  // namespace

std::vector<std::pair<ChipXY, Direction>> links_of_side(Direction direction) {
    std::vector<std::pair<ChipXY, Direction>> links;
    const ChipXY root = root_step(direction);
    for (const ChipXY from : machine::board_chips(5)) {
        for (const Direction d : machine::kAllDirections) {
            const ChipXY to = {from.x + machine::step(d).x, from.y + machine::step(d).y};
            if (!on_board(to) && on_board({to.x - root.x, to.y - root.y})) {
                links.emplace_back(from, d);
            }
        }
    }
    return links;
}

Installation::Installation(InstallationSpec spec) : spec_(std::move(spec)) {
    if (spec_.width < 1 || spec_.height < 1 || spec_.width > kLargestSide ||
        spec_.height > kLargestSide) {
        throw MachineError(fmt::format("the machine \"{}\" has {} x {} triads", spec_.name,
                                       spec_.width, spec_.height),
                           fmt::format("Each side has 1 to {} triads of 12 chips.", kLargestSide));
    }
    const std::size_t boards = static_cast<std::size_t>(triads() * kBoardsPerTriad);
    dead_.assign(boards, false);
    dead_directions_.assign(boards, 0);
    for (const BoardXYZ& board : spec_.dead_boards) {
        if (!contains(board)) {
            throw MachineError(fmt::format("the machine \"{}\" has no board ({}, {}, {})",
                                           spec_.name, board.x, board.y, board.z),
                               "Take it out of the dead boards.");
        }
        dead_[index(board)] = true;
    }
    std::vector<BoardLink> both_ends;
    for (const BoardLink& link : spec_.dead_links) {
        const auto other = contains(link.board) ? neighbour(link.board, link.direction)
                                                : std::optional<Neighbour>{};
        if (!other) {
            throw MachineError(
                fmt::format("the machine \"{}\" has no cable {} of board ({}, {}, {})", spec_.name,
                            machine::name(link.direction), link.board.x, link.board.y,
                            link.board.z),
                "Take it out of the dead links.");
        }
        both_ends.push_back(link);
        both_ends.push_back({other->board, machine::opposite(link.direction)});
    }
    spec_.dead_links = std::move(both_ends);
    for (const BoardLink& link : spec_.dead_links) {
        dead_directions_[index(link.board)] |=
            static_cast<std::uint8_t>(1u << static_cast<int>(link.direction));
    }
    sort_unique(spec_.dead_boards);
    sort_unique(spec_.dead_links);
    working_boards_ = static_cast<int>(boards - spec_.dead_boards.size());
}

bool Installation::has_tags(const std::vector<std::string>& wanted) const {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& tag) {
        return std::find(spec_.tags.begin(), spec_.tags.end(), tag) != spec_.tags.end();
    });
}

bool Installation::contains(BoardXYZ board) const {
    return board.x >= 0 && board.x < spec_.width && board.y >= 0 && board.y < spec_.height &&
           board.z >= 0 && board.z < kBoardsPerTriad;
}

bool Installation::works(BoardLink link) const {
    return contains(link.board) &&
           !(dead_directions_[index(link.board)] >> static_cast<int>(link.direction) & 1);
}

std::optional<Neighbour> Installation::neighbour(BoardXYZ board, Direction direction) const {
    const BoardXYZ step = board_step(board.z, direction);
    const int x = board.x + step.x;
    const int y = board.y + step.y;
    const bool around_x = x < 0 || x >= spec_.width;
    const bool around_y = y < 0 || y >= spec_.height;
    if ((around_x && !spec_.wraps_x) || (around_y && !spec_.wraps_y)) return std::nullopt;
    return Neighbour{
        {wrapped(x, spec_.width), wrapped(y, spec_.height), board.z + step.z}, around_x, around_y};
}

ChipXY Installation::size_in_chips() const {
    return {spec_.width * machine::kTriadSize + (spec_.wraps_x ? 0 : 4),
            spec_.height * machine::kTriadSize + (spec_.wraps_y ? 0 : 4)};
}

std::optional<BoardChip> Installation::find_chip(std::int64_t x, std::int64_t y) const {
    const ChipXY size = size_in_chips();
    const auto reduced = [](std::int64_t value, int side, bool wraps) -> std::optional<int> {
        if (wraps) return static_cast<int>((value % side + side) % side);
        if (value < 0 || value >= side) return std::nullopt;
        return static_cast<int>(value);
    };
    const auto cx = reduced(x, size.x, spec_.wraps_x);
    const auto cy = reduced(y, size.y, spec_.wraps_y);
    if (!cx || !cy) return std::nullopt;
    const ChipXY local = machine::local_on_triad({*cx, *cy});
    // The root may lie in the cell before, for a board that reaches over its cell's edge.
    const ChipXY root = {*cx - local.x + machine::kTriadSize, *cy - local.y + machine::kTriadSize};
    const int root_column = root.x % machine::kTriadSize / 4;
    int bx = root.x / machine::kTriadSize - 1;
    int by = root.y / machine::kTriadSize - 1;
    if (spec_.wraps_x) bx = wrapped(bx, spec_.width);
    if (spec_.wraps_y) by = wrapped(by, spec_.height);
    // Roots lie at 0, 8 and 4 chips along x for z = 0, 1 and 2.
    constexpr std::array<int, kBoardsPerTriad> z_of_root = {0, 2, 1};
    const BoardXYZ board = {bx, by, z_of_root[static_cast<std::size_t>(root_column)]};
    if (!works(board)) return std::nullopt;
    return BoardChip{board, local};
}

std::optional<BoardPosition> Installation::position(BoardXYZ board) const {
    if (!works(board)) return std::nullopt;
    const int n = static_cast<int>(index(board));
    return BoardPosition{n / (kBoardsPerFrame * kFramesPerCabinet),
                         n / kBoardsPerFrame % kFramesPerCabinet, n % kBoardsPerFrame};
}

std::optional<BoardXYZ> Installation::at_position(std::int64_t cabinet, std::int64_t frame,
                                                  std::int64_t board) const {
    const std::int64_t boards = static_cast<std::int64_t>(dead_.size());
    if (cabinet < 0 || cabinet > boards || frame < 0 || frame >= kFramesPerCabinet || board < 0 ||
        board >= kBoardsPerFrame) {
        return std::nullopt;
    }
    const std::int64_t n = (cabinet * kFramesPerCabinet + frame) * kBoardsPerFrame + board;
    if (n >= boards) return std::nullopt;
    const BoardXYZ found = board_at(static_cast<std::size_t>(n));
    return works(found) ? std::optional(found) : std::nullopt;
}

BoardXYZ Installation::board_at(std::size_t index) const {
    const int n = static_cast<int>(index);
    const int triad = n / kBoardsPerTriad;
    return {triad % spec_.width, triad / spec_.width, n % kBoardsPerTriad};
}

InstallationSpec parse_installation(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw MachineError(fmt::format("\"{}\" does not describe a machine", text),
                           "Write NAME=SIZE, for example lab=cabinet or lab=96x60.");
    }
    InstallationSpec spec;
    spec.name = text.substr(0, equals);
    const auto parts = split(text.substr(equals + 1), ';');
    const machine::MachineSpec size = machine::parse_spec(parts[0]);
    if (size.version != 5) {
        throw MachineError(fmt::format("\"{}\" has boards of four chips", parts[0]),
                           "Boards of 48 chips are handed out: spin5, triad, frame, cabinet, "
                           "million, or a size in chips.");
    }
    if (size.width == machine::kBoardSize && size.height == machine::kBoardSize) {
        spec.wraps_x = spec.wraps_y = false;
        spec.dead_boards = {{0, 0, 1}, {0, 0, 2}};
    } else {
        std::tie(spec.width, spec.wraps_x) = triads_of_side(size.width);
        std::tie(spec.height, spec.wraps_y) = triads_of_side(size.height);
    }
    for (std::size_t i = 1; i < parts.size(); ++i) read_option(spec, parts[i]);
    return spec;
}

}  // namespace spinnlab::alloc
