// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/controller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

bool is_single(const BoardRequest& request) {
    return std::holds_alternative<AnyBoard>(request.what) ||
           std::holds_alternative<NamedBoard>(request.what);
}

/// What a request asks for, in words; equal for requests that no machine could tell apart.
std::string describe(const BoardRequest& request) {
    struct Words {
        std::string operator()(const AnyBoard&) const { return "one board"; }
        std::string operator()(const NamedBoard& board) const {
            return fmt::format("board ({}, {}, {})", board.x, board.y, board.z);
        }
        std::string operator()(const BoardCount& count) const {
            return fmt::format("{} boards at least as square as {}", count.boards, count.min_ratio);
        }
        std::string operator()(const TriadRectangle& rectangle) const {
            return fmt::format("{} x {} triads", rectangle.width, rectangle.height);
        }
    };
    std::string text = std::visit(Words{}, request.what);
    if (request.require_torus) text += ", as a torus";
    if (request.max_dead_boards) {
        text += fmt::format(", at most {} boards dead", *request.max_dead_boards);
    }
    if (request.max_dead_links) {
        text += fmt::format(", at most {} links dead", *request.max_dead_links);
    }
    return text;
}

/// At most kLongestText_bytes, cut between characters of UTF-8.
std::string shortened(std::string text) {
    if (text.size() <= kLongestText_bytes) return text;
    std::size_t end = kLongestText_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    return text;
}

void check(const JobRequest& request) {
    if (request.owner.empty() || request.owner.size() > kLongestText_bytes) {
        throw AllocationError(
            "owner must be specified for all jobs.",
            fmt::format("Give a name of at most {} bytes, by convention an e-mail "
                        "address.",
                        kLongestText_bytes));
    }
    if (request.machine && request.tags) {
        throw AllocationError("both machine and tags are given",
                              "Name a machine, or the tags of one, not both.");
    }
    if (request.boards.require_torus && is_single(request.boards)) {
        throw AllocationError("require_torus must be False when allocating boards.",
                              "One board has no neighbours; ask for a rectangle of triads.");
    }
    const auto* count = std::get_if<BoardCount>(&request.boards.what);
    if (count != nullptr && !(count->min_ratio >= 0 && std::isfinite(count->min_ratio))) {
        throw AllocationError(fmt::format("min_ratio is {}", count->min_ratio),
                              "It lies between 0 (any shape) and 1 (a square).");
    }
    if (request.keepalive_s &&
        !(*request.keepalive_s >= 0 && std::isfinite(*request.keepalive_s))) {
        throw AllocationError(fmt::format("keepalive is {}", *request.keepalive_s),
                              "Give seconds, or null for a job that lives until it is destroyed.");
    }
}

}  // namespace

Controller::Controller(std::vector<InstallationSpec> machines, ControllerOptions options)
    : options_(options) {
    for (InstallationSpec& spec : machines) {
        if (find(spec.name) != nullptr) {
            throw MachineError(fmt::format("two machines are named \"{}\"", spec.name),
                               "Give each its own name.");
        }
        auto installation = std::make_unique<Installation>(std::move(spec));
        Allocator allocator(*installation);
        machines_.push_back({std::move(installation), std::move(allocator)});
    }
}

Controller::Machine* Controller::find(const std::string& name) {
    return const_cast<Machine*>(std::as_const(*this).find(name));
}

const Controller::Machine* Controller::find(const std::string& name) const {
    const auto found = std::find_if(
        machines_.begin(), machines_.end(),
        [&](const Machine& candidate) { return candidate.installation->name() == name; });
    return found == machines_.end() ? nullptr : &*found;
}

std::vector<const Installation*> Controller::machines() const {
    std::vector<const Installation*> all;
    for (const Machine& machine : machines_) all.push_back(machine.installation.get());
    return all;
}

const Installation* Controller::machine(const std::string& name) const {
    const Machine* found = find(name);
    return found == nullptr ? nullptr : found->installation.get();
}

bool Controller::eligible(const Job& job, const Machine& machine) const {
    if (job.request.machine) return *job.request.machine == machine.installation->name();
    static const std::vector<std::string> kDefaultTags = {"default"};
    return machine.installation->has_tags(job.request.tags ? *job.request.tags : kDefaultTags);
}

