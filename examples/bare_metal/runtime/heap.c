// SPDX-License-Identifier: Apache-2.0
// The chip's heaps in SDRAM and system RAM, shared by all cores and the monitor: first fit, free
// blocks in order of addresses, joined when they meet.
#include "internal.h"

void* heap_take(Heap* heap, uint32_t bytes) {
    if (bytes == 0 || bytes > 0x08000000u) {
        return 0;
    }
    const uint32_t size = ((bytes + 3) & ~3u) + sizeof(HeapBlock);
    const uint32_t status = lock_take(kLockHeaps);
    HeapBlock** link = &heap->free;
    HeapBlock* block = *link;
    while (block && (uint32_t)block->next - (uint32_t)block < size) {
        link = &block->free;
        block = *link;
    }
    if (block) {
        HeapBlock* rest = (HeapBlock*)((uint32_t)block + size);
        if ((uint32_t)block->next - (uint32_t)rest > sizeof(HeapBlock)) {
            rest->next = block->next;
            rest->free = block->free;
            block->next = rest;
            *link = rest;
        } else {  // a rest without room for anything stays with the block
            *link = block->free;
        }
        heap->free_bytes -= (uint32_t)block->next - (uint32_t)block;
        block->free = (HeapBlock*)(0xffff0000u | app_number() << 8);
    }
    lock_free(kLockHeaps, status);
    return block ? block + 1 : 0;
}

static void join_with_next(HeapBlock* block) {
    if (block->free && block->next == block->free) {
        HeapBlock* next = block->free;
        block->next = next->next;
        block->free = next->free;
    }
}

void heap_give(Heap* heap, void* memory) {
    HeapBlock* block = (HeapBlock*)memory - 1;
    const uint32_t status = lock_take(kLockHeaps);
    HeapBlock* before = 0;
    HeapBlock* after = heap->free;
    while (after && after < block) {
        before = after;
        after = after->free;
    }
    heap->free_bytes += (uint32_t)block->next - (uint32_t)block;
    block->free = after;
    if (before) {
        before->free = block;
    } else {
        heap->free = block;
    }
    join_with_next(block);
    if (before) {
        join_with_next(before);
    }
    lock_free(kLockHeaps, status);
}
