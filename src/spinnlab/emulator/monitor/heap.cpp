// SPDX-License-Identifier: Apache-2.0
// The structure is that of spinnaker_tools, sark/sark_alloc.c.
#include "spinnlab/emulator/monitor/heap.hpp"

namespace spinnlab::emulator::monitor {
namespace {

constexpr std::uint32_t kBlockBytes = 8;
constexpr std::uint32_t kUsed = 0xffff0000;
constexpr int kLongestWalk = 1 << 20;  // a program may have made a ring of the list

std::uint32_t tag_entry(const MonitorMemory& memory, std::uint32_t app, std::uint32_t tag) {
    const std::uint32_t table = memory.system(sv::kTagTable);
    return table == 0 ? 0 : table + 4 * ((app << 8 & 0xff00) + tag);
}

}  // namespace

std::uint32_t tagged_block(const MonitorMemory& memory, std::uint32_t app, std::uint32_t tag) {
    return memory.word(tag_entry(memory, app, tag));
}

Heap Heap::create(MonitorMemory memory, std::uint32_t base, std::uint32_t top) {
    const std::uint32_t first = base + 16, last = top - kBlockBytes;
    memory.set_word(base, first);
    memory.set_word(base + 4, first);
    memory.set_word(base + 8, last);
    memory.set_word(base + 12, last - first - kBlockBytes);
    memory.set_word(first, last);
    memory.set_word(first + 4, 0);
    memory.set_word(last, 0);
    memory.set_word(last + 4, 0);
    return {memory, base};
}

std::uint32_t Heap::allocate(std::uint32_t bytes, std::uint32_t tag, std::uint32_t app,
                             bool reuse) {
    if (bytes == 0 || tag > 255 || bytes > Sdram::kBytes) return 0;
    const std::uint32_t entry = tag_entry(memory_, app, tag);
    if (tag != 0 && entry != 0) {
        if (const std::uint32_t present = memory_.word(entry); present != 0) {
            const std::uint32_t block = present - kBlockBytes;
            return reuse && memory_.word(block) - block - kBlockBytes == bytes ? present : 0;
        }
    }
    const std::uint32_t size = ((bytes + 3) & ~3u) + kBlockBytes;
    std::uint32_t previous = 0, free_block = memory_.word(address_);
    for (int walk = 0; free_block != 0 && walk < kLongestWalk; ++walk) {
        const std::uint32_t next = memory_.word(free_block), rest = free_block + size;
        if (rest > next || rest < free_block) {
            previous = free_block;
            free_block = memory_.word(free_block + 4);
            continue;
        }
        if (rest + kBlockBytes < next) {  // give back what is not needed
            memory_.set_word(rest, next);
            memory_.set_word(free_block, rest);
            memory_.set_word(rest + 4, memory_.word(free_block + 4));
            memory_.set_word(free_block + 4, rest);
        }
        memory_.set_word(previous != 0 ? previous + 4 : address_, memory_.word(free_block + 4));
        memory_.set_word(address_ + 12, free_bytes() - (memory_.word(free_block) - free_block));
        memory_.set_word(free_block + 4, kUsed + (app << 8 & 0xff00) + tag);
        if (tag != 0 && entry != 0) memory_.set_word(entry, free_block + kBlockBytes);
        return free_block + kBlockBytes;
    }
    return 0;
}

void Heap::free(std::uint32_t address) {
    if (address < kBlockBytes) return;
    const std::uint32_t block = address - kBlockBytes;
    const std::uint32_t owner = memory_.word(block + 4);
    if ((owner & kUsed) != kUsed) return;  // not a block in use
    if ((owner & 0xff) != 0) {
        if (const std::uint32_t entry = tag_entry(memory_, owner >> 8 & 0xff, owner & 0xff);
            entry != 0) {
            memory_.set_word(entry, 0);
        }
    }
    memory_.set_word(address_ + 12, free_bytes() + memory_.word(block) - block);
    std::uint32_t previous = 0, next = memory_.word(address_);
    for (int walk = 0; next != 0 && next <= block && walk < kLongestWalk; ++walk) {
        previous = next;
        next = memory_.word(next + 4);
    }
    memory_.set_word(block + 4, next);
    memory_.set_word(previous != 0 ? previous + 4 : address_, block);
    if (next != 0 && memory_.word(block) == next) {  // joins the free block after it
        memory_.set_word(block, memory_.word(next));
        memory_.set_word(block + 4, memory_.word(next + 4));
    }
    if (previous != 0 && memory_.word(previous) == block) {  // and the one before it
        memory_.set_word(previous, memory_.word(block));
        memory_.set_word(previous + 4, memory_.word(block + 4));
    }
}

std::uint32_t Heap::free_application(std::uint32_t app) {
    std::uint32_t freed = 0;
    std::uint32_t block = memory_.word(address_ + 4);
    for (int walk = 0; block != 0 && walk < kLongestWalk; ++walk) {
        const std::uint32_t next = memory_.word(block), owner = memory_.word(block + 4);
        if (next == 0) break;
        // Freeing may join this block with its neighbours, but `next` still begins a block or is
        // free space's inside; the list is walked again from the start so that neither matters.
        if ((owner & kUsed) == kUsed && (owner >> 8 & 0xff) == app) {
            free(block + kBlockBytes);
            ++freed;
            block = memory_.word(address_ + 4);
        } else {
            block = next;
        }
    }
    return freed;
}

std::uint32_t Heap::largest_free_block() const {
    std::uint32_t largest = 0, block = memory_.word(address_);
    for (int walk = 0; block != 0 && walk < kLongestWalk; ++walk) {
        const std::uint32_t next = memory_.word(block);
        if (next > block) largest = std::max(largest, next - block - kBlockBytes);
        block = memory_.word(block + 4);
    }
    return largest;
}

}  // namespace spinnlab::emulator::monitor
