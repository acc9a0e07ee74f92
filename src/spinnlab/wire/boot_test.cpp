// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/wire/boot.hpp"

#include <gtest/gtest.h>

namespace spinnlab::wire {
namespace {

// Version 1, operation 3 (a block), three operands, all big-endian, then the block's words.
const Bytes kBlock = {0x00, 0x01, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x1f, 0x01,
                      0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xfe, 0xca, 0xfe, 0xf0, 0x0d};

TEST(Boot, FieldsAreBigEndian) {
    const auto packet = decode_boot(kBlock);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->operation, BootOperation::Block);
    EXPECT_EQ(packet->operands, (std::array<std::uint32_t, 3>{0x1f, 0x01020304, 0xfffffffe}));
    EXPECT_EQ(packet->data, (Bytes{0xca, 0xfe, 0xf0, 0x0d}));
    EXPECT_EQ(encode_boot(*packet), kBlock);
}

TEST(Boot, ShortPacketsAreNone) {
    const Bytes bytes = kBlock;
    for (std::size_t n = 0; n < 18; ++n) EXPECT_FALSE(decode_boot(ByteView(bytes).first(n))) << n;
    EXPECT_TRUE(decode_boot(ByteView(bytes).first(18))->data.empty());
}

TEST(Boot, OtherVersionsAreNone) {
    for (const int version : {0, 2, 0x100, 0xffff}) {
        Bytes bytes = kBlock;
        bytes[0] = static_cast<std::uint8_t>(version >> 8);
        bytes[1] = static_cast<std::uint8_t>(version);
        EXPECT_FALSE(decode_boot(bytes)) << version;
    }
}

TEST(Boot, OnlyStartBlockAndEndAreOperations) {
    for (int operation = 0; operation < 256; ++operation) {
        Bytes bytes = kBlock;
        bytes[5] = static_cast<std::uint8_t>(operation);
        const bool known = operation == 1 || operation == 3 || operation == 5;
        EXPECT_EQ(decode_boot(bytes).has_value(), known) << operation;
        bytes[2] = 1;  // the number has 32 bits
        EXPECT_FALSE(decode_boot(bytes)) << operation;
    }
}

}  // namespace
}  // namespace spinnlab::wire