/// Once a job: installations do not change, and a long queue is looked through often.
void Controller::find_candidates(Job& job) const {
    job.asks = describe(job.request.boards);
    for (std::size_t i = 0; i < machines_.size(); ++i) {
        const Machine& machine = machines_[i];
        if (eligible(job, machine) && machine.allocator.possible(job.request.boards)) {
            job.candidates.push_back(i);
        }
    }
}

std::string Controller::why_never(const Job& job) const {
    std::string boards;
    for (const Machine& machine : machines_) {
        if (!eligible(job, machine)) continue;
        boards += fmt::format("{}{} of {} boards", boards.empty() ? "" : ", ",
                              machine.installation->name(), machine.installation->working_boards());
    }
    if (boards.empty()) {
        return "Cancelled: No suitable machines available: none has the name or the tags asked "
               "for. "
               "list_machines tells what there is.";
    }
    return fmt::format(
        "Cancelled: No suitable machines available: {} is more than {} can give. Ask "
        "for less, or start spallocd with a larger machine.",
        job.asks, boards);
}

JobId Controller::create_job(JobRequest request, const std::string& host, Moment now) {
    check(request);
    if (jobs_.size() >= kMostJobs) {
        throw AllocationError(fmt::format("there are {} jobs already", jobs_.size()),
                              "Destroy some first.");
    }
    const JobId id = next_id_++;
    changes_.jobs.insert(id);
    Job job;
    job.id = id;
    job.request = std::move(request);
    job.start_unix_s = now.unix_s;
    job.queued_since_s = now.monotonic_s;
    touch(job, host, now);
    find_candidates(job);
    if (job.candidates.empty()) {
        remember(id, why_never(job));
        return id;
    }
    start_or_queue(jobs_.emplace(id, std::move(job)).first->second, now);
    return id;
}

/// Gives a job its boards if a machine that is not kept for others has them. `full` remembers which
/// machine did not have what, for the jobs that ask for the same.
bool Controller::start(Job& job, const std::vector<bool>& kept, Refusals& full) {
    for (const std::size_t candidate : job.candidates) {
        if (kept[candidate] || full.contains({candidate, job.asks})) continue;
        Machine& machine = machines_[candidate];
        auto allocation = machine.allocator.allocate(job.request.boards);
        if (!allocation) {
            full.emplace(candidate, job.asks);
            continue;
        }
        job.machine = machine.installation->name();
        job.allocation = std::move(*allocation);
        changes_.machines.insert(job.machine);
        order_power(job, true);
        return true;
    }
    return false;
}

bool Controller::aged(const Job& job, Moment now) const {
    return now.monotonic_s - job.queued_since_s >= options_.overtake_limit_s;
}

/// A job that has just come: those that wait already do not fit at present.
void Controller::start_or_queue(Job& job, Moment now) {
    std::vector<bool> kept(machines_.size());
    for (const JobId id : queue_) {
        const Job& waiting = jobs_.at(id);
        if (!aged(waiting, now)) break;  // the others came later
        for (const std::size_t candidate : waiting.candidates) kept[candidate] = true;
    }
    Refusals full;
    if (!start(job, kept, full)) queue_.push_back(job.id);
}

/// Starts what can start: in order of age, but a job that does not fit lets others pass until it
/// has waited for the overtaking limit; from then on its machines are kept for it.
void Controller::run_queue(Moment now) {
    std::vector<bool> kept(machines_.size());
    Refusals full;
    std::vector<JobId> waiting;
    for (const JobId id : queue_) {
        Job& job = jobs_.at(id);
        if (start(job, kept, full)) continue;
        waiting.push_back(id);
        if (!aged(job, now)) continue;
        for (const std::size_t candidate : job.candidates) kept[candidate] = true;
    }
    queue_ = std::move(waiting);
}

void Controller::order_power(Job& job, bool on) {
    job.state = JobState::Power;
    job.power = on;
    job.order = next_order_++;
    orders_.push_back({job.id, job.order, on, false});
    changes_.jobs.insert(job.id);
}

void Controller::touch(Job& job, const std::string& host, Moment now) {
    job.last_contact_s = now.monotonic_s;
    job.last_host = host;
}

void Controller::keep_alive(JobId id, const std::string& host, Moment now) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end()) touch(job->second, host, now);
}

