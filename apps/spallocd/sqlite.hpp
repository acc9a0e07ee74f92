// SPDX-License-Identifier: Apache-2.0
// The little of SQLite's C interface that the daemon needs, with ends of life and errors.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spallocd {

/// An open file. Every failure is a StorageError that names the file.
class Sqlite {
 public:
    /// Opens or makes the file.
    explicit Sqlite(const std::string& path);
    ~Sqlite();
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;

    /// Runs statements that return nothing.
    void execute(const char* statements);
    /// The one number that a statement returns.
    [[nodiscard]] std::int64_t number(const char* statement);
    /// How long a command waits for another program's lock.
    void set_patience_ms(int patience_ms) { sqlite3_busy_timeout(handle_, patience_ms); }

    [[noreturn]] void fail(std::string_view doing) const;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] sqlite3* handle() const { return handle_; }

 private:
    std::string path_;
    sqlite3* handle_ = nullptr;
};

/// A compiled statement, for as often as it is wanted.
class Statement {
 public:
    Statement(Sqlite& database, const char* text);
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds the values to ?1, ?2, ...
    template <class... Values>
    void set(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
    }
    /// The same, and runs a statement that returns nothing.
    template <class... Values>
    void run(const Values&... values) {
        set(values...);
        while (step()) {
        }
    }
    /// True while there is a row; afterwards the statement can be used anew.
    [[nodiscard]] bool step();

    [[nodiscard]] std::int64_t integer(int column) const {
        return sqlite3_column_int64(handle_, column);
    }
    [[nodiscard]] double real(int column) const { return sqlite3_column_double(handle_, column); }
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] bool is_null(int column) const {
        return sqlite3_column_type(handle_, column) == SQLITE_NULL;
    }
    [[nodiscard]] std::optional<double> optional_real(int column) const {
        return is_null(column) ? std::nullopt : std::optional(real(column));
    }
    [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }

 private:
    void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_, index, value); }
    void bind(int index, bool value) { sqlite3_bind_int64(handle_, index, value ? 1 : 0); }
    void bind(int index, double value) { sqlite3_bind_double(handle_, index, value); }
    void bind(int index, const std::string& value);
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, *value);
        } else {
            sqlite3_bind_null(handle_, index);
        }
    }

    Sqlite& database_;
    sqlite3_stmt* handle_ = nullptr;
};

}  // namespace spallocd
