// SPDX-License-Identifier: Apache-2.0
// What the board management processors (BMP) of a machine's boards answer: version, power, LEDs.
#pragma once

#include <cstdint>
#include <vector>

#include "spinnlab/emulator/host_link.hpp"
#include "spinnlab/wire/scp.hpp"

namespace spinnlab::emulator {

class EmulatedMachine;

/// One endpoint for all boards, as a frame's first BMP is; requests name a board in the place of a
/// core, and several in a mask. The boards of a job are one machine: they are switched together.
class BoardManagement {
 public:
    BoardManagement(EmulatedMachine& machine, int boards);

    /// A datagram that came to the SCP port of the management address.
    void receive(const HostAddress& from, wire::ByteView datagram);

    /// Bit k: LED k of a board is lit.
    [[nodiscard]] std::uint8_t leds(int board) const {
        return leds_[static_cast<std::size_t>(board)];
    }

 private:
    [[nodiscard]] wire::ScpReply execute(const wire::ScpRequest& request, int board);
    [[nodiscard]] wire::ScpReply version(int board) const;
    [[nodiscard]] wire::ScpReply power(const wire::ScpRequest& request);
    [[nodiscard]] wire::ScpReply set_leds(const wire::ScpRequest& request);
    [[nodiscard]] std::uint32_t all_boards() const;

    EmulatedMachine& machine_;
    std::vector<std::uint8_t> leds_;  ///< by board
};

}  // namespace spinnlab::emulator
