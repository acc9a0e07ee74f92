// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/scp.hpp"

#include "spinnlab/wire/little_endian.hpp"

namespace spinnlab::wire {

std::optional<ScpRequest> decode_scp_request(ByteView payload) {
    if (payload.size() < kScpRequestBytes) return std::nullopt;
    ScpRequest request;
    request.command = static_cast<ScpCommand>(load_u16(payload, 0));
    request.sequence = load_u16(payload, 2);
    for (std::size_t i = 0; i < request.arguments.size(); ++i) {
        request.arguments[i] = load_u32(payload, kScpHeaderBytes + 4 * i);
    }
    request.data.assign(payload.begin() + kScpRequestBytes, payload.end());
    return request;
}

Bytes encode_scp_request(const ScpRequest& request) {
    Bytes bytes;
    append_u16(bytes, static_cast<std::uint16_t>(request.command));
    append_u16(bytes, request.sequence);
    for (const std::uint32_t argument : request.arguments) append_u32(bytes, argument);
    bytes.insert(bytes.end(), request.data.begin(), request.data.end());
    return bytes;
}

std::optional<ScpReply> decode_scp_reply(ByteView payload) {
    if (payload.size() < kScpHeaderBytes) return std::nullopt;
    return ScpReply{static_cast<ScpResult>(load_u16(payload, 0)), load_u16(payload, 2),
                    Bytes(payload.begin() + kScpHeaderBytes, payload.end())};
}

Bytes encode_scp_reply(const ScpReply& reply) {
    Bytes bytes;
    append_u16(bytes, static_cast<std::uint16_t>(reply.result));
    append_u16(bytes, reply.sequence);
    bytes.insert(bytes.end(), reply.data.begin(), reply.data.end());
    return bytes;
}

std::uint16_t sequence_of(ByteView payload) {
    return payload.size() >= kScpHeaderBytes ? load_u16(payload, 2) : std::uint16_t{0};
}

}  // namespace spinnlab::wire
