// SPDX-License-Identifier: Apache-2.0
// The quirks of delayed rows, as sPyNNaker 7.4.1 showed them on emulated boards.
#include "spinnlab/engine/delayed_rows.hpp"

#include <gtest/gtest.h>

namespace spinnlab::engine {
namespace {

/// 12 sources, four a core, three stages, 100 neurons on a core of the targets.
constexpr DelayedRows kGenerated{12, 4, 3, 100, true};
constexpr DelayedRows kListed{12, 4, 3, 4, false};

TEST(DelayedRows, WhatIsFiledRightlyIsSentByItsOwnSourceInItsOwnStage) {
    for (std::uint32_t source = 0; source < 12; ++source) {
        for (std::uint32_t stage = 1; stage <= 3; ++stage) {
            const DelayedSource at{source, stage};
            EXPECT_EQ(kListed.sender(*kListed.row(at)), at);
            if (source == 0 || source % 4 != 0) {
                EXPECT_EQ(kGenerated.sender(*kGenerated.row(at)), at);
            }
        }
    }
}

TEST(DelayedRows, TheFirstSourceOfACoreIsFiledWithTheCoreBefore) {
    const auto sender = [](DelayedSource at) { return kGenerated.sender(*kGenerated.row(at)); };
    EXPECT_EQ(sender({4, 1}), (DelayedSource{0, 2}));
    EXPECT_EQ(sender({8, 2}), (DelayedSource{4, 3}));
    EXPECT_EQ(sender({4, 3}), (DelayedSource{4, 1}));
    EXPECT_EQ(sender({8, 3}), (DelayedSource{8, 1}));
}

TEST(DelayedRows, TheHostReadsThemAsOfOneCore) {
    const auto read = [](DelayedSource at) { return kGenerated.as_read(*kGenerated.row(at)); };
    EXPECT_EQ(read({0, 3}), (DelayedSource{8, 1}));
    EXPECT_EQ(read({1, 3}), (DelayedSource{9, 1}));
    EXPECT_EQ(read({4, 3}), (DelayedSource{0, 2}));
}

TEST(DelayedRows, ListsLoseWhatALastSmallerCoreHasNoRowsFor) {
    constexpr DelayedRows rows{250, 100, 3, 100, false};
    EXPECT_EQ(rows.sender(*rows.row({210, 1})), (DelayedSource{210, 1}));
    EXPECT_EQ(rows.sender(*rows.row({210, 2})), (DelayedSource{210, 3}));
    EXPECT_EQ(rows.row({210, 3}), std::nullopt);
}

TEST(DelayedRows, WithOneStageOrOneCoreNothingIsMisfiled) {
    EXPECT_FALSE((DelayedRows{12, 4, 1, 4, true}.are_split()));
    EXPECT_FALSE((DelayedRows{12, 12, 3, 12, false}.are_split()));
    EXPECT_FALSE((DelayedRows{12, 12, 3, 4, true}.are_split()));
    EXPECT_TRUE((DelayedRows{12, 12, 3, 4, false}.are_split()));
}

}  // namespace
}  // namespace spinnlab::engine
