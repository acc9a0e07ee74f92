// SPDX-License-Identifier: Apache-2.0
// Recognises a core that only polls, and skips its polls with exactly their result.
#pragma once

#include <cstdint>
#include <memory>

#include "spinnlab/emulator/arm/cpu.hpp"
#include "spinnlab/emulator/chip/interrupt_controller.hpp"
#include "spinnlab/emulator/chip/timer.hpp"

namespace spinnlab::emulator {

class Core;

/// An activation is what a core does from one wake-up by its timer to its next wait. If one leaves
/// the core exactly as it was (registers, both memories, interrupt controller, timer phase), and
/// touched nothing but its own interrupt controller, its own timers and a router that has not
/// changed, then every further one does the same, until something comes from outside. Those need
/// not be executed: the timer is moved on by whole periods and the instructions are counted.
class PollSkipper {
 public:
    PollSkipper();
    ~PollSkipper();
    void reset();

    /// The core touched something whose answer can change, or that others can see.
    void touched_outside() { quiet_ = false; }
    /// The core goes to sleep with no line raised: maybe an activation has ended.
    void sleeps(const Core& core);

    [[nodiscard]] bool skipping() const { return skipping_; }
    /// Whole activations that would have ended by `now`.
    [[nodiscard]] std::uint64_t skipped(Cycles now) const;
    [[nodiscard]] Cycles period() const { return period_; }
    [[nodiscard]] Cycles activation_cycles() const { return activation_cycles_; }
    [[nodiscard]] std::uint64_t activation_instructions() const { return activation_instructions_; }
    [[nodiscard]] int timer() const { return timer_; }
    void stop_skipping();

 private:
    struct Snapshot;

    void take_snapshot(const Core& core);
    [[nodiscard]] bool unchanged_since_snapshot(const Core& core) const;
    /// The one timer that will wake the core, if nothing else can; else -1.
    [[nodiscard]] static int only_timer(const Core& core);

    std::unique_ptr<Snapshot>
        snapshot_;  ///< of the last sleep, while an activation is being watched
    bool quiet_ = true;
    bool skipping_ = false;
    int timer_ = 0;
    Cycles period_ = 0;
    Cycles next_tick_ = 0;  ///< when the first skipped activation begins
    Cycles activation_cycles_ = 0;
    std::uint64_t activation_instructions_ = 0;
    std::uint32_t sleeps_to_ignore_ = 0;
    std::uint32_t patience_ = 1;  ///< doubles after each activation that changed something
};

}  // namespace spinnlab::emulator
