// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/monitor/heap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "spinnlab/emulator/monitor/router_allocation.hpp"

namespace spinnlab::emulator::monitor {
namespace {

machine::Chip description() {
    machine::Chip chip;
    for (std::size_t i = 0; i < chip.physical_of_virtual.size(); ++i) {
        chip.physical_of_virtual[i] = chip.virtual_of_physical[i] = static_cast<std::int8_t>(i);
    }
    return chip;
}

class OnAChip : public ::testing::Test {
 protected:
    Cycles now = 0;
    EmulatedChip chip{description(), now};
    MonitorMemory memory{chip};
};

class HeapTest : public OnAChip {
 protected:
    HeapTest() { memory.set_system(sv::kTagTable, 0x67000000); }
    static constexpr std::uint32_t kBase = 0x60100000, kTop = 0x60110000;
    Heap heap = Heap::create(memory, kBase, kTop);
};

TEST_F(HeapTest, GivesDisjointWordAlignedBlocksAndTakesThemBack) {
    const std::uint32_t all = heap.free_bytes();
    std::map<std::uint32_t, std::uint32_t> blocks;
    std::mt19937 random(1);
    for (int step = 0; step < 3000; ++step) {
        if (blocks.empty() || random() % 3 != 0) {
            const std::uint32_t bytes = 1 + random() % 400;
            if (const std::uint32_t at = heap.allocate(bytes, 0, 17)) {
                ASSERT_EQ(at % 4, 0u);
                ASSERT_GE(at, kBase);
                ASSERT_LE(at + bytes, kTop);
                const auto next = blocks.lower_bound(at);
                if (next != blocks.end()) {
                    ASSERT_LE(at + bytes, next->first);
                }
                if (next != blocks.begin()) {
                    ASSERT_LE(std::prev(next)->second, at);
                }
                blocks[at] = at + bytes;
            }
        } else {
            auto victim = blocks.begin();
            std::advance(victim, static_cast<long>(random() % blocks.size()));
            heap.free(victim->first);
            blocks.erase(victim);
        }
    }
    for (const auto& [at, end] : blocks) heap.free(at);
    EXPECT_EQ(heap.free_bytes(), all);
    EXPECT_EQ(heap.largest_free_block(), all);
}

TEST_F(HeapTest, ATagIsGivenOnceUnlessReuseIsAskedFor) {
    const std::uint32_t at = heap.allocate(100, 5, 17);
    EXPECT_NE(at, 0u);
    EXPECT_EQ(tagged_block(memory, 17, 5), at);
    EXPECT_EQ(heap.allocate(100, 5, 17), 0u);
    EXPECT_EQ(heap.allocate(100, 5, 17, true), at);
    EXPECT_EQ(heap.allocate(96, 5, 17, true), 0u);
    EXPECT_NE(heap.allocate(100, 5, 18), 0u);
    heap.free(at);
    EXPECT_EQ(tagged_block(memory, 17, 5), 0u);
}

TEST_F(HeapTest, FreeingAnApplicationLeavesTheOthersAlone) {
    for (int i = 0; i < 20; ++i) (void)heap.allocate(64, 0, i % 2 == 0 ? 17 : 18);
    const std::uint32_t kept = heap.allocate(64, 9, 18);
    EXPECT_EQ(heap.free_application(17), 10u);
    EXPECT_EQ(heap.free_application(17), 0u);
    EXPECT_EQ(tagged_block(memory, 18, 9), kept);
    EXPECT_EQ(heap.free_application(18), 11u);
    EXPECT_EQ(heap.largest_free_block(), kTop - kBase - 16 - 8 - 8);
}

TEST_F(HeapTest, WhatIsNoBlockIsNotFreed) {
    const std::uint32_t before = heap.free_bytes();
    heap.free(0);
    heap.free(0xdeadbeef);
    heap.free(kBase + 1234);
    EXPECT_EQ(heap.free_bytes(), before);
}

TEST_F(HeapTest, AnOverwrittenHeapEndsTheWalk) {
    memory.set_word(kBase, kBase + 32);
    memory.set_word(kBase + 32, kBase + 8);
    memory.set_word(kBase + 36, kBase + 32);  // a ring
    EXPECT_EQ(heap.allocate(1000, 0, 1), 0u);
    EXPECT_EQ(heap.largest_free_block(), 0u);
}

class RouterLines : public OnAChip {
 protected:
    RouterLines() {
        memory.set_system(sv::kRouterCopy, 0x67a00000);
        lines.initialise();
    }
    RouterAllocation lines{chip};
};

TEST_F(RouterLines, BlocksAreGivenAndTakenBack) {
    EXPECT_EQ(lines.largest_free_block(), 1023u);
    EXPECT_EQ(lines.allocate(100, 17), 1u);
    EXPECT_EQ(lines.allocate(50, 18), 101u);
    EXPECT_EQ(lines.allocate(873, 17), 151u);
    EXPECT_EQ(lines.allocate(1, 17), 0u);
    EXPECT_EQ(lines.free_application(18, true), 1u);
    EXPECT_EQ(lines.allocate(51, 19), 0u);
    EXPECT_EQ(lines.allocate(50, 19), 101u);
    lines.free(101, true);
    EXPECT_EQ(lines.free_application(17, true), 2u);
    EXPECT_EQ(lines.largest_free_block(), 1023u);
}

TEST_F(RouterLines, LoadingPutsVirtualCoresOfTheTableOntoPhysicalOnes) {
    const std::uint32_t table = 0x67800000;
    memory.set_half(table, 0);
    memory.set_word(table + 4, 1u << 2 | 1u << (6 + 3));
    memory.set_word(table + 8, 0x1000);
    memory.set_word(table + 12, 0xfffff000);
    const std::uint32_t line = lines.allocate(1, 17);
    EXPECT_TRUE(lines.load(table, 1, line, 17));
    EXPECT_EQ(chip.router().multicast(0x1abc), std::optional<std::uint32_t>(1u << 2 | 1u << 9));
    EXPECT_FALSE(lines.load(table, 1, 1024, 17));
    EXPECT_EQ(lines.free_application(17, true), 1u);
    EXPECT_EQ(chip.router().multicast(0x1abc), std::nullopt);
}

}  // namespace
}  // namespace spinnlab::emulator::monitor
