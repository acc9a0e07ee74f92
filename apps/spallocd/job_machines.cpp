// SPDX-License-Identifier: Apache-2.0
#include "job_machines.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <tuple>
#include <utility>

#include "clock.hpp"
#include "spinnlab/base/errors.hpp"

namespace spallocd {
namespace {

using spinnlab::alloc::Allocation;
using spinnlab::alloc::BoardLink;
using spinnlab::alloc::BoardXYZ;
using spinnlab::alloc::ChipXY;
using spinnlab::alloc::Installation;
using spinnlab::alloc::Job;
using spinnlab::alloc::JobId;
using spinnlab::alloc::links_of_side;
using spinnlab::alloc::PowerOrder;

constexpr int kMostClashes = 5;
constexpr double kOldAddresses_s = 2;  ///< what a killed predecessor's processes need to end
constexpr auto kOldAddressesPoll = std::chrono::milliseconds(20);
constexpr auto kReadyLimit = std::chrono::seconds(60);
constexpr auto kBetweenMemoryLooks = std::chrono::milliseconds(250);

std::int64_t resident_mib(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/statm", pid));
    std::int64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * sysconf(_SC_PAGESIZE) >> 20;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// The chip links that the dead cables of the installation take from the job, "x,y,link:...".
std::string dead_chip_links(const Allocation& allocation, const Installation& machine) {
    std::string list;
    const ChipXY size = allocation.size_in_chips();
    for (const BoardLink& link : machine.dead_links()) {
        const auto& boards = allocation.boards;
        if (!std::binary_search(boards.begin(), boards.end(), link.board)) continue;
        const auto next = machine.neighbour(link.board, link.direction);
        if (!next || !std::binary_search(boards.begin(), boards.end(), next->board)) continue;
        const ChipXY root = allocation.job_chip(link.board);
        for (const auto& [local, direction] : links_of_side(link.direction)) {
            list += fmt::format("{}{},{},{}", list.empty() ? "" : ":", (root.x + local.x) % size.x,
                                (root.y + local.y) % size.y, static_cast<int>(direction));
        }
    }
    return list;
}

}  // namespace

JobMachines::JobMachines(boost::asio::io_context& context, spinnlab::alloc::Controller& controller,
                         std::string program, const std::string& first_address, Limits limits,
                         std::function<void()> changed)
    : context_(context),
      controller_(controller),
      program_(std::move(program)),
      pool_(first_address),
      limits_(std::move(limits)),
      cgroups_(limits_.cgroup),
      user_groups_(limits_.user_groups),
      changed_(std::move(changed)),
      child_signal_(context, SIGCHLD),
      memory_timer_(context) {
    await_children();
    const bool some = limits_.memory_mib || limits_.user_memory_mib;
    if (some && !cgroups_.in_use()) watch_memory();
}

void JobMachines::await_children() {
    child_signal_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        await_children();
        reap();
    });
}

