// SPDX-License-Identifier: Apache-2.0
// Boot packets: how a host sends the monitor's image to UDP port 54321. All integers big-endian.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "spinnlab/wire/sdp.hpp"

namespace spinnlab::wire {

enum class BootOperation : std::uint32_t { Start = 1, Block = 3, End = 5 };

struct BootPacket {
    BootOperation operation{};
    std::array<std::uint32_t, 3>
        operands{};  ///< Start: operands[2] = blocks - 1; Block: operands[0] & 255 = its number
    Bytes data;      ///< Block: up to 1,024 bytes of byte-swapped words
};

/// None for a short packet, a version other than 1 or an operation that is none of the three.
[[nodiscard]] std::optional<BootPacket> decode_boot(ByteView datagram);
[[nodiscard]] Bytes encode_boot(const BootPacket& packet);

}  // namespace spinnlab::wire
