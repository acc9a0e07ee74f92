// SPDX-License-Identifier: Apache-2.0
// Random tokens, hashes of passwords and tokens, and comparisons that take the same time whatever
// they find.
#pragma once

#include <string>
#include <string_view>

namespace spinnlab::alloc::rest {

inline constexpr std::size_t kShortestPassword = 8;   ///< characters, when one is hashed
inline constexpr std::size_t kLongestPassword = 512;  ///< bytes that are looked at
inline constexpr std::size_t kShortestToken = 32;     ///< characters of a bearer token

/// 32 random bytes from the system in hexadecimal. Throws RunError when it gives none.
[[nodiscard]] std::string random_token();
/// yescrypt of a fresh salt, "$y$...". Takes about a tenth of a second, on purpose. Throws
/// AllocationError for a password that is too short, too long or has a zero byte.
[[nodiscard]] std::string hash_password(const std::string& password);
/// Whether `hash`, of any method that crypt(3) knows, is that of `password`. As slow as hashing.
[[nodiscard]] bool password_matches(const std::string& password, const std::string& hash);
/// Whether crypt(3) takes the text for a hash that is still safe to use.
[[nodiscard]] bool is_password_hash(const std::string& text);
/// "sha256:HEX": tokens are random, so they need no slow hash.
[[nodiscard]] std::string hash_token(std::string_view token);
/// Throws AllocationError for a token that is too short to be random.
void require_strong_token(std::string_view token);
/// Constant time for texts of the same length.
[[nodiscard]] bool same_secret(std::string_view first, std::string_view second);

}  // namespace spinnlab::alloc::rest
