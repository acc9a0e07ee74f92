// SPDX-License-Identifier: Apache-2.0
// What travels between cores: 40- and 72-bit packets.
#pragma once

#include <cstdint>

#include "spinnlab/emulator/arm/bus.hpp"

namespace spinnlab::emulator {

using arm::Cycles;
using arm::kNever;

enum class PacketType : std::uint8_t { Multicast, PointToPoint, NearestNeighbour, FixedRoute };
inline constexpr int kPacketTypes = 4;

struct Packet {
    std::uint8_t control =
        0;                   ///< the packet's control byte: type in bits 7:6, payload flag in bit 1
    std::uint8_t route = 0;  ///< link a nearest-neighbour packet came by; else 0
    std::uint32_t key = 0;
    std::uint32_t payload = 0;

    [[nodiscard]] PacketType type() const { return static_cast<PacketType>(control >> 6); }
    [[nodiscard]] bool has_payload() const { return (control & 2) != 0; }
};

/// A packet that left a core's communications controller and has not been routed yet.
struct SentPacket {
    Packet packet;
    Cycles sent = 0;  ///< when it leaves the core
    int core = 0;     ///< virtual core
};

// Latencies, part of the machine's definition (docs/reference/machine-model.md).
inline constexpr Cycles kSendCycles = 60;  ///< from the core to its router and to a local core
inline constexpr Cycles kHopCycles = 40;   ///< each link crossed

}  // namespace spinnlab::emulator