JobStatus Controller::status(JobId id, const std::string& host, Moment now) {
    JobStatus status;
    const auto found = jobs_.find(id);
    if (found != jobs_.end()) {
        const Job& job = found->second;
        status.state = job.state;
        if (job.allocation) status.power = job.power;
        status.keepalive_s = job.request.keepalive_s;
        status.start_unix_s = job.start_unix_s;
        status.host = job.last_host;
        touch(found->second, host, now);
        return status;
    }
    const auto gone = std::find_if(destroyed_.rbegin(), destroyed_.rend(),
                                   [&](const Destroyed& job) { return job.id == id; });
    if (gone != destroyed_.rend()) {
        status.state = JobState::Destroyed;
        status.reason = gone->reason;
    }
    return status;
}

const Job* Controller::allocated_job(JobId id, const std::string& host, Moment now) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return nullptr;
    touch(job->second, host, now);
    return job->second.allocation ? &job->second : nullptr;
}

void Controller::set_power(JobId id, bool on, const std::string& host, Moment now) {
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return;
    touch(job->second, host, now);
    if (job->second.allocation) order_power(job->second, on);
}

void Controller::destroy_job(JobId id, const std::optional<std::string>& reason, Moment now) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    Job& job = found->second;
    if (job.allocation) {
        const std::uint64_t order = next_order_++;
        orders_.push_back({id, order, false, true});
        changes_.machines.insert(job.machine);
        releasing_[id] = {job.machine, std::move(*job.allocation), order, std::nullopt};
        remember(id, reason);
    } else {
        std::erase(queue_, id);
        remember(id, fmt::format("Cancelled: {}", reason.value_or("destroyed while it waited.")));
    }
    changes_.jobs.insert(id);
    const bool waited = job.state == JobState::Queued;
    jobs_.erase(found);
    // A job that kept machines for itself may have gone.
    if (waited) run_queue(now);
}

void Controller::remember(JobId id, std::optional<std::string> reason) {
    if (reason) reason = shortened(std::move(*reason));
    destroyed_.push_back({id, std::move(reason)});
    if (destroyed_.size() > kDestroyedRemembered) destroyed_.pop_front();
}

std::vector<PowerOrder> Controller::take_orders() { return std::exchange(orders_, {}); }

void Controller::set_addresses(JobId id, std::vector<std::string> addresses) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end()) job->second.addresses = std::move(addresses);
}

void Controller::power_done(JobId id, std::uint64_t order, Moment now) {
    const auto job = jobs_.find(id);
    if (job != jobs_.end() && job->second.order == order) {
        job->second.state = JobState::Ready;
        changes_.jobs.insert(id);
        return;
    }
    const auto releasing = releasing_.find(id);
    if (releasing != releasing_.end() && releasing->second.order == order) {
        releasing->second.free_at_s = now.monotonic_s + options_.reuse_delay_s;
        release_due(now);
    }
}

void Controller::power_failed(JobId id, const std::string& why, Moment now) {
    destroy_job(id, why, now);
}

void Controller::release_due(Moment now) {
    bool freed = false;
    for (auto next = releasing_.begin(); next != releasing_.end();) {
        const Releasing& releasing = next->second;
        if (!releasing.free_at_s || *releasing.free_at_s > now.monotonic_s) {
            ++next;
            continue;
        }
        find(releasing.machine)->allocator.free(releasing.allocation);
        changes_.machines.insert(releasing.machine);
        next = releasing_.erase(next);
        freed = true;
    }
    if (freed) run_queue(now);
}

void Controller::advance(Moment now) {
    std::vector<JobId> lost;
    for (const auto& [id, job] : jobs_) {
        const auto& keepalive = job.request.keepalive_s;
        if (keepalive && now.monotonic_s >= job.last_contact_s + *keepalive) lost.push_back(id);
    }
    for (const JobId id : lost) {
        const double keepalive_s = *jobs_.at(id).request.keepalive_s;
        destroy_job(id,
                    fmt::format("Job timed out: nobody asked for it within its keepalive of {} s.",
                                keepalive_s),
                    now);
    }
    release_due(now);
}

std::optional<double> Controller::next_deadline_s() const {
    std::optional<double> next;
    const auto consider = [&](double at_s) { next = next ? std::min(*next, at_s) : at_s; };
    for (const auto& [id, job] : jobs_) {
        if (job.request.keepalive_s) consider(job.last_contact_s + *job.request.keepalive_s);
    }
    for (const auto& [id, releasing] : releasing_) {
        if (releasing.free_at_s) consider(*releasing.free_at_s);
    }
    return next;
}

