// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/users.hpp"

#include <gtest/gtest.h>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

TEST(Users, AQuotaIsReadInAnyOrderAndSaidInWords) {
    const auto [user, quota] =
        parse_user_quota("priority=-2,user=alice,board-seconds=3600.5,boards=6,jobs=4");
    EXPECT_EQ(user, "alice");
    EXPECT_EQ(quota, (Quota{6, 4, 3600.5, -2}));
    EXPECT_EQ(in_words(quota), "6 boards, 4 jobs, 3600.5 board-seconds, priority -2");
    EXPECT_EQ(parse_quota(""), Quota{});
    EXPECT_EQ(in_words({}), "no limit of its own");
}

TEST(Users, AQuotaThatSaysNothingKnownIsRefusedWithTheWayOut) {
    for (const char* const text :
         {"boards", "boards=", "boards=six", "boards=6x", "boards=-1", "jobs=1.5", "frobs=1",
          "boards=99999999999999999999", "board-seconds=nan", "board-seconds=-1", ",", "user=a"}) {
        try {
            (void)parse_quota(text);
            ADD_FAILURE() << "taken: " << text;
        } catch (const AllocationError& error) {
            EXPECT_FALSE(error.way_out().empty()) << text;
        }
    }
    EXPECT_THROW((void)parse_user_quota("boards=6"), AllocationError);
}

TEST(Users, TheLastLayerThatSaysSomethingCounts) {
    Users users({.everybody = {.boards = 3, .jobs = 2}, .users = {{"alice", {.boards = 6}}}});
    EXPECT_EQ(users.quota("bob"), (Quota{.boards = 3, .jobs = 2}));
    EXPECT_EQ(users.quota("alice"), (Quota{.boards = 6, .jobs = 2}));
    users.set_by_admin("alice", {.jobs = 9});
    EXPECT_EQ(users.quota("alice"), (Quota{.boards = 6, .jobs = 9}));
    users.set_by_admin("alice", {});
    EXPECT_EQ(users.quota("alice"), (Quota{.boards = 6, .jobs = 2}));
}

TEST(Users, BoardSecondsCountFromTheMomentBoardsAreGiven) {
    Users users({.everybody = {.board_seconds = 100}, .users = {}});
    Use& use = users.use("ada");
    use.take(3, 10);
    use.take(1, 20);
    EXPECT_DOUBLE_EQ(use.board_s(30), 3 * 20 + 1 * 10);
    use.give_back(3, 10, 30);
    EXPECT_DOUBLE_EQ(use.board_s(35), 3 * 20 + 1 * 15);
    EXPECT_DOUBLE_EQ(*users.next_used_up_s(), 60);  // 60 + (t - 20) = 100
    EXPECT_FALSE(users.used_up("ada", 59.9));
    EXPECT_TRUE(users.used_up("ada", 60));
    EXPECT_EQ(users.used_in_words("ada", 60), "ada has used 100.0 of 100 board-seconds");
    use.give_back(1, 20, 60);
    EXPECT_FALSE(users.next_used_up_s());
    EXPECT_TRUE(users.used_up("ada", 1000)) << "for good";
}

}  // namespace
}  // namespace spinnlab::alloc
