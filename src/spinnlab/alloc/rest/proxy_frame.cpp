// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/proxy_frame.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace spinnlab::alloc::rest {
namespace {

enum Code : std::uint32_t {
    kOpen = 0,
    kClose = 1,
    kMessage = 2,
    kOpenUnbound = 3,
    kMessageTo = 4,
    kError = 5
};

constexpr std::size_t kWordBytes = 4;

std::uint32_t word(std::string_view frame, std::size_t index) {
    std::uint32_t value = 0;
    for (std::size_t i = kWordBytes; i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(frame[index * kWordBytes + i]);
    }
    return value;
}

std::string words(std::initializer_list<std::uint32_t> values) {
    std::string frame;
    for (const std::uint32_t value : values) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            frame.push_back(static_cast<char>(value >> shift & 0xff));
        }
    }
    return frame;
}

/// How many words a frame starts with; nothing for a code that clients do not send.
std::optional<std::size_t> words_of(std::uint32_t code) {
    switch (code) {
        case kOpen: return 5;
        case kClose: return 3;
        case kMessage: return 2;
        case kOpenUnbound: return 2;
        case kMessageTo: return 5;
        default: return std::nullopt;
    }
}

}  // namespace

ProxyRequest decode_proxy_frame(std::string_view frame) {
    if (frame.size() < 2 * kWordBytes) {
        return BadFrame{fmt::format("a frame of {} bytes; the shortest has 8", frame.size()), {}};
    }
    const std::uint32_t code = word(frame, 0);
    const std::uint32_t second = word(frame, 1);
    const auto count = words_of(code);
    if (!count) return BadFrame{fmt::format("no message has the number {}", code), second};
    const bool has_payload = code == kMessage || code == kMessageTo;
    const std::size_t head_bytes = *count * kWordBytes;
    if (frame.size() < head_bytes || (!has_payload && frame.size() != head_bytes)) {
        // A message's second word is a channel: nobody waits for an answer to it.
        return BadFrame{fmt::format("a frame of {} bytes for message {}, whose head has {}",
                                    frame.size(), code, head_bytes),
                        has_payload ? std::nullopt : std::optional(second)};
    }
    const std::string_view payload = frame.substr(head_bytes);
    switch (code) {
        case kOpen: return OpenChannel{second, word(frame, 2), word(frame, 3), word(frame, 4)};
        case kClose: return CloseChannel{second, word(frame, 2)};
        case kOpenUnbound: return OpenUnbound{second};
        case kMessage: return Datagram{second, payload};
        default: return DatagramTo{second, word(frame, 2), word(frame, 3), word(frame, 4), payload};
    }
}

std::string encode_opened(std::uint32_t correlation, std::uint32_t channel) {
    return words({kOpen, correlation, channel});
}

std::string encode_closed(std::uint32_t correlation, std::uint32_t channel) {
    return words({kClose, correlation, channel});
}

std::string encode_unbound(std::uint32_t correlation, std::uint32_t channel,
                           std::array<std::uint8_t, 4> address, std::uint16_t port) {
    std::string frame = words({kOpenUnbound, correlation, channel});
    frame.append(reinterpret_cast<const char*>(address.data()), address.size());
    return frame + words({port});
}

std::string encode_received(std::uint32_t channel, std::string_view payload) {
    return words({kMessage, channel}).append(payload);
}

std::string encode_proxy_error(std::uint32_t correlation, std::string_view text) {
    return words({kError, correlation}).append(text);
}

}  // namespace spinnlab::alloc::rest