Changes Controller::take_changes() { return std::exchange(changes_, {}); }

void Controller::lease(const std::string& owner) { ++leases_[owner]; }

void Controller::end_lease(const std::string& owner, Moment now) {
    const auto lease = leases_.find(owner);
    if (lease == leases_.end() || --lease->second > 0) return;
    leases_.erase(lease);
    std::vector<JobId> theirs;
    for (const auto& [id, job] : jobs_) {
        if (job.request.owner == owner) theirs.push_back(id);
    }
    for (const JobId id : theirs) {
        destroy_job(id, fmt::format("The lease of {} has ended: its program is gone.", owner), now);
    }
}

bool Controller::in_use() const {
    return !leases_.empty() || !jobs_.empty() || !releasing_.empty();
}

std::optional<Location> Controller::locate(const Machine& machine, BoardChip chip) const {
    const auto position = machine.installation->position(chip.board);
    if (!position) return std::nullopt;
    const ChipXY root = ethernet_chip(chip.board);
    const ChipXY size = machine.installation->size_in_chips();
    Location location;
    location.machine = machine.installation->name();
    location.logical = chip.board;
    location.physical = *position;
    location.chip = {(root.x + chip.local.x) % size.x, (root.y + chip.local.y) % size.y};
    location.board_chip = chip.local;
    for (const auto& [id, job] : jobs_) {
        if (job.machine != location.machine || !job.allocation) continue;
        if (job.allocation->id != machine.allocator.owner(chip.board)) continue;
        const ChipXY base = job.allocation->job_chip(chip.board);
        const ChipXY job_size = job.allocation->size_in_chips();
        location.job = id;
        location.job_chip =
            ChipXY{(base.x + chip.local.x) % job_size.x, (base.y + chip.local.y) % job_size.y};
    }
    return location;
}

std::optional<Location> Controller::where_is_board(const std::string& machine, std::int64_t x,
                                                   std::int64_t y, std::int64_t z) const {
    const Machine* found = find(machine);
    if (found == nullptr || z < 0 || z >= kBoardsPerTriad) return std::nullopt;
    const Installation& on = *found->installation;
    // As the original: whole turns around the machine are taken off.
    const auto reduced = [](std::int64_t value, int size, bool wraps) -> std::int64_t {
        return wraps ? (value % size + size) % size : value;
    };
    x = reduced(x, on.width(), on.wraps_x());
    y = reduced(y, on.height(), on.wraps_y());
    if (x < 0 || x >= on.width() || y < 0 || y >= on.height()) return std::nullopt;
    return locate(*found,
                  {{static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)}, {0, 0}});
}

std::optional<Location> Controller::where_is_position(const std::string& machine,
                                                      std::int64_t cabinet, std::int64_t frame,
                                                      std::int64_t board) const {
    const Machine* found = find(machine);
    if (found == nullptr) return std::nullopt;
    const auto logical = found->installation->at_position(cabinet, frame, board);
    if (!logical) return std::nullopt;
    return locate(*found, {*logical, {0, 0}});
}

std::optional<Location> Controller::where_is_chip(const std::string& machine, std::int64_t x,
                                                  std::int64_t y) const {
    const Machine* found = find(machine);
    if (found == nullptr) return std::nullopt;
    const auto chip = found->installation->find_chip(x, y);
    if (!chip) return std::nullopt;
    return locate(*found, *chip);
}

std::optional<Location> Controller::where_is_job_chip(JobId id, std::int64_t x,
                                                      std::int64_t y) const {
    const auto job = jobs_.find(id);
    if (job == jobs_.end() || !job->second.allocation) return std::nullopt;
    const Allocation& allocation = *job->second.allocation;
    const ChipXY size = allocation.size_in_chips();
    if (x < 0 || x >= size.x || y < 0 || y >= size.y) return std::nullopt;
    const ChipXY root = ethernet_chip(allocation.root());
    auto location = where_is_chip(job->second.machine, root.x + x, root.y + y);
    if (!location || location->job != id) return std::nullopt;
    return location;
}

}  // namespace spinnlab::alloc