/// One signal may stand for several processes, so each is asked for.
void JobMachines::reap() {
    std::vector<std::shared_ptr<MachineProcess>> processes;
    for (const auto& [id, slot] : slots_) {
        if (slot->process) processes.push_back(slot->process);
    }
    for (const auto& process : processes) {
        int status = 0;
        rusage usage{};
        if (process->pid() <= 0 || wait4(process->pid(), &status, WNOHANG, &usage) <= 0) continue;
        process->reaped(status, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
    }
}

void JobMachines::carry_out(const PowerOrder& order) {
    auto& slot = slots_[order.job];
    if (!slot) {
        slot = std::make_unique<Slot>(context_);
        slot->job = order.job;
    }
    slot->order = order;
    slot->clashes = 0;
    slot->timer.cancel();
    if (slot->process) {
        slot->process->stop();  // goes on in ended()
    } else {
        proceed(*slot);
    }
}

/// False too for a job that is gone already: the order that ends it is on its way.
bool JobMachines::wanted_on(const Slot& slot) const {
    return slot.order && slot.order->on && controller_.jobs().contains(slot.job);
}

/// Carries on with the slot's order once no process is left of what was before.
void JobMachines::proceed(Slot& slot) {
    if (wanted_on(slot)) {
        switch_on(slot);
    } else if (!slot.order->on) {
        done(slot);
    }
}

void JobMachines::switch_on(Slot& slot) {
    try {
        choose_addresses(slot);
        if (!slot.addresses.empty()) launch(slot);
    } catch (const spinnlab::Error& error) {
        fail(slot, error.what());
    }
}

/// Leaves the addresses empty while those of before are waited for; switch_on is then called again.
void JobMachines::choose_addresses(Slot& slot) {
    const Job& job = controller_.jobs().at(slot.job);
    const bool remembered = slot.addresses.empty() && !job.addresses.empty();
    if (remembered && !slot.old_addresses_lost && pool_.reserve(job.addresses)) {
        slot.addresses = job.addresses;
        if (!slot.old_addresses_until_s) {
            slot.old_addresses_until_s = now().monotonic_s + kOldAddresses_s;
        }
    }
    const bool usable = !slot.addresses.empty() &&
                        std::all_of(slot.addresses.begin(), slot.addresses.end(), ports_free);
    if (!usable) {
        const std::vector<std::string> old = std::exchange(slot.addresses, {});
        pool_.give_back(old);
        if (!slot.old_addresses_lost &&
            now().monotonic_s < slot.old_addresses_until_s.value_or(0)) {
            slot.timer.expires_after(kOldAddressesPoll);
            slot.timer.async_wait([this, id = slot.job](const boost::system::error_code& error) {
                const auto found = slots_.find(id);
                if (error || found == slots_.end() || !wanted_on(*found->second)) return;
                switch_on(*found->second);
                changed_();
            });
            return;
        }
        slot.old_addresses_lost = true;
        slot.addresses = pool_.take(job.allocation->boards.size());
    }
    controller_.set_addresses(slot.job, slot.addresses);
}

std::vector<std::string> JobMachines::command(const Slot& slot) const {
    const Job& job = controller_.jobs().at(slot.job);
    const Allocation& allocation = *job.allocation;
    const ChipXY size = allocation.size_in_chips();
    std::vector<std::string> words = {program_,
                                      "serve",
                                      "--width",
                                      std::to_string(size.x),
                                      "--height",
                                      std::to_string(size.y),
                                      "--exit-with-stdin",
                                      "--tell-activity",
                                      "--owner-uid",
                                      std::to_string(job.uid < 0 ? geteuid() : job.uid)};
    // Whose a socket was that is closed, nobody can tell: one person's own boards hear it all the
    // same.
    if (!limits_.shared) words.emplace_back("--trust-closed");
    for (std::size_t i = 0; i < allocation.boards.size(); ++i) {
        const ChipXY chip = allocation.job_chip(allocation.boards[i]);
        words.push_back("--board");
        words.push_back(fmt::format("{},{}={}", chip.x, chip.y, slot.addresses[i]));
    }
    const std::string dead = dead_chip_links(allocation, *controller_.machine(job.machine));
    if (!dead.empty()) {
        words.push_back("--down-links");
        words.push_back(dead);
    }
    return words;
}

void JobMachines::launch(Slot& slot) {
    const JobId id = slot.job;
    MachineProcess::Callbacks callbacks;
    callbacks.ready = [this, id] { became_ready(*slots_.at(id)); };
    callbacks.active = [this, id] { controller_.boards_active(id, now()); };
    callbacks.ended = [this, id](const ProcessEnd& end) { ended(*slots_.at(id), end); };
    auto process =
        MachineProcess::create(context_, fmt::format("job {}", id), std::move(callbacks));
    const Job& job = controller_.jobs().at(id);
    RunAs as = run_as(job.uid, limits_);
    slot.group.reset();
    if (cgroups_.in_use()) as.groups_entered = {cgroups_.make(job.uid, id, limits_)};
    if (as.change_user && !limits_.user_groups.empty()) {
        as.groups_entered = user_groups_.entrances(as.uid);
        slot.group = user_groups_.memory(as.uid);
    }
    process->start(command(slot), as);
    slot.process = std::move(process);
    slot.uid = job.uid;
    share_processor(slot.uid);
    slot.process_order = slot.order->order;
    slot.timer.expires_after(kReadyLimit);
    slot.timer.async_wait([this, id](const boost::system::error_code& error) {
        const auto found = slots_.find(id);
        if (error || found == slots_.end() || !wanted_on(*found->second)) return;
        fail(*found->second,
             fmt::format("Machine configuration failed: the boards were not ready within {} s.",
                         kReadyLimit.count()));
        changed_();
    });
}

void JobMachines::became_ready(Slot& slot) {
    slot.timer.cancel();
    if (!wanted_on(slot) || slot.process_order != slot.order->order) return;
    done(slot);
    changed_();
}

void JobMachines::ended(Slot& slot, const ProcessEnd& end) {
    slot.process.reset();
    slot.timer.cancel();
    cgroups_.remove(slot.uid, slot.job);
    share_processor(slot.uid);
    spdlog::info("job {}: machine ended by {}, {:.2f} s of CPU, {} MiB at most", slot.job, end.how,
                 end.cpu_s, end.peak_kib / 1024);
    if (shut_down_done_) {
        slots_.erase(slot.job);
        if (slots_.empty()) shut_down_done_();
        return;
    }
    const std::string last =
        end.last_words.empty() ? "It wrote no message." : "Its last message: " + end.last_words;
    if (slot.order && slot.process_order != slot.order->order) {
        proceed(slot);  // it was in the way of the order
    } else if (const auto why = killed_for_memory(slot, end)) {
        fail(slot, *why);
    } else if (!slot.order) {
        fail(slot, fmt::format("The machine of the job has ended by {}. {}", end.how, last));
    } else if (wanted_on(slot) && slot.clashes++ < kMostClashes &&
               !std::all_of(slot.addresses.begin(), slot.addresses.end(), ports_free)) {
        slot.old_addresses_lost = true;  // another program was faster: take other addresses
        switch_on(slot);
    } else {
        fail(slot, fmt::format("Machine configuration failed: the machine ended by {}. {}", end.how,
                               last));
    }
    changed_();
}

void JobMachines::done(Slot& slot) {
    const PowerOrder order = *std::exchange(slot.order, std::nullopt);
    if (order.for_good) {
        pool_.give_back(slot.addresses);
        slots_.erase(order.job);
    }
    controller_.power_done(order.job, order.order, now());
}

std::optional<std::string> JobMachines::killed_for_memory(const Slot& slot,
                                                          const ProcessEnd& end) const {
    if (!slot.group || end.signal != SIGKILL) return std::nullopt;
    const auto memory = user_groups_.memory(static_cast<uid_t>(slot.uid));
    if (!memory || memory->kills <= slot.group->kills) return std::nullopt;
    const std::string allowed =
        memory->limit_mib ? fmt::format(" may take {} MiB of memory together", *memory->limit_mib)
                          : " have taken all memory that there is";
    return fmt::format(
        "Out of memory: the boards of the job had taken {} MiB when the system ended them. Boards, "
        "notebooks and programs of one person{}. Shut down kernels that you do not need, simulate "
        "less at once, or ask an admin for more.",
        end.peak_kib / 1024, allowed);
}

void JobMachines::share_processor(spinnlab::alloc::UserId uid) {
    if (geteuid() != 0 || cgroups_.in_use()) return;  // only root may take niceness back
    std::vector<pid_t> theirs;
    for (const auto& [id, slot] : slots_) {
        // In a group of the user's the kernel gives users equal shares by itself.
        if (slot->process && slot->uid == uid && !slot->group) {
            theirs.push_back(slot->process->pid());
        }
    }
    const int nice = nice_for(theirs.size());
    for (const pid_t pid : theirs) setpriority(PRIO_PROCESS, static_cast<id_t>(pid), nice);
}

void JobMachines::watch_memory() {
    memory_timer_.expires_after(kBetweenMemoryLooks);
    memory_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || shut_down_done_) return;
        watch_memory();
        end_those_over_memory();
    });
}

