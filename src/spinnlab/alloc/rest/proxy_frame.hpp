// SPDX-License-Identifier: Apache-2.0
// The binary frames of the WebSocket that carries a job's datagrams: little-endian words, then text
// or the datagram. A number chosen by the client, the correlation, comes back with the answer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace spinnlab::alloc::rest {

/// What a client sends. Chips are those of the job, ports UDP ports of a board.
struct OpenChannel {
    std::uint32_t correlation = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    std::uint32_t port = 0;
};
struct CloseChannel {
    std::uint32_t correlation = 0;
    std::uint32_t channel = 0;
};
struct OpenUnbound {
    std::uint32_t correlation = 0;
};
/// A datagram to the board that the channel is open to.
struct Datagram {
    std::uint32_t channel = 0;
    std::string_view payload;  ///< within the frame
};
/// A datagram to any board of the job, by a channel without a board of its own.
struct DatagramTo {
    std::uint32_t channel = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    std::uint32_t port = 0;
    std::string_view payload;  ///< within the frame
};
/// `correlation` is set where the frame was long enough to have one.
struct BadFrame {
    std::string why;
    std::optional<std::uint32_t> correlation;
};

using ProxyRequest =
    std::variant<OpenChannel, CloseChannel, OpenUnbound, Datagram, DatagramTo, BadFrame>;

/// Total. `frame` must outlive the payload.
[[nodiscard]] ProxyRequest decode_proxy_frame(std::string_view frame);

[[nodiscard]] std::string encode_opened(std::uint32_t correlation, std::uint32_t channel);
/// `channel` 0: there was no such channel.
[[nodiscard]] std::string encode_closed(std::uint32_t correlation, std::uint32_t channel);
[[nodiscard]] std::string encode_unbound(std::uint32_t correlation, std::uint32_t channel,
                                         std::array<std::uint8_t, 4> address, std::uint16_t port);
[[nodiscard]] std::string encode_received(std::uint32_t channel, std::string_view payload);
[[nodiscard]] std::string encode_proxy_error(std::uint32_t correlation, std::string_view text);

}  // namespace spinnlab::alloc::rest
