// SPDX-License-Identifier: Apache-2.0
// Random and spoilt datagrams through the decoders of SDP, SCP and boot packets. What decodes must
// come back from its encoder, and whether it decodes is a matter of length and version alone.
#include <algorithm>
#include <vector>

#include "fuzz.hpp"
#include "spinnlab/wire/boot.hpp"
#include "spinnlab/wire/scp.hpp"
#include "spinnlab/wire/sdp.hpp"

namespace {

using namespace spinnlab::wire;
using spinnlab::fuzz::Random;
using spinnlab::fuzz::require;

constexpr std::uint64_t kDatagramsASeed = 10'000;

Bytes random_bytes(Random& random, std::size_t most) {
    Bytes bytes(random() % (most + 1));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

/// A packet as a host makes it, or bytes.
Bytes datagram(Random& random) {
    switch (random() % 4) {
        case 0: return random_bytes(random, 2048);
        case 1: {
            BootPacket packet;
            packet.operation = static_cast<BootOperation>(1 + 2 * (random() % 3));
            for (std::uint32_t& operand : packet.operands) operand = random();
            packet.data = random_bytes(random, 1100);
            return encode_boot(packet);
        }
        default: {
            SdpMessage message;
            message.flags = random() % 2 ? kReplyExpected : static_cast<std::uint8_t>(random());
            message.destination = {static_cast<std::uint16_t>(random()),
                                   static_cast<std::uint8_t>(random())};
            message.payload = encode_scp_request(
                {static_cast<ScpCommand>(random() % 64),
                 static_cast<std::uint16_t>(random()),
                 {static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()),
                  static_cast<std::uint32_t>(random())},
                 random_bytes(random, 300)});
            return encode_sdp_datagram(message);
        }
    }
}

void spoil(Bytes& bytes, Random& random) {
    for (auto n = random() % 4; n > 0 && !bytes.empty(); --n) {
        bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
}

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void check(ByteView bytes) {
    const auto message = decode_sdp(bytes);
    require(message.has_value() == (bytes.size() >= kSdpHeaderBytes), "SDP by length");
    if (message) require(same(encode_sdp(*message), bytes), "SDP comes back");
    const auto sent = decode_sdp_datagram(bytes);
    require(sent.has_value() == (bytes.size() >= kUdpPaddingBytes + kSdpHeaderBytes),
            "datagram by length");
    if (sent) {
        require(same(ByteView(encode_sdp_datagram(*sent)).subspan(kUdpPaddingBytes),
                     bytes.subspan(kUdpPaddingBytes)),
                "datagram comes back");
    }
    const auto request = decode_scp_request(bytes);
    require(request.has_value() == (bytes.size() >= kScpRequestBytes), "request by length");
    if (request) {
        require(same(encode_scp_request(*request), bytes), "request comes back");
        require(sequence_of(bytes) == request->sequence, "sequence");
    }
    const auto reply = decode_scp_reply(bytes);
    require(reply.has_value() == (bytes.size() >= kScpHeaderBytes), "reply by length");
    if (reply) require(same(encode_scp_reply(*reply), bytes), "reply comes back");
    if (const auto packet = decode_boot(bytes)) {
        require(same(encode_boot(*packet), bytes), "boot packet comes back");
    }
}

std::uint64_t run(Random& random) {
    for (std::uint64_t i = 0; i < kDatagramsASeed; ++i) {
        Bytes bytes = datagram(random);
        spoil(bytes, random);
        check(bytes);
        // What the decoders of the outer layer leave goes through those of the inner one.
        if (const auto message = decode_sdp_datagram(bytes)) check(message->payload);
    }
    return kDatagramsASeed;
}

}  // namespace

int main(int argc, char** argv) { return spinnlab::fuzz::main(argc, argv, run); }
