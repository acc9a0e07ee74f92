// SPDX-License-Identifier: Apache-2.0
// SpiNNaker Command Protocol: requests to a chip's monitor, carried in SDP messages.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "spinnlab/wire/sdp.hpp"

namespace spinnlab::wire {

/// Commands as numbered by spinnaker_tools (include/spinnaker.h).
enum class ScpCommand : std::uint16_t {
    Version = 0,
    Run = 1,
    Read = 2,
    Write = 3,
    AppLoad = 4,
    Fill = 5,
    Count = 15,
    Remap = 16,
    LinkRead = 17,
    LinkWrite = 18,
    AppRun = 19,
    NearestNeighbour = 20,
    AppCopyRun = 21,
    Signal = 22,
    FloodFillData = 23,
    AppStart = 24,
    Led = 25,
    IpTag = 26,
    SerialRom = 27,
    Allocate = 28,
    Router = 29,
    Information = 31,
    Sync = 32,
    BmpInfo = 48,
    Power = 57,
};

/// Result codes of a reply.
enum class ScpResult : std::uint16_t {
    Ok = 0x80,
    BadLength = 0x81,
    BadChecksum = 0x82,
    BadCommand = 0x83,
    BadArgument = 0x84,
    BadPort = 0x85,
    TimeOut = 0x86,
    NoRoute = 0x87,
    BadCore = 0x88,
    Dead = 0x89,
    BufferNotAvailable = 0x8a,
    PointToPointNoReply = 0x8b,
    PointToPointReject = 0x8c,
    PointToPointBusy = 0x8d,
    PointToPointTimeout = 0x8e,
    PacketTransmitFailed = 0x8f,
};

inline constexpr std::size_t kScpHeaderBytes = 4;    ///< command or result, sequence
inline constexpr std::size_t kScpRequestBytes = 16;  ///< header and three arguments
inline constexpr std::size_t kMaxScpDataBytes = 256;

struct ScpRequest {
    ScpCommand command{};
    std::uint16_t sequence = 0;
    std::array<std::uint32_t, 3> arguments{};  ///< always present in a request
    Bytes data;                                ///< at most 256 bytes are used
};

struct ScpReply {
    ScpResult result = ScpResult::Ok;
    std::uint16_t sequence = 0;
    Bytes data;  ///< stands directly after the sequence
};

/// None if shorter than the header and three arguments. Any command number decodes.
[[nodiscard]] std::optional<ScpRequest> decode_scp_request(ByteView payload);
[[nodiscard]] Bytes encode_scp_request(const ScpRequest& request);
[[nodiscard]] std::optional<ScpReply> decode_scp_reply(ByteView payload);
[[nodiscard]] Bytes encode_scp_reply(const ScpReply& reply);
/// The sequence number of a request too short to decode, so that it can be refused; 0 if absent.
[[nodiscard]] std::uint16_t sequence_of(ByteView payload);

}  // namespace spinnlab::wire
