// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/sdp.hpp"

#include <gtest/gtest.h>

namespace spinnlab::wire {
namespace {

// Flags, tag, ports and cores of destination and source, then y and x of each: as on the wire.
const Bytes kHeader = {0x87, 0x05, 0x23, 0xff, 0x02, 0x01, 0x00, 0x00};

Bytes with_payload(Bytes bytes, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) bytes.push_back(static_cast<std::uint8_t>(i + 1));
    return bytes;
}

TEST(Sdp, EveryFieldStandsWhereTheProtocolPutsIt) {
    const auto message = decode_sdp(with_payload(kHeader, 3));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->flags, kReplyExpected);
    EXPECT_TRUE(message->reply_expected());
    EXPECT_EQ(message->tag, 5);
    EXPECT_EQ(message->destination.sdp_port(), 1);
    EXPECT_EQ(message->destination.core(), 3);
    EXPECT_EQ(message->destination.x(), 1);
    EXPECT_EQ(message->destination.y(), 2);
    EXPECT_EQ(message->source.port, kEthernetPort);
    EXPECT_EQ(message->source.sdp_port(), 7);
    EXPECT_EQ(message->source.core(), 31);
    EXPECT_EQ(message->payload, (Bytes{1, 2, 3}));
}

TEST(Sdp, EncodingIsTheInverse) {
    for (const std::size_t n : {0u, 1u, 16u, 272u, 2000u}) {
        const Bytes bytes = with_payload(kHeader, n);
        const auto message = decode_sdp(bytes);
        ASSERT_TRUE(message);
        EXPECT_EQ(encode_sdp(*message), bytes);
        Bytes datagram = encode_sdp_datagram(*message);
        EXPECT_EQ(decode_sdp_datagram(datagram), message);
        ASSERT_EQ(datagram.size(), bytes.size() + kUdpPaddingBytes);
        EXPECT_EQ(datagram[0], 0);
        EXPECT_EQ(datagram[1], 0);
        EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), datagram.begin() + kUdpPaddingBytes));
    }
}

TEST(Sdp, WhatIsShorterThanAHeaderIsNoMessage) {
    const Bytes header = kHeader;
    for (std::size_t n = 0; n < kSdpHeaderBytes; ++n) {
        EXPECT_FALSE(decode_sdp(ByteView(header).first(n))) << n;
    }
    EXPECT_TRUE(decode_sdp(header));
    const Bytes datagram = encode_sdp_datagram(*decode_sdp(header));
    for (std::size_t n = 0; n < datagram.size(); ++n) {
        EXPECT_FALSE(decode_sdp_datagram(ByteView(datagram).first(n))) << n;
    }
}

TEST(Sdp, ThePaddingMayHoldAnything) {
    Bytes datagram = encode_sdp_datagram(*decode_sdp(kHeader));
    datagram[0] = 0xaa;
    datagram[1] = 0x55;
    EXPECT_EQ(decode_sdp_datagram(datagram), decode_sdp(kHeader));
}

TEST(Sdp, OnlyTheHighestFlagAsksForAReply) {
    for (int flags = 0; flags < 256; ++flags) {
        Bytes bytes = kHeader;
        bytes[0] = static_cast<std::uint8_t>(flags);
        EXPECT_EQ(decode_sdp(bytes)->reply_expected(), flags >= 128) << flags;
    }
}

}  // namespace
}  // namespace spinnlab::wire
