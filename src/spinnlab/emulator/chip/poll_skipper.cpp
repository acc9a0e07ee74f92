// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/emulator/chip/poll_skipper.hpp"

#include <algorithm>
#include <vector>

#include "spinnlab/emulator/chip/chip.hpp"
#include "spinnlab/emulator/chip/core.hpp"

namespace spinnlab::emulator {
namespace {
constexpr std::uint32_t kMaxPatience = 1024;
}

struct PollSkipper::Snapshot {
    arm::Registers registers;
    std::vector<std::uint8_t> itcm;
    std::vector<std::uint8_t> dtcm;
    InterruptController interrupts;
    std::array<Timer, 2> timers;
    int timer = 0;
    Cycles wake = 0;  ///< when the activation begins
    std::uint64_t instructions = 0;
    std::uint64_t sdram_accesses = 0;
    std::uint64_t router_version = 0;
};

PollSkipper::PollSkipper() = default;
PollSkipper::~PollSkipper() = default;

void PollSkipper::reset() {
    snapshot_.reset();
    quiet_ = true;
    skipping_ = false;
    sleeps_to_ignore_ = 0;
    patience_ = 1;
}

int PollSkipper::only_timer(const Core& core) {
    if (core.dma_.done_at() != kNever || core.communications_.next_visible() != kNever) return -1;
    const bool first = core.timers_[0].expiry() != kNever,
               second = core.timers_[1].expiry() != kNever;
    if (first == second) return -1;
    const int timer = first ? 0 : 1;
    return core.timers_[timer].period() != 0 ? timer : -1;
}

void PollSkipper::take_snapshot(const Core& core) {
    auto snapshot = std::make_unique<Snapshot>();
    arm::Cpu& cpu = *core.cpu_;
    snapshot->timer = only_timer(core);
    snapshot->registers = cpu.registers();
    snapshot->itcm.assign(cpu.itcm().begin(), cpu.itcm().end());
    snapshot->dtcm.assign(cpu.dtcm().begin(), cpu.dtcm().end());
    snapshot->interrupts = core.interrupts_;
    snapshot->timers = core.timers_;
    snapshot->wake = core.timers_[snapshot->timer].expiry();
    snapshot->instructions = cpu.instructions();
    snapshot->sdram_accesses = cpu.sdram_accesses();
    snapshot->router_version = core.chip_.router().version();
    snapshot_ = std::move(snapshot);
}

bool PollSkipper::unchanged_since_snapshot(const Core& core) const {
    const Snapshot& before = *snapshot_;
    arm::Cpu& cpu = *core.cpu_;
    const Cycles period = core.timers_[before.timer].period();
    return only_timer(core) == before.timer && cpu.clock() >= before.wake &&
           cpu.clock() < before.wake + period &&
           core.timers_[0].same_but_later(before.timers[0], before.timer == 0 ? period : 0) &&
           core.timers_[1].same_but_later(before.timers[1], before.timer == 1 ? period : 0) &&
           core.interrupts_ == before.interrupts && cpu.sdram_accesses() == before.sdram_accesses &&
           core.chip_.router().version() == before.router_version &&
           cpu.registers() == before.registers &&
           std::equal(before.dtcm.begin(), before.dtcm.end(), cpu.dtcm().begin()) &&
           std::equal(before.itcm.begin(), before.itcm.end(), cpu.itcm().begin());
}

void PollSkipper::sleeps(const Core& core) {
    const bool quiet = std::exchange(quiet_, true);
    if (skipping_) return;
    if (snapshot_) {
        if (quiet && unchanged_since_snapshot(core)) {
            timer_ = snapshot_->timer;
            period_ = core.timers_[timer_].period();
            next_tick_ = core.timers_[timer_].expiry();
            activation_cycles_ = core.cpu_->clock() - snapshot_->wake;
            activation_instructions_ = core.cpu_->instructions() - snapshot_->instructions;
            skipping_ = true;
        } else {
            sleeps_to_ignore_ = patience_;
            patience_ = std::min(patience_ * 2, kMaxPatience);
        }
        snapshot_.reset();
        return;
    }
    if (sleeps_to_ignore_ > 0) {
        --sleeps_to_ignore_;
        return;
    }
    if (quiet && only_timer(core) >= 0) take_snapshot(core);
}

std::uint64_t PollSkipper::skipped(Cycles now) const {
    if (!skipping_ || now < next_tick_ + activation_cycles_) return 0;
    return (now - next_tick_ - activation_cycles_) / period_ + 1;
}

void PollSkipper::stop_skipping() {
    skipping_ = false;
    patience_ = 1;
    sleeps_to_ignore_ = 1;  // the activation that interrupted the polling is not one of them
}

}  // namespace spinnlab::emulator
