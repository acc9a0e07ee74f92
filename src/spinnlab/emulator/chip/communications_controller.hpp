// SPDX-License-Identifier: Apache-2.0
// A core's communications controller: sends packets to the chip's router and holds those that
// arrived.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "spinnlab/emulator/chip/packet.hpp"

namespace spinnlab::emulator {

/// Never full and never empty-handed: a packet that was routed here waits until it is read.
/// Hardware holds one and pushes back into the router; what that changes is in
/// docs/reference/machine-model.md.
class CommunicationsController {
 public:
    void reset();

    /// Reading the received key takes the packet away.
    [[nodiscard]] std::uint32_t read(std::uint32_t offset, Cycles now);
    /// Writing the key of a packet sends it: the packet is returned.
    [[nodiscard]] std::optional<Packet> write(std::uint32_t offset, std::uint32_t value);

    /// A packet becomes visible once the core's clock has reached `visible`; order of arrival is
    /// kept.
    void receive(const Packet& packet, Cycles visible);

    [[nodiscard]] const Packet* front(Cycles now) const;
    /// When the first packet becomes visible; kNever if there is none.
    [[nodiscard]] Cycles next_visible() const;

    [[nodiscard]] std::uint64_t received() const { return received_; }
    [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
    struct Arrival {
        Packet packet;
        Cycles visible;
    };
    std::deque<Arrival> arrivals_;
    std::uint32_t control_ = 0;  ///< control byte of the next packet in bits 23:16
    std::uint32_t payload_ = 0;
    std::uint32_t source_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace spinnlab::emulator
