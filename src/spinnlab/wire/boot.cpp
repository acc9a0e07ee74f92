// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/boot.hpp"

namespace spinnlab::wire {
namespace {

constexpr std::uint16_t kBootProtocolVersion = 1;
constexpr std::size_t kBootHeaderBytes = 18;

std::uint32_t big_endian(ByteView bytes, std::size_t at, std::size_t n) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value = value << 8 | bytes[at + i];
    return value;
}

void append_big_endian(Bytes& bytes, std::uint32_t value, int n) {
    for (int i = n - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

}  // namespace

std::optional<BootPacket> decode_boot(ByteView datagram) {
    if (datagram.size() < kBootHeaderBytes) return std::nullopt;
    if (big_endian(datagram, 0, 2) != kBootProtocolVersion) return std::nullopt;
    BootPacket packet;
    packet.operation = static_cast<BootOperation>(big_endian(datagram, 2, 4));
    switch (packet.operation) {
        case BootOperation::Start:
        case BootOperation::Block:
        case BootOperation::End: break;
        default: return std::nullopt;
    }
    for (std::size_t i = 0; i < packet.operands.size(); ++i) {
        packet.operands[i] = big_endian(datagram, 6 + 4 * i, 4);
    }
    packet.data.assign(datagram.begin() + kBootHeaderBytes, datagram.end());
    return packet;
}

Bytes encode_boot(const BootPacket& packet) {
    Bytes bytes;
    append_big_endian(bytes, kBootProtocolVersion, 2);
    append_big_endian(bytes, static_cast<std::uint32_t>(packet.operation), 4);
    for (const std::uint32_t operand : packet.operands) append_big_endian(bytes, operand, 4);
    bytes.insert(bytes.end(), packet.data.begin(), packet.data.end());
    return bytes;
}

}  // namespace spinnlab::wire
