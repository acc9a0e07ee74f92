// SPDX-License-Identifier: Apache-2.0
// A machine while it is being put together; used by build and from_json only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "spinnlab/machine/board_geometry.hpp"
#include "spinnlab/machine/machine.hpp"

namespace spinnlab::machine {

/// Call in this order: add_boards, then the changes in any order, then take.
class MachineBuilder {
 public:
    /// Throws MachineError for an extent that no machine has.
    explicit MachineBuilder(const Extent& extent);

    /// Adds the chips of these boards, as built, and all links among them. No boards given: every
    /// board that the extent holds. Throws MachineError for a board that cannot be there and where
    /// the root board (0,0) is missing.
    void add_boards(std::span<const ChipXY> ethernet_chips);

    /// The chip as it stands now. Throws MachineError, quoting `option`, where none was added;
    /// chips removed since then are still found.
    [[nodiscard]] const Chip& chip(ChipXY xy, std::string_view option) const;
    /// The places of all chips that were added, removed ones too, by x, then y.
    [[nodiscard]] std::vector<ChipXY> chips() const;

    // The chips named here must have been added.
    void remove_chip(ChipXY xy);                       ///< and every link towards it
    void remove_link(ChipXY xy, Direction direction);  ///< this direction only
    /// Bit p set: physical core p works. Virtual numbers follow without a gap.
    void set_cores(ChipXY xy, std::uint32_t physical_mask);
    void set_sdram(ChipXY xy, std::uint32_t usable_bytes);

    /// Checks what an application relies on: links that lead both ways, chips that other chips
    /// of their board reach, an Ethernet chip a board, at least five cores a chip. With `repair`
    /// the links and chips that break the first three rules are removed; else, and always for the
    /// last, they are a MachineError. The root chip cannot be repaired away.
    [[nodiscard]] Machine take(bool repair);

 private:
    [[nodiscard]] std::int32_t& index(ChipXY xy);
    [[nodiscard]] std::int32_t index(ChipXY xy) const;
    [[nodiscard]] Chip& added(ChipXY xy);
    [[nodiscard]] bool works(ChipXY xy) const;
    void connect();
    [[nodiscard]] bool reaches_own_board(const Chip& chip, bool outwards) const;
    /// Removes what breaks a rule, once over the machine, and says what it was.
    [[nodiscard]] std::vector<std::string> remove_faults();
    void require_usable() const;
    void compact();

    Extent extent_;
    Machine machine_;
    std::vector<bool> works_;  ///< by position in machine_.chips_
};

}  // namespace spinnlab::machine
