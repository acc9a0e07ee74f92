// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/describe.hpp"

#include <fmt/format.h>

#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/dead_parts.hpp"

namespace spinnlab::machine {
namespace {

constexpr int kBoardsPerFrame = 24;
constexpr int kFramesPerCabinet = 5;
constexpr int kLargestDrawing = 24;  ///< chips, each way
constexpr int kAtomsPerCore = 256;   ///< the most neurons that sPyNNaker puts on a core
constexpr int kApplicationCores = kMaxCores - 1;

std::string grouped(long number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return digits;
}

std::string count(long n, std::string_view thing) {
    return fmt::format("{} {}{}", grouped(n), thing, n == 1 ? "" : "s");
}

std::string line(std::string_view label, long value, std::string_view derivation) {
    return fmt::format("  {:<24}{:>15}   {}\n", label, grouped(value), derivation);
}

/// Everything that is counted once over the machine.
struct Census {
    const Machine& machine;
    DeadParts dead = find_dead_parts(machine);
    long boards = static_cast<long>(machine.ethernet_chips().size());
    long board_chips = static_cast<long>(machine::board_chips(machine.version()).size());
    long board_cores = 0;  ///< of a board as built
    long chips = static_cast<long>(machine.chips().size());
    long cores = machine.total_cores();
    long sdram_bytes = 0;

    explicit Census(const Machine& of) : machine(of) {
        for (const ChipXY local : machine::board_chips(machine.version())) {
            board_cores += default_cores(machine.version(), local);
        }
        for (const Chip& chip : machine.chips()) sdram_bytes += chip.usable_sdram_bytes;
    }
};

std::string boards_derivation(const Census& census) {
    const long per_cabinet = kFramesPerCabinet * kBoardsPerFrame;
    if (census.boards % per_cabinet == 0) {
        return fmt::format("= {} x {} frames x {} boards",
                           count(census.boards / per_cabinet, "cabinet"), kFramesPerCabinet,
                           kBoardsPerFrame);
    }
    if (census.boards % kBoardsPerFrame == 0) {
        return fmt::format("= {} x {} boards", count(census.boards / kBoardsPerFrame, "frame"),
                           kBoardsPerFrame);
    }
    return fmt::format("of {} chips each", census.board_chips);
}

std::string nominal_figures(const Census& census) {
    const long chips = census.boards * census.board_chips;
    std::string text = "Nominal: every chip there, with every core\n";
    text += line("boards", census.boards, boards_derivation(census));
    text += line("chips", chips,
                 fmt::format("= {} x {} chips", count(census.boards, "board"), census.board_chips));
    text += line("cores", chips * kMaxCores,
                 fmt::format("= {} chips x {} cores", grouped(chips), kMaxCores));
    text += line("atoms at most", chips * kApplicationCores * kAtomsPerCore,
                 fmt::format("= {} chips x {} application cores x {} atoms", grouped(chips),
                             kApplicationCores, kAtomsPerCore));
    return text;
}

std::string core_map(const Census& census) {
    const long missing = census.board_chips * kMaxCores - census.board_cores;
    if (missing == 0) return fmt::format("all chips of a board have {} cores", kMaxCores);
    return fmt::format("{} chips of a board have {} cores, {} have {}: {} cores a board",
                       census.board_chips - missing, kMaxCores, missing, kMaxCores - 1,
                       census.board_cores);
}

std::string core_figures(const Census& census) {
    const long as_built = census.boards * census.board_cores;
    const long chips_as_built = census.boards * census.board_chips;
    std::string chips = fmt::format("= {} as built", grouped(chips_as_built));
    if (census.chips != chips_as_built)
        chips += fmt::format(" - {} dead", chips_as_built - census.chips);
    std::string cores =
        fmt::format("= {} x {} cores", count(census.boards, "board"), census.board_cores);
    if (census.cores < as_built)
        cores += fmt::format(" - {} dead", grouped(as_built - census.cores));
    if (census.cores > as_built)
        cores += fmt::format(" + {} more", grouped(census.cores - as_built));

    const long applications = census.cores - census.chips;
    std::string text = fmt::format("This machine: {}\n", core_map(census));
    text += line("chips", census.chips, chips);
    text += line("working cores", census.cores, cores);
    text += line("for applications", applications,
                 fmt::format("= {} - {} monitor cores (SC&MP, one a chip)", grouped(census.cores),
                             grouped(census.chips)));
    text += line("with monitors", applications - census.chips - census.boards,
                 fmt::format("= {} - {} extra monitors (one a chip) - {} (one a board)",
                             grouped(applications), grouped(census.chips),
                             count(census.boards, "packet gatherer")));
    return text;
}

std::string other_figures(const Census& census) {
    const long links = census.machine.total_links();
    std::string text;
    text += line("links", links, "each direction counted: two to a pair of neighbours");
    text +=
        line("SDRAM for users, bytes", census.sdram_bytes,
             fmt::format("{} a chip = 128 MiB - 8 MiB of the system - 18 buffers of 128 KiB - 32",
                         grouped(kUsableSdramBytes)));
    text += line(
        "router entries", census.chips * kUsableRouterEntries,
        fmt::format("= {} chips x {}; of {} lines a chip the monitor keeps one",
                    grouped(census.chips), grouped(kUsableRouterEntries), grouped(kRouterEntries)));
    return text;
}

std::string dead_part_lines(const DeadParts& dead) {
    if (dead.empty()) return "Dead parts: none\n";
    std::string text = "Dead parts, as down_* options (negative numbers: physical cores)\n";
    if (!dead.chips.empty())
        text += fmt::format("  down_chips = {}\n", down_chips_text(dead.chips));
    if (!dead.cores.empty())
        text += fmt::format("  down_cores = {}\n", down_cores_text(dead.cores));
    if (!dead.links.empty())
        text += fmt::format("  down_links = {}\n", down_links_text(dead.links));
    return text;
}

std::string wraps(const Machine& machine) {
    if (machine.wraps_x() && machine.wraps_y()) return "wrapping around in x and y";
    if (machine.wraps_x()) return "wrapping around in x";
    if (machine.wraps_y()) return "wrapping around in y";
    return "with open edges";
}

}  // namespace

std::string describe(const Machine& machine) {
    const Census census(machine);
    std::string text =
        fmt::format("SpiNNaker machine of {} x {} chips, {}; boards of version {}\n\n",
                    machine.width(), machine.height(), wraps(machine), machine.version());
    text += nominal_figures(census) + '\n';
    text += core_figures(census);
    text += other_figures(census) + '\n';
    text += dead_part_lines(census.dead);
    if (machine.width() <= kLargestDrawing && machine.height() <= kLargestDrawing) {
        text +=
            "\nWorking cores of each chip at x (below), y (left); Ethernet chips in brackets;\n"
            "links within a board - | /, between boards :, around an edge not shown\n\n";
        text += draw(machine);
    }
    return text;
}

}  // namespace spinnlab::machine
