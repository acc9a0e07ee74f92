// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/scp.hpp"

#include <gtest/gtest.h>

namespace spinnlab::wire {
namespace {

// Command 2 (read), sequence 0x0403, then three arguments, little-endian.
const Bytes kRead = {0x02, 0x00, 0x03, 0x04, 0x00, 0x00, 0x00, 0x60,
                     0x00, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00};

TEST(Scp, ARequestsFieldsStandWhereTheProtocolPutsThem) {
    Bytes bytes = kRead;
    bytes.insert(bytes.end(), {0xde, 0xad});
    const auto request = decode_scp_request(bytes);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->command, ScpCommand::Read);
    EXPECT_EQ(request->sequence, 0x0403);
    EXPECT_EQ(request->arguments, (std::array<std::uint32_t, 3>{0x60000000, 256, 2}));
    EXPECT_EQ(request->data, (Bytes{0xde, 0xad}));
    EXPECT_EQ(encode_scp_request(*request), bytes);
}

TEST(Scp, ARequestHasItsThreeArgumentsOrIsNone) {
    const Bytes bytes = kRead;
    for (std::size_t n = 0; n < kScpRequestBytes; ++n) {
        EXPECT_FALSE(decode_scp_request(ByteView(bytes).first(n))) << n;
    }
    EXPECT_TRUE(decode_scp_request(bytes));
}

TEST(Scp, EveryCommandNumberDecodesAndComesBack) {
    for (std::uint32_t command = 0; command < 0x10000; command += 51) {
        Bytes bytes = kRead;
        bytes[0] = static_cast<std::uint8_t>(command);
        bytes[1] = static_cast<std::uint8_t>(command >> 8);
        const auto request = decode_scp_request(bytes);
        ASSERT_TRUE(request);
        EXPECT_EQ(static_cast<std::uint32_t>(request->command), command);
        EXPECT_EQ(encode_scp_request(*request), bytes);
    }
}

TEST(Scp, AReplysDataFollowsTheSequence) {
    const Bytes bytes = {0x80, 0x00, 0x03, 0x04, 9, 8, 7};
    const auto reply = decode_scp_reply(bytes);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->result, ScpResult::Ok);
    EXPECT_EQ(reply->sequence, 0x0403);
    EXPECT_EQ(reply->data, (Bytes{9, 8, 7}));
    EXPECT_EQ(encode_scp_reply(*reply), bytes);
    for (std::size_t n = 0; n < kScpHeaderBytes; ++n) {
        EXPECT_FALSE(decode_scp_reply(ByteView(bytes).first(n))) << n;
    }
    EXPECT_TRUE(decode_scp_reply(ByteView(bytes).first(kScpHeaderBytes))->data.empty());
}

TEST(Scp, ARequestTooShortToDecodeStillHasItsSequence) {
    const Bytes bytes = kRead;
    EXPECT_EQ(sequence_of(ByteView(bytes).first(4)), 0x0403);
    EXPECT_EQ(sequence_of(bytes), 0x0403);
    for (std::size_t n = 0; n < kScpHeaderBytes; ++n) {
        EXPECT_EQ(sequence_of(ByteView(bytes).first(n)), 0) << n;
    }
}

}  // namespace
}  // namespace spinnlab::wire
