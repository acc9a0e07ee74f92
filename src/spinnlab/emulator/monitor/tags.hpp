// SPDX-License-Identifier: Apache-2.0
// A board's IP tags: where its Ethernet chip sends messages for the host, and what it listens to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "spinnlab/emulator/host_link.hpp"

namespace spinnlab::emulator::monitor {

/// As in spinnaker_tools, scamp/spinn_net.h (iptag_t).
struct IpTag {
    static constexpr std::uint16_t kValid = 0x8000, kUseSender = 0x0400, kReverse = 0x0200,
                                   kStrip = 0x0100;

    HostAddress host;  ///< IP tag: where messages go; reverse: who sent last
    std::uint16_t timeout = 0;
    std::uint16_t flags = 0;
    std::uint32_t count = 0;             ///< messages sent
    std::uint16_t receive_port = 0;      ///< reverse: the UDP port of the board
    std::uint16_t destination_chip = 0;  ///< reverse: where messages are delivered
    std::uint8_t destination_port = 0;
    bool live = false;  ///< IP tag: a live receiver was named, whoever has taken it over since

    [[nodiscard]] bool valid() const { return (flags & kValid) != 0; }
    [[nodiscard]] bool reverse() const { return (flags & kReverse) != 0; }
    [[nodiscard]] bool strip() const { return (flags & kStrip) != 0; }
};

class TagTable {
 public:
    static constexpr int kFixed = 8;  ///< tags 0-7, set by the host
    static constexpr int kTags = 16;  ///< with the pool of eight that the monitor gives out
    static constexpr int kFirstTransient = 16;
    static constexpr int kLastTransient = 250;

    [[nodiscard]] IpTag& operator[](int tag) { return tags_[static_cast<std::size_t>(tag)]; }
    [[nodiscard]] const IpTag& operator[](int tag) const {
        return tags_[static_cast<std::size_t>(tag)];
    }
    void clear();
    /// A free tag of the pool.
    [[nodiscard]] std::optional<int> find_free() const;

    /// Remembers the sender of a request so that its reply, which carries the tag returned, finds
    /// it. Hardware has a pool of eight; a larger one never runs out within the host's time-outs.
    [[nodiscard]] std::uint8_t remember(const HostAddress& sender);
    [[nodiscard]] std::optional<HostAddress> sender(std::uint8_t transient) const;
    void forget(std::uint8_t transient);

    [[nodiscard]] int timeout_code() const { return timeout_code_; }
    void set_timeout_code(int code) { timeout_code_ = code; }

 private:
    std::array<IpTag, kTags> tags_{};
    std::array<std::optional<HostAddress>, kLastTransient + 1> transient_{};
    int next_transient_ = kFirstTransient;
    int timeout_code_ = 9;
};

}  // namespace spinnlab::emulator::monitor
