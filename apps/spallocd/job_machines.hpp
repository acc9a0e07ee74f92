// SPDX-License-Identifier: Apache-2.0
// Carries out the allocator's power orders: one spinnlab-machine process for each job that is on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addresses.hpp"
#include "machine_process.hpp"
#include "spinnlab/alloc/controller.hpp"
#include "user_groups.hpp"

namespace spallocd {

class JobMachines {
 public:
    /// `program`: path of spinnlab-machine. `limits` hold for each of its processes. `changed` is
    /// called after the controller was told something. `context` and `controller` must outlive the
    /// object.
    JobMachines(boost::asio::io_context& context, spinnlab::alloc::Controller& controller,
                std::string program, const std::string& first_address, Limits limits,
                std::function<void()> changed);

    void carry_out(const spinnlab::alloc::PowerOrder& order);

    /// Ends every process; `done` is called once all have been reaped. No order is taken after it,
    /// and the controller is told nothing more.
    void shut_down(std::function<void()> done);

 private:
    struct Slot {
        explicit Slot(boost::asio::io_context& context) : timer(context) {}
        spinnlab::alloc::JobId job = 0;
        std::optional<spinnlab::alloc::PowerOrder> order;  ///< being carried out
        std::shared_ptr<MachineProcess> process;           ///< shared: see MachineProcess::create
        std::uint64_t process_order = 0;                   ///< for which the process was started
        spinnlab::alloc::UserId uid = spinnlab::alloc::kNoUserId;  ///< whose job it is
        /// Of the user's group when the process was started; nothing: it is in none.
        std::optional<GroupMemory> group;
        std::vector<std::string> addresses;
        int clashes = 0;  ///< addresses lost to other programs during this order
        /// Addresses of before a restart of the daemon are waited for, until then.
        std::optional<double> old_addresses_until_s;
        bool old_addresses_lost = false;
        boost::asio::steady_timer timer;  ///< for that wait, and for boards that never get ready
    };

    void await_children();
    void reap();
    [[nodiscard]] bool wanted_on(const Slot& slot) const;
    void proceed(Slot& slot);
    void switch_on(Slot& slot);
    void choose_addresses(Slot& slot);
    void launch(Slot& slot);
    void became_ready(Slot& slot);
    void ended(Slot& slot, const ProcessEnd& end);
    void done(Slot& slot);
    /// Fair shares without cgroups: who has many machines has nicer ones.
    void share_processor(spinnlab::alloc::UserId uid);
    /// Ends machines that have taken more memory than they may, where no cgroup does it.
    void watch_memory();
    void end_those_over_memory();
    /// Why a process that was killed was killed, where the user's group tells that it was memory.
    [[nodiscard]] std::optional<std::string> killed_for_memory(const Slot& slot,
                                                               const ProcessEnd& end) const;
    void fail(Slot& slot, const std::string& why);
    [[nodiscard]] std::vector<std::string> command(const Slot& slot) const;

    boost::asio::io_context& context_;
    spinnlab::alloc::Controller& controller_;
    std::string program_;
    AddressPool pool_;
    Limits limits_;
    JobCgroups cgroups_;
    UserGroups user_groups_;
    std::function<void()> changed_;
    std::function<void()> shut_down_done_;
    boost::asio::signal_set child_signal_;
    boost::asio::steady_timer memory_timer_;
    std::map<spinnlab::alloc::JobId, std::unique_ptr<Slot>>
        slots_;  ///< pinned: handlers refer to them
};

}  // namespace spallocd
