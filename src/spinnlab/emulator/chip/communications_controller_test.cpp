// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/communications_controller.hpp"

#include <gtest/gtest.h>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kControl = 0x00, kPayload = 0x04, kKey = 0x08, kReceiveStatus = 0x0c,
                        kReceivedPayload = 0x10, kReceivedKey = 0x14;

TEST(Communications, WritingAKeySendsThePacket) {
    CommunicationsController comms;
    EXPECT_FALSE(comms.write(kControl, 0));
    const auto plain = comms.write(kKey, 0x1234);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->type(), PacketType::Multicast);
    EXPECT_FALSE(plain->has_payload());
    EXPECT_FALSE(comms.write(kControl, 0x00c00000));
    EXPECT_FALSE(comms.write(kPayload, 99));
    const auto fixed = comms.write(kKey, 7);
    ASSERT_TRUE(fixed);
    EXPECT_EQ(fixed->type(), PacketType::FixedRoute);
    EXPECT_TRUE(fixed->has_payload());
    EXPECT_EQ(fixed->payload, 99u);
}

TEST(Communications, APacketIsInvisibleBeforeItsTime) {
    CommunicationsController comms;
    comms.receive({0x02, 0, 11, 22}, 500);
    EXPECT_EQ(comms.read(kReceiveStatus, 499), 0u);
    EXPECT_EQ(comms.front(499), nullptr);
    EXPECT_EQ(comms.next_visible(), 500u);
    EXPECT_EQ(comms.read(kReceiveStatus, 500) & 0x00ff000f, 0x00020001u);
    EXPECT_EQ(comms.read(kReceivedPayload, 500), 22u);
    EXPECT_EQ(comms.read(kReceivedKey, 500), 11u);
    EXPECT_EQ(comms.next_visible(), kNever);
}

TEST(Communications, ArrivalsKeepTheirOrder) {
    CommunicationsController comms;
    comms.receive({0, 0, 1, 0}, 500);
    comms.receive({0, 0, 2, 0}, 400);
    EXPECT_EQ(comms.read(kReceivedKey, 450), 0u);
    EXPECT_EQ(comms.read(kReceivedKey, 500), 1u);
    EXPECT_EQ(comms.read(kReceivedKey, 500), 2u);
}

}  // namespace
}  // namespace spinnlab::emulator
