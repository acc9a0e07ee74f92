// SPDX-License-Identifier: Apache-2.0
// What exists: the chips, cores, links and Ethernet chips of one machine. Immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinnlab/machine/coordinates.hpp"

namespace spinnlab::machine {

inline constexpr int kMaxCores = 18;                             ///< physical cores of a chip
inline constexpr int kRouterEntries = 1024;                      ///< lines of a router's table
inline constexpr int kUsableRouterEntries = 1023;                ///< one is kept by the monitor
inline constexpr std::uint32_t kSdramBytes = 1u << 27;           ///< on every chip
inline constexpr std::uint32_t kUsableSdramBytes = 123'469'792;  ///< what SC&MP leaves to users

/// A chip that works. Cores are numbered virtually: 0..n_cores-1, the monitor is 0.
struct Chip {
    ChipXY xy;
    ChipXY ethernet;          ///< the Ethernet chip of this chip's board
    int n_cores = kMaxCores;  ///< working cores, the monitor among them
    std::array<std::int8_t, kMaxCores> physical_of_virtual{};  ///< -1 beyond n_cores
    std::array<std::int8_t, kMaxCores> virtual_of_physical{};  ///< -1 for a dead core
    std::uint8_t links = 0x3f;  ///< bit d set: the link in Direction d works and leads to a chip
    std::uint32_t usable_sdram_bytes = kUsableSdramBytes;

    [[nodiscard]] bool has_link(Direction d) const { return links >> static_cast<int>(d) & 1; }
    friend bool operator==(const Chip&, const Chip&) = default;
};

/// What to build. See parse_spec for the names users give.
struct MachineSpec {
    int version = 5;  ///< 3: four chips on one board; 5: boards of 48 chips
    int width = 8;    ///< in chips
    int height = 8;   ///< in chips
    /// "x,y,p" or "x,y,p1-p2", joined by ":" (the original's down_* syntax; dead_parts.hpp).
    std::string down_cores{};
    std::string down_chips{};  ///< "x,y" joined by ":"
    std::string down_links{};  ///< "x,y,link" joined by ":"; one direction each
    /// Ethernet chips of the boards that exist; empty: every board that the size holds.
    std::vector<ChipXY> boards{};
    /// Remove one-way links and chips that are cut off instead of refusing the machine.
    bool repair = false;
};

class Machine {
 public:
    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] int version() const { return version_; }
    [[nodiscard]] bool wraps_x() const { return wraps_x_; }
    [[nodiscard]] bool wraps_y() const { return wraps_y_; }

    /// All working chips by x, then y.
    [[nodiscard]] std::span<const Chip> chips() const { return chips_; }
    /// Ethernet chips, one a board, the root (0,0) first, then by x, then y.
    [[nodiscard]] std::span<const ChipXY> ethernet_chips() const { return ethernet_chips_; }

    [[nodiscard]] const Chip* find(ChipXY xy) const;  ///< null where no chip works
    /// The chip that a packet sent from `xy` towards `d` reaches; none where the link is down or
    /// ends.
    [[nodiscard]] std::optional<ChipXY> neighbour(ChipXY xy, Direction d) const;
    /// `to - from` reduced by the wraps, for coordinates on the chip's own board.
    [[nodiscard]] ChipXY local_on_board(const Chip& chip) const;

    [[nodiscard]] long total_cores() const;  ///< all working cores, monitors included
    [[nodiscard]] long total_links() const;  ///< directed links

    friend bool operator==(const Machine&, const Machine&) = default;

 private:
    friend class MachineBuilder;
    int version_ = 5;
    int width_ = 0;
    int height_ = 0;
    bool wraps_x_ = false;
    bool wraps_y_ = false;
    std::vector<Chip> chips_;
    std::vector<std::int32_t> index_;  ///< x * height + y -> position in chips_, or -1
    std::vector<ChipXY> ethernet_chips_;
};

/// Builds a machine. Throws MachineError for sizes and dead parts that cannot be.
[[nodiscard]] Machine build(const MachineSpec& spec);

/// spin3, spin5, triad, frame, cabinet, million, "WxH" in chips. Throws MachineError with the
/// names.
[[nodiscard]] MachineSpec parse_spec(std::string_view name);

}  // namespace spinnlab::machine
