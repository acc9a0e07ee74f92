// SPDX-License-Identifier: Apache-2.0
// Registers: SpiNNaker datasheet, communications controller.
#include "spinnlab/emulator/chip/communications_controller.hpp"

#include <algorithm>

namespace spinnlab::emulator {
namespace {
constexpr std::uint32_t kTransmitEmpty = 1u << 31;
constexpr std::uint32_t kTransmitNotFull = 1u << 28;
constexpr std::uint32_t kReceived = 1u << 31;
constexpr std::uint32_t kReceivedActual = 1u << 28;
constexpr std::uint32_t kControlByte = 0x00ff0000;
constexpr std::uint32_t kPayloadFlag = 0x00020000;
}  // namespace

void CommunicationsController::reset() {
    arrivals_.clear();
    control_ = payload_ = source_ = 0;
}

std::uint32_t CommunicationsController::read(std::uint32_t offset, Cycles now) {
    switch (offset) {
        case 0x00: return kTransmitEmpty | kTransmitNotFull | control_;
        case 0x04: return payload_;
        case 0x18: return source_;
        default: break;
    }
    const Packet* packet = front(now);
    if (packet == nullptr) return 0;
    switch (offset) {
        case 0x0c:
            return kReceived | kReceivedActual | static_cast<std::uint32_t>(packet->route) << 24 |
                   static_cast<std::uint32_t>(packet->control) << 16 |
                   1u << static_cast<int>(packet->type());
        case 0x10: return packet->payload;
        case 0x14: {
            const std::uint32_t key = packet->key;
            arrivals_.pop_front();
            return key;
        }
        default: return 0;
    }
}

std::optional<Packet> CommunicationsController::write(std::uint32_t offset, std::uint32_t value) {
    switch (offset) {
        case 0x00: control_ = value & kControlByte; return std::nullopt;
        case 0x04:
            payload_ = value;
            control_ |= kPayloadFlag;
            return std::nullopt;
        case 0x08:
            ++sent_;
            return Packet{static_cast<std::uint8_t>(control_ >> 16),
                          static_cast<std::uint8_t>(source_ >> 24 & 7), value, payload_};
        case 0x18: source_ = value; return std::nullopt;
        default: return std::nullopt;
    }
}

void CommunicationsController::receive(const Packet& packet, Cycles visible) {
    if (!arrivals_.empty()) visible = std::max(visible, arrivals_.back().visible);
    arrivals_.push_back({packet, visible});
    ++received_;
}

const Packet* CommunicationsController::front(Cycles now) const {
    return !arrivals_.empty() && arrivals_.front().visible <= now ? &arrivals_.front().packet
                                                                  : nullptr;
}

Cycles CommunicationsController::next_visible() const {
    return arrivals_.empty() ? kNever : arrivals_.front().visible;
}

}  // namespace spinnlab::emulator
