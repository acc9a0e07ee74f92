// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/rest/secrets.hpp"

#include <gtest/gtest.h>

#include "spinnlab/alloc/rest/sessions.hpp"
#include "spinnlab/alloc/rest/users.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc::rest {
namespace {

TEST(Passwords, MatchTheirHashOnly) {
    const std::string hash = hash_password("difference engine");
    EXPECT_TRUE(hash.starts_with("$y$"));
    EXPECT_TRUE(is_password_hash(hash));
    EXPECT_NE(hash, hash_password("difference engine")) << "each has a salt of its own";
    EXPECT_TRUE(password_matches("difference engine", hash));
    EXPECT_FALSE(password_matches("difference engines", hash));
    EXPECT_FALSE(password_matches("", hash));
    EXPECT_FALSE(password_matches(std::string("difference engine\0x", 19), hash));
    EXPECT_FALSE(password_matches(std::string(10'000, 'x'), hash));
    EXPECT_FALSE(password_matches("x", "no hash"));
}

TEST(Passwords, ShortOnesAreNotHashed) {
    EXPECT_THROW((void)hash_password("short"), AllocationError);
    EXPECT_THROW((void)hash_password(std::string("zero\0byte", 9)), AllocationError);
    EXPECT_THROW(require_strong_token("password"), AllocationError);
    EXPECT_NO_THROW(require_strong_token(random_token()));
}

TEST(Tokens, AreRandomAndHashed) {
    EXPECT_EQ(random_token().size(), 64u);
    EXPECT_NE(random_token(), random_token());
    EXPECT_EQ(hash_token("abc"),
              "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(same_secret("abc", "abc"));
    EXPECT_FALSE(same_secret("abc", "abd"));
    EXPECT_FALSE(same_secret("abc", "ab"));
    EXPECT_FALSE(is_password_hash("secret"));
    EXPECT_FALSE(is_password_hash("$q$nothing"));
}

TEST(Users, AreReadFromLines) {
    const std::string hash = hash_password("difference engine");
    const std::string token = random_token();
    const Users users = Users::parse(
        "# comment\n\n  ada user " + hash + "\nroot admin " + hash_token(token) + " " + hash + "\n",
        "users");
    ASSERT_NE(users.find("ada"), nullptr);
    EXPECT_EQ(users.find("ada")->identity.role, Role::User);
    EXPECT_EQ(users.find("root")->password_hash, hash);
    EXPECT_EQ(users.by_token(token), (Identity{"root", Role::Admin}));
    EXPECT_FALSE(users.by_token("x"));
    EXPECT_FALSE(users.by_token(""));
    EXPECT_EQ(users.find("bob"), nullptr);
}

TEST(Users, WrongLinesAreNamedWithoutTheirSecrets) {
    const std::string hash = hash_token("abc");
    for (const std::string& bad :
         {std::string(), std::string("ada user"), "ada king " + hash, "a/b user " + hash,
          std::string("ada user password1"), "ada user " + hash + " " + hash,
          "ada user " + hash + " x y", "ada user " + hash + "\nbob user " + hash,
          std::string("ada user sha256:abc")}) {
        try {
            (void)Users::parse(bad, "users");
            ADD_FAILURE() << bad;
        } catch (const AllocationError& error) {
            EXPECT_NE(std::string(error.what()).find("users"), std::string::npos);
            EXPECT_EQ(std::string(error.what()).find("password1"), std::string::npos);
        }
    }
}

TEST(Sessions, EndWithoutRequests) {
    Sessions sessions;
    const std::string cookie = sessions.open(Identity{"ada", Role::User}, 0);
    const std::string form = sessions.open(std::nullopt, 0);
    ASSERT_NE(sessions.find(cookie, 0), nullptr);
    EXPECT_EQ(sessions.find(cookie, 0)->csrf.size(), 64u);
    EXPECT_FALSE(sessions.find(form, 0)->identity);
    EXPECT_NE(sessions.find(cookie, kSession_s - 1), nullptr);
    EXPECT_NE(sessions.find(cookie, 2 * kSession_s - 2), nullptr) << "each request prolongs it";
    EXPECT_EQ(sessions.find(cookie, 3 * kSession_s), nullptr);
    EXPECT_EQ(sessions.find(form, kLoginForm_s + 1), nullptr);
    EXPECT_EQ(sessions.find("", 0), nullptr);
    const std::string other = sessions.open(Identity{"ada", Role::User}, 0);
    sessions.close(other);
    EXPECT_EQ(sessions.find(other, 0), nullptr);
}

TEST(Sessions, FormsDoNotPushOutThoseWhoSignedIn) {
    Sessions sessions;
    const std::string cookie = sessions.open(Identity{"ada", Role::User}, 0);
    const std::string first = sessions.open(std::nullopt, 1);
    for (std::size_t i = 0; i < kMostForms; ++i) (void)sessions.open(std::nullopt, 2);
    EXPECT_EQ(sessions.find(first, 3), nullptr);
    EXPECT_NE(sessions.find(cookie, 3), nullptr);
}

TEST(Attempts, FiveWrongOnesLockForTenMinutes) {
    Attempts attempts;
    for (int i = 0; i < kMostFailures; ++i) {
        EXPECT_EQ(attempts.locked_s("ada", i), 0);
        attempts.failed("ada", i);
    }
    EXPECT_DOUBLE_EQ(attempts.locked_s("ada", 4), kLocked_s);
    EXPECT_EQ(attempts.locked_s("bob", 4), 0);
    EXPECT_EQ(attempts.locked_s("ada", 4 + kLocked_s), 0);
    attempts.failed("ada", 5 + kLocked_s);
    EXPECT_EQ(attempts.locked_s("ada", 5 + kLocked_s), 0) << "counting starts anew";
    attempts.succeeded("ada");
    EXPECT_EQ(attempts.locked_s("ada", 5 + kLocked_s), 0);
}

}  // namespace
}  // namespace spinnlab::alloc::rest