void JobMachines::end_those_over_memory() {
    struct Taken {
        std::int64_t mib = 0;
        JobId largest = 0;
        std::int64_t largest_mib = -1;
    };
    std::map<spinnlab::alloc::UserId, Taken> users;
    std::map<JobId, std::string> over;
    for (const auto& [id, slot] : slots_) {
        if (!slot->process || slot->group || !controller_.jobs().contains(id)) continue;
        const std::int64_t mib = resident_mib(slot->process->pid());
        if (limits_.memory_mib && mib > *limits_.memory_mib) {
            over[id] = fmt::format(
                "The machine of the job has taken {} MiB of memory, and {} are allowed.", mib,
                *limits_.memory_mib);
            continue;
        }
        Taken& taken = users[slot->uid];
        taken.mib += mib;
        if (mib > taken.largest_mib)
            std::tie(taken.largest, taken.largest_mib) = std::pair(id, mib);
    }
    for (const auto& [uid, taken] : users) {
        if (!limits_.user_memory_mib || taken.mib <= *limits_.user_memory_mib) continue;
        over[taken.largest] = fmt::format(
            "The machines of all your jobs have taken {} MiB of memory, this one {}, and {} are "
            "allowed together.",
            taken.mib, taken.largest_mib, *limits_.user_memory_mib);
    }
    for (const auto& [id, why] : over) fail(*slots_.at(id), why);
    if (!over.empty()) changed_();
}

void JobMachines::fail(Slot& slot, const std::string& why) {
    spdlog::warn("job {}: {}", slot.job, why);
    controller_.power_failed(slot.job, why, now());
}

void JobMachines::shut_down(std::function<void()> done) {
    memory_timer_.cancel();
    for (auto slot = slots_.begin(); slot != slots_.end();) {
        slot->second->timer.cancel();
        slot = slot->second->process ? std::next(slot) : slots_.erase(slot);
    }
    if (slots_.empty()) {
        done();
        return;
    }
    shut_down_done_ = std::move(done);
    for (const auto& [id, slot] : slots_) slot->process->stop();
}

}  // namespace spallocd
