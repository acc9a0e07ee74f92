// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "spinnlab/alloc/controller.hpp"

namespace spallocd {
namespace {

using spinnlab::alloc::AuditEntry;
using spinnlab::alloc::Batch;
using spinnlab::alloc::EndedJob;
using spinnlab::alloc::JobRecord;
using spinnlab::alloc::Quota;
using spinnlab::alloc::Saved;
using spinnlab::alloc::StorageError;

constexpr const char* kWayOut = "Choose another path with --database.";
constexpr std::int64_t kApplication = 0x53504c43;  ///< "SPLC", in the file's header
constexpr std::int64_t kSchema = 1;
constexpr double kDay_s = 86'400;
constexpr double kKeepEnded_s = 14 * kDay_s;
constexpr double kKeepAudit_s = 90 * kDay_s;
/// One thread serves everybody, so a lock of somebody else's is not waited for long, and while it
/// lasts not at all.
constexpr int kPatience_ms = 100;
constexpr int kLockTries = 40;
constexpr auto kLockPause = std::chrono::milliseconds(50);

constexpr const char* kTables = R"(
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, user TEXT NOT NULL, owner TEXT NOT NULL,
    keepalive_s REAL, args TEXT NOT NULL, kwargs TEXT NOT NULL, start_time REAL NOT NULL,
    host TEXT NOT NULL, machine TEXT NOT NULL, shape TEXT NOT NULL, boards TEXT NOT NULL,
    addresses TEXT NOT NULL, wraps_x INTEGER NOT NULL, wraps_y INTEGER NOT NULL,
    power INTEGER NOT NULL, allocated_time REAL NOT NULL);
CREATE TABLE history (
    id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, user TEXT NOT NULL, owner TEXT NOT NULL,
    machine TEXT NOT NULL, boards INTEGER NOT NULL, start_time REAL NOT NULL,
    allocated_time REAL NOT NULL, end_time REAL NOT NULL, reason TEXT);
CREATE INDEX history_end ON history (end_time);
CREATE TABLE usage (user TEXT PRIMARY KEY, board_seconds REAL NOT NULL);
CREATE TABLE quotas (
    user TEXT PRIMARY KEY, boards INTEGER, jobs INTEGER, board_seconds REAL, priority INTEGER);
CREATE TABLE audit (
    time REAL NOT NULL, uid INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,
    job INTEGER, detail TEXT NOT NULL);
CREATE INDEX audit_time ON audit (time);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
)";

}  // namespace

struct Database::Statements {
    explicit Statements(Sqlite& file)
        : begin(file, "BEGIN IMMEDIATE"),
          commit(file, "COMMIT"),
          job(file,
              "INSERT OR REPLACE INTO jobs VALUES "
              "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"),
          no_job(file, "DELETE FROM jobs WHERE id = ?1"),
          ended(file,
                "INSERT OR REPLACE INTO history VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
          usage(file, "INSERT OR REPLACE INTO usage VALUES (?1, ?2)"),
          quota(file, "INSERT OR REPLACE INTO quotas VALUES (?1, ?2, ?3, ?4, ?5)"),
          no_quota(file, "DELETE FROM quotas WHERE user = ?1"),
          audit(file, "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
          counter(file, "INSERT OR REPLACE INTO counters VALUES (?1, ?2)") {}

    Statement begin, commit, job, no_job, ended, usage, quota, no_quota, audit, counter;
};

Database::Database(const std::string& path) : path_(path) {
    lock();
    try {
        open();
        statements_ = std::make_unique<Statements>(*file_);
    } catch (...) {
        close(lock_);
        throw;
    }
}

Database::~Database() {
    statements_.reset();
    file_.reset();
    close(lock_);
}

void Database::lock() {
    const std::string path = path_ + ".lock";
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) {
        throw StorageError(fmt::format("{} cannot be written: {}", path, strerror(errno)), kWayOut);
    }
    // Of a daemon that was just killed, a child between fork and exec may hold it a moment longer.
    int tries = kLockTries;
    while (flock(lock_, LOCK_EX | LOCK_NB) != 0 && --tries > 0) {
        std::this_thread::sleep_for(kLockPause);
    }
    if (tries == 0) {
        close(lock_);
        throw StorageError(fmt::format("another spallocd uses the data base {}", path_), kWayOut);
    }
}

void Database::open() {
    // SQLite's own files take over the mode of this one.
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        throw StorageError(fmt::format("{} cannot be written: {}", path_, strerror(errno)),
                           kWayOut);
    }
    close(file);
    file_ = std::make_unique<Sqlite>(path_);
    file_->set_patience_ms(kPatience_ms);
    const std::int64_t application = file_->number("PRAGMA application_id");
    const std::int64_t tables = file_->number("SELECT count(*) FROM sqlite_master");
    const std::int64_t schema = file_->number("PRAGMA user_version");
    if (tables > 0 && application != kApplication) {
        throw StorageError(fmt::format("{} is a data base of another program", path_), kWayOut);
    }
    if (schema > kSchema) {
        throw StorageError(
            fmt::format("{} was written by a newer spallocd (tables of version {}, this one knows "
                        "version {})",
                        path_, schema, kSchema),
            "Install that one again, or choose another path with --database.");
    }
    // With a write-ahead log, NORMAL loses nothing when the process is killed: what is committed is
    // with the kernel. Only a power failure may take the last commits back, and with them goes
    // every board and client of this computer. It spares a flush of the disk a command.
    file_->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (tables > 0) return;
    file_->execute("BEGIN IMMEDIATE");
    file_->execute(kTables);
    file_->execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                               kApplication, kSchema)
                       .c_str());
}

