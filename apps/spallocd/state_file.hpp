// SPDX-License-Identifier: Apache-2.0
// The file in which jobs outlive the daemon.
#pragma once

#include <optional>
#include <string>

namespace spallocd {

/// Held by one daemon at a time: PATH.lock is locked as long as the object lives.
class StateFile {
 public:
    /// Throws RunError when another daemon holds the file or the folder cannot be written.
    explicit StateFile(std::string path);
    ~StateFile();
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;

    /// Nothing when there is no file yet. Throws RunError when it cannot be read.
    [[nodiscard]] std::optional<std::string> read() const;
    /// Replaces the contents in one step: a reader sees the old text or the new one. Throws
    /// RunError.
    void write(const std::string& text) const;

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    std::string path_;
    int lock_ = -1;
};

}  // namespace spallocd
