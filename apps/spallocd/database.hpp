// SPDX-License-Identifier: Apache-2.0
// The data base in which jobs, quotas and usage outlive the daemon.
#pragma once

#include <memory>
#include <string>

#include "spinnlab/alloc/store.hpp"
#include "sqlite.hpp"

namespace spallocd {

/// Held by one daemon at a time: PATH.lock is locked as long as the object lives. Other programs
/// may read it meanwhile, with any SQLite.
class Database final : public spinnlab::alloc::Store {
 public:
    /// Opens the file, or makes it, for its owner alone. Throws StorageError, and leaves the file
    /// as it is, when another daemon holds it, it is no data base of spallocd, or one of a newer
    /// one.
    explicit Database(const std::string& path);
    ~Database() override;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] spinnlab::alloc::Saved load();
    void commit(const spinnlab::alloc::Batch& batch) override;
    /// Forgets ended jobs and what was noted too long ago.
    void prune(double now_unix_s);

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    struct Statements;

    void lock();
    void open();
    void write(const spinnlab::alloc::Batch& batch);

    std::string path_;
    int lock_ = -1;
    std::unique_ptr<Sqlite> file_;
    std::unique_ptr<Statements> statements_;
    bool locked_out_ = false;  ///< the last commit found it locked
};

}  // namespace spallocd
