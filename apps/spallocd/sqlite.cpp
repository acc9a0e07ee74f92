// SPDX-License-Identifier: Apache-2.0
#include "sqlite.hpp"

#include <fmt/format.h>

#include "spinnlab/alloc/store.hpp"

namespace spallocd {
namespace {

const char* way_out(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "Another program has locked it: end that, or try again.";
        case SQLITE_FULL: return "Make room on its disk, or raise the limit on file sizes.";
        case SQLITE_IOERR: return "Look after its disk, which may be full or broken.";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN: return "Choose a file that can be written, with --database.";
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT: return "Remove it to start without jobs, or choose another file.";
        default: return "Choose another file with --database.";
    }
}

}  // namespace

Sqlite::Sqlite(const std::string& path) : path_(path) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
        try {
            fail("opened");
        } catch (...) {
            sqlite3_close(handle_);
            throw;
        }
    }
}

Sqlite::~Sqlite() { sqlite3_close(handle_); }

void Sqlite::fail(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(handle_);
    throw spinnlab::alloc::StorageError(
        fmt::format("the data base {} cannot be {}: {}", path_, doing, sqlite3_errmsg(handle_)),
        way_out(code));
}

void Sqlite::execute(const char* statements) {
    if (sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr) != SQLITE_OK) fail("used");
}

std::int64_t Sqlite::number(const char* statement) {
    Statement query(*this, statement);
    std::int64_t value = 0;
    while (query.step()) value = query.integer(0);
    return value;
}

Statement::Statement(Sqlite& database, const char* text) : database_(database) {
    if (sqlite3_prepare_v2(database.handle(), text, -1, &handle_, nullptr) != SQLITE_OK) {
        database.fail("used");
    }
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(handle_);
    if (code != SQLITE_DONE)
        database_.fail(sqlite3_stmt_readonly(handle_) != 0 ? "read" : "written");
    return false;
}

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::bind(int index, const std::string& value) {
    sqlite3_bind_text(handle_, index, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
}

}  // namespace spallocd
