// SPDX-License-Identifier: Apache-2.0
// SpiNNaker Datagram Protocol: what travels between host and cores. All integers little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace spinnlab::wire {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline constexpr std::size_t kSdpHeaderBytes = 8;
inline constexpr std::size_t kMaxSdpPayloadBytes = 272;  ///< SCP header and 256 bytes of data
inline constexpr std::size_t kUdpPaddingBytes = 2;       ///< before every SDP message on the wire
inline constexpr std::uint8_t kReplyExpected = 0x87;
inline constexpr std::uint8_t kNoReply = 0x07;
inline constexpr std::uint8_t kEthernetPort = 0xff;  ///< port 7 and core 31: the host's side

/// One end of a message: a core's port, packed as the header packs it.
struct SdpAddress {
    std::uint16_t chip = 0;  ///< x << 8 | y
    std::uint8_t port = 0;   ///< SDP port << 5 | core; kEthernetPort for the host

    [[nodiscard]] int x() const { return chip >> 8; }
    [[nodiscard]] int y() const { return chip & 0xff; }
    [[nodiscard]] int core() const { return port & 31; }
    [[nodiscard]] int sdp_port() const { return port >> 5; }
    friend bool operator==(const SdpAddress&, const SdpAddress&) = default;
};

struct SdpMessage {
    std::uint8_t flags = kNoReply;
    std::uint8_t tag = 0xff;
    SdpAddress destination;
    SdpAddress source;
    Bytes payload;

    [[nodiscard]] bool reply_expected() const { return (flags & 0x80) != 0; }
    friend bool operator==(const SdpMessage&, const SdpMessage&) = default;
};

/// Header and payload, without the two bytes of UDP padding. None if shorter than a header.
[[nodiscard]] std::optional<SdpMessage> decode_sdp(ByteView bytes);
[[nodiscard]] Bytes encode_sdp(const SdpMessage& message);
/// With the padding, as it stands in a UDP datagram.
[[nodiscard]] std::optional<SdpMessage> decode_sdp_datagram(ByteView datagram);
[[nodiscard]] Bytes encode_sdp_datagram(const SdpMessage& message);

}  // namespace spinnlab::wire
