// SPDX-License-Identifier: Apache-2.0
// Registers: SpiNNaker datasheet, DMA controller (bit names as in spinn_extra.h of
// SpiNNFrontEndCommon).
#include "spinnlab/emulator/chip/dma_controller.hpp"

namespace spinnlab::emulator {
namespace {
constexpr std::uint32_t kStatusTransferring = 1u << 0;
constexpr std::uint32_t kStatusQueueFull = 1u << 2;
constexpr std::uint32_t kStatusDone = 1u << 10;
constexpr std::uint32_t kStatusSecondDone = 1u << 11;
constexpr std::uint32_t kStatusAxiError = 1u << 15;
constexpr std::uint32_t kStatusAborted = 1u << 16;
}  // namespace

void DmaController::reset() { *this = DmaController(physical_core_); }

void DmaController::start_next(Cycles now) {
    if (!running_) {
        running_ = queued_;
        queued_.reset();
    }
    // With two results unacknowledged, or after an error, the next transfer waits.
    const bool may_start = running_ && finished_ < 2 && !bus_error_;
    done_at_ = may_start ? now + kSetUpCycles + kCyclesAWord * (running_->bytes() / 4) : kNever;
}

void DmaController::advance(Cycles now, DmaMemory& memory) {
    while (done_at_ <= now) {
        const Cycles finished_at = done_at_;
        if (memory.transfer(*running_)) {
            ++finished_;
        } else {
            bus_error_ = true;
        }
        running_.reset();
        start_next(finished_at);
    }
}

std::uint32_t DmaController::read(std::uint32_t offset) const {
    switch (offset) {
        case 0x04: return system_address_;
        case 0x08: return tcm_address_;
        case 0x0c: return description_;
        case 0x14:
            return static_cast<std::uint32_t>(physical_core_) << 24 |
                   (running_ ? kStatusTransferring : 0) | (queued_ ? kStatusQueueFull : 0) |
                   (finished_ > 0 ? kStatusDone : 0) | (finished_ > 1 ? kStatusSecondDone : 0) |
                   (bus_error_ ? kStatusAxiError : 0) | (aborted_ ? kStatusAborted : 0);
        case 0x18: return global_control_;
        case 0x24: return timeout_;
        case 0x28: return statistics_control_;
        case 0x104: return running_ ? running_->system_address : system_address_;
        case 0x108: return running_ ? running_->tcm_address : tcm_address_;
        case 0x10c: return running_ ? running_->description : description_;
        default: return 0;
    }
}

void DmaController::write(std::uint32_t offset, std::uint32_t value, Cycles now) {
    switch (offset) {
        case 0x04: system_address_ = value; break;
        case 0x08: tcm_address_ = value; break;
        case 0x0c:
            description_ = value;
            // The registers hold one committed transfer: writing over it replaces it, as on the
            // chip.
            queued_ = DmaTransfer{system_address_, tcm_address_, value};
            if (!running_) start_next(now);
            break;
        case 0x10:
            if ((value & 0x01) != 0) queued_.reset();
            if ((value & 0x02) != 0) {
                aborted_ = aborted_ || running_.has_value();
                running_.reset();
                done_at_ = kNever;
            }
            if ((value & 0x04) != 0) bus_error_ = aborted_ = false;
            if ((value & 0x08) != 0 && finished_ > 0) --finished_;
            if (done_at_ == kNever) start_next(now);
            break;
        case 0x18: global_control_ = value; break;
        case 0x24: timeout_ = value; break;
        case 0x28: statistics_control_ = value & 1; break;
        default: break;
    }
}

bool DmaController::done_interrupt() const {
    return (finished_ > 0 && (global_control_ & kStatusDone) != 0) ||
           (finished_ > 1 && (global_control_ & kStatusSecondDone) != 0);
}

bool DmaController::error_interrupt() const {
    return (bus_error_ && (global_control_ & kStatusAxiError) != 0) ||
           (aborted_ && (global_control_ & kStatusAborted) != 0);
}

}  // namespace spinnlab::emulator