Saved Database::load() {
    Saved saved;
    Statement jobs(*file_, "SELECT * FROM jobs ORDER BY id");
    while (jobs.step()) {
        JobRecord job;
        job.id = jobs.integer(0);
        job.uid = jobs.integer(1);
        job.user = jobs.text(2);
        job.owner = jobs.text(3);
        job.keepalive_s = jobs.optional_real(4);
        job.args_json = jobs.text(5);
        job.kwargs_json = jobs.text(6);
        job.start_unix_s = jobs.real(7);
        job.host = jobs.text(8);
        job.machine = jobs.text(9);
        job.shape = jobs.text(10);
        job.boards_json = jobs.text(11);
        job.addresses_json = jobs.text(12);
        job.wraps_x = jobs.integer(13) != 0;
        job.wraps_y = jobs.integer(14) != 0;
        job.power = jobs.integer(15) != 0;
        job.allocated_unix_s = jobs.real(16);
        saved.jobs.push_back(std::move(job));
    }
    Statement history(*file_, "SELECT * FROM history ORDER BY end_time DESC, id DESC LIMIT ?1");
    history.set(static_cast<std::int64_t>(spinnlab::alloc::kDestroyedRemembered));
    while (history.step()) {
        EndedJob job;
        job.id = history.integer(0);
        job.uid = history.integer(1);
        job.user = history.text(2);
        job.owner = history.text(3);
        job.machine = history.text(4);
        job.boards = history.integer(5);
        job.start_unix_s = history.real(6);
        job.allocated_unix_s = history.real(7);
        job.end_unix_s = history.real(8);
        if (!history.is_null(9)) job.reason = history.text(9);
        saved.ended.push_back(std::move(job));
    }
    std::reverse(saved.ended.begin(), saved.ended.end());
    Statement usage(*file_, "SELECT * FROM usage");
    while (usage.step()) saved.ended_board_s[usage.text(0)] = usage.real(1);
    Statement quotas(*file_, "SELECT * FROM quotas");
    while (quotas.step()) {
        saved.quotas[quotas.text(0)] = {quotas.optional_integer(1), quotas.optional_integer(2),
                                        quotas.optional_real(3), quotas.optional_integer(4)};
    }
    saved.next_id = std::max<std::int64_t>(
        1, file_->number("SELECT value FROM counters WHERE name = 'next_id'"));
    return saved;
}

void Database::commit(const Batch& batch) {
    file_->set_patience_ms(locked_out_ ? 0 : kPatience_ms);
    try {
        statements_->begin.run();
        locked_out_ = false;
        write(batch);
        statements_->commit.run();
    } catch (const StorageError&) {
        const int code = sqlite3_errcode(file_->handle());
        locked_out_ = code == SQLITE_BUSY || code == SQLITE_LOCKED;
        // Some failures have rolled back already.
        if (sqlite3_get_autocommit(file_->handle()) == 0) file_->execute("ROLLBACK");
        throw;
    }
}

void Database::write(const Batch& batch) {
    for (const JobRecord& job : batch.jobs) {
        statements_->job.run(job.id, job.uid, job.user, job.owner, job.keepalive_s, job.args_json,
                             job.kwargs_json, job.start_unix_s, job.host, job.machine, job.shape,
                             job.boards_json, job.addresses_json, job.wraps_x, job.wraps_y,
                             job.power, job.allocated_unix_s);
    }
    for (const EndedJob& job : batch.ended) {
        statements_->no_job.run(job.id);
        statements_->ended.run(job.id, job.uid, job.user, job.owner, job.machine, job.boards,
                               job.start_unix_s, job.allocated_unix_s, job.end_unix_s, job.reason);
    }
    for (const auto& [user, board_s] : batch.ended_board_s) {
        statements_->usage.run(user, board_s);
    }
    for (const auto& [user, quota] : batch.quotas) {
        if (quota.empty()) {
            statements_->no_quota.run(user);
        } else {
            statements_->quota.run(user, quota.boards, quota.jobs, quota.board_seconds,
                                   quota.priority);
        }
    }
    for (const AuditEntry& entry : batch.audit) {
        statements_->audit.run(entry.unix_s, entry.uid, entry.user, entry.action, entry.job,
                               entry.detail);
    }
    if (batch.next_id) statements_->counter.run(std::string("next_id"), *batch.next_id);
}

void Database::prune(double now_unix_s) {
    Statement history(*file_, "DELETE FROM history WHERE end_time < ?1");
    history.run(now_unix_s - kKeepEnded_s);
    Statement audit(*file_, "DELETE FROM audit WHERE time < ?1");
    audit.run(now_unix_s - kKeepAudit_s);
}

}  // namespace spallocd
