// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/secrets.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <memory>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::rest {
namespace {

/// The work of one hash doubles with each step; 5 is libxcrypt's own choice.
constexpr unsigned long kYescryptCost = 5;

template <class Bytes>
std::string hexadecimal(const Bytes& bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

/// The result of crypt(3); empty when it fails. Its working memory is 32 KiB: not on the stack.
std::string crypted(const std::string& password, const std::string& setting) {
    const auto memory = std::make_unique<crypt_data>();
    const char* result = crypt_r(password.c_str(), setting.c_str(), memory.get());
    std::string text = result == nullptr || result[0] == '*' ? "" : result;
    OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
    return text;
}

}  // namespace

std::string random_token() {
    std::array<std::uint8_t, 32> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw RunError("the system gives no random numbers", "Look at getrandom(2).");
    }
    return hexadecimal(bytes);
}

std::string hash_password(const std::string& password) {
    if (password.size() < kShortestPassword || password.size() > kLongestPassword ||
        password.find('\0') != std::string::npos) {
        throw AllocationError(fmt::format("a password of {} characters", password.size()),
                              fmt::format("Choose one of {} to {}, without zero bytes.",
                                          kShortestPassword, kLongestPassword));
    }
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    if (crypt_gensalt_rn("$y$", kYescryptCost, nullptr, 0, setting.data(), setting.size()) ==
        nullptr) {
        throw RunError("crypt(3) has no yescrypt", "Install libxcrypt 4.4 or later.");
    }
    std::string hash = crypted(password, setting.data());
    if (hash.empty()) throw RunError("crypt(3) failed", "Look at the memory that is left.");
    return hash;
}

bool password_matches(const std::string& password, const std::string& hash) {
    if (password.size() > kLongestPassword || password.find('\0') != std::string::npos) {
        return false;
    }
    const std::string result = crypted(password, hash);
    return !result.empty() && same_secret(result, hash);
}

bool is_password_hash(const std::string& text) {
    return text.starts_with('$') && crypt_checksalt(text.c_str()) == CRYPT_SALT_OK;
}

std::string hash_token(std::string_view token) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    return "sha256:" + hexadecimal(digest);
}

void require_strong_token(std::string_view token) {
    if (token.size() < kShortestToken) {
        throw AllocationError(
            fmt::format("a token of {} characters", token.size()),
            fmt::format("Make one of at least {}: openssl rand -hex 32.", kShortestToken));
    }
}

bool same_secret(std::string_view first, std::string_view second) {
    return first.size() == second.size() &&
           CRYPTO_memcmp(first.data(), second.data(), first.size()) == 0;
}

}  // namespace spinnlab::alloc::rest
