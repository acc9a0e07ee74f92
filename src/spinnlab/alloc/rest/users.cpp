// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/users.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "spinnlab/alloc/rest/secrets.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::rest {
namespace {

constexpr const char* kLineWayOut =
    "A line is NAME ROLE HASH [HASH]: ROLE is reader, user or admin; hashes are printed by "
    "spallocd --hash-password and spallocd --hash-token.";

std::optional<Role> role_of(std::string_view text) {
    if (text == "reader") return Role::Reader;
    if (text == "user") return Role::User;
    if (text == "admin") return Role::Admin;
    return std::nullopt;
}

bool is_name(std::string_view text) {
    return text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("._@+-").find(c) != std::string_view::npos;
           });
}

bool is_token_hash(std::string_view text) {
    return text.starts_with("sha256:") && text.size() == 7 + 64 &&
           text.substr(7).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Users Users::parse(std::string_view text, const std::string& source) {
    Users users;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::istringstream split(line);
        std::vector<std::string> words;
        for (std::string word; split >> word;) words.push_back(word);
        if (words.empty() || words[0].starts_with('#')) continue;
        const auto wrong = [&](const std::string& what) {
            return AllocationError(fmt::format("{} line {}: {}", source, number, what),
                                   kLineWayOut);
        };
        if (words.size() < 3 || words.size() > 4) {
            throw wrong(fmt::format("{} words", words.size()));
        }
        User user;
        user.identity.name = words[0];
        if (!is_name(words[0])) throw wrong("a name has letters, digits and . _ @ + - only");
        const auto role = role_of(words[1]);
        if (!role) throw wrong(fmt::format("no role is called \"{}\"", words[1]));
        user.identity.role = *role;
        for (std::size_t i = 2; i < words.size(); ++i) {
            // The words themselves are not told: one may be a password by mistake.
            std::string& place = is_token_hash(words[i]) ? user.token_hash : user.password_hash;
            if (!place.empty()) throw wrong("two hashes of one kind");
            if (&place == &user.password_hash && !is_password_hash(words[i])) {
                throw wrong(fmt::format("word {} is no hash", i + 1));
            }
            place = words[i];
        }
        if (!user.token_hash.empty() &&
            !users.tokens_.emplace(user.token_hash, user.identity).second) {
            throw wrong("somebody else has the same token");
        }
        if (!users.users_.emplace(words[0], std::move(user)).second) {
            throw wrong(fmt::format("the user {} was named before", words[0]));
        }
    }
    if (users.users_.empty()) {
        throw AllocationError(fmt::format("{} names no users", source), kLineWayOut);
    }
    return users;
}

const User* Users::find(const std::string& name) const {
    const auto user = users_.find(name);
    return user == users_.end() ? nullptr : &user->second;
}

std::optional<Identity> Users::by_token(std::string_view token) const {
    // Looked up by its hash, which tells nothing of the token whatever time that takes.
    const auto found = tokens_.find(hash_token(token));
    if (found == tokens_.end()) return std::nullopt;
    return found->second;
}

}  // namespace spinnlab::alloc::rest
