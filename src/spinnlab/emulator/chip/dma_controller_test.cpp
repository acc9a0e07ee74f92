// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/dma_controller.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace spinnlab::emulator {
namespace {

constexpr std::uint32_t kSystem = 0x04, kTcm = 0x08, kDescription = 0x0c, kControl = 0x10,
                        kStatus = 0x14, kGlobal = 0x18;
constexpr std::uint32_t kBusy = 1, kQueueFull = 4, kDone = 1 << 10, kSecondDone = 1 << 11,
                        kAxiError = 1 << 15;

class Dma : public ::testing::Test, protected DmaMemory {
 protected:
    Dma() { dma.write(kGlobal, 0xfffffc00, 0); }
    bool transfer(const DmaTransfer& transfer) override {
        transfers.push_back(transfer);
        return transfer.system_address != 0xbad;
    }
    void commit(std::uint32_t system, std::uint32_t bytes, Cycles now) {
        dma.write(kSystem, system, now);
        dma.write(kTcm, 0x400000, now);
        dma.write(kDescription, bytes, now);
    }
    DmaController dma{7};
    std::vector<DmaTransfer> transfers;
};

TEST_F(Dma, TellsThePhysicalCoreInItsStatus) { EXPECT_EQ(dma.read(kStatus), 7u << 24); }

TEST_F(Dma, MovesTheBytesAtTheEnd) {
    commit(0x60000000, 400, 1000);
    EXPECT_EQ(dma.read(kStatus) & 0xffff, kBusy);
    EXPECT_EQ(dma.done_at(), 1000u + 100 + 200);
    dma.advance(1299, *this);
    EXPECT_TRUE(transfers.empty());
    dma.advance(1300, *this);
    ASSERT_EQ(transfers.size(), 1u);
    EXPECT_EQ(transfers[0].bytes(), 400u);
    EXPECT_TRUE(dma.done_interrupt());
    dma.write(kControl, 8, 1400);
    EXPECT_FALSE(dma.done_interrupt());
}

TEST_F(Dma, TheQueuedOneFollowsAndAThirdWaitsForAnAcknowledgement) {
    commit(1, 4, 0);
    commit(2, 4, 0);
    EXPECT_EQ(dma.read(kStatus) & 0xffff, kBusy | kQueueFull);
    dma.advance(102, *this);
    commit(3, 4, 102);
    dma.advance(10'000, *this);
    EXPECT_EQ(transfers.size(), 2u);
    EXPECT_EQ(dma.read(kStatus) & 0xffff, kBusy | kDone | kSecondDone);
    dma.write(kControl, 8, 20'000);
    EXPECT_EQ(dma.done_at(), 20'102u);
    dma.advance(20'102, *this);
    EXPECT_EQ(transfers.size(), 3u);
}

TEST_F(Dma, AnErrorStopsUntilItIsCleared) {
    commit(0xbad, 4, 0);
    commit(2, 4, 0);
    dma.advance(10'000, *this);
    EXPECT_TRUE(dma.error_interrupt());
    EXPECT_EQ(dma.read(kStatus) & 0xffff, kBusy | kAxiError);
    EXPECT_EQ(transfers.size(), 1u);
    dma.write(kControl, 4, 10'000);
    dma.advance(20'000, *this);
    EXPECT_EQ(transfers.size(), 2u);
    EXPECT_FALSE(dma.error_interrupt());
}

TEST_F(Dma, AbortAndUncommitEmptyIt) {
    commit(1, 4000, 0);
    commit(2, 4, 0);
    dma.write(kControl, 0x3f, 10);
    EXPECT_EQ(dma.read(kStatus) & 0xfffff, 0u);
    dma.advance(100'000, *this);
    EXPECT_TRUE(transfers.empty());
}

}  // namespace
}  // namespace spinnlab::emulator
