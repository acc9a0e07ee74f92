// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/sdp.hpp"

#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::wire {

std::optional<SdpMessage> decode_sdp(ByteView bytes) {
    if (bytes.size() < kSdpHeaderBytes) return std::nullopt;
    SdpMessage message;
    message.flags = bytes[0];
    message.tag = bytes[1];
    message.destination = {load_u16(bytes, 4), bytes[2]};
    message.source = {load_u16(bytes, 6), bytes[3]};
    message.payload.assign(bytes.begin() + kSdpHeaderBytes, bytes.end());
    return message;
}

Bytes encode_sdp(const SdpMessage& message) {
    Bytes bytes;
    bytes.reserve(kSdpHeaderBytes + message.payload.size());
    bytes.insert(bytes.end(),
                 {message.flags, message.tag, message.destination.port, message.source.port});
    append_u16(bytes, message.destination.chip);
    append_u16(bytes, message.source.chip);
    bytes.insert(bytes.end(), message.payload.begin(), message.payload.end());
    return bytes;
}

std::optional<SdpMessage> decode_sdp_datagram(ByteView datagram) {
    if (datagram.size() < kUdpPaddingBytes) return std::nullopt;
    return decode_sdp(datagram.subspan(kUdpPaddingBytes));
}

Bytes encode_sdp_datagram(const SdpMessage& message) {
    Bytes bytes = encode_sdp(message);
    bytes.insert(bytes.begin(), kUdpPaddingBytes, 0);
    return bytes;
}

}  // namespace spinnlab::wire
