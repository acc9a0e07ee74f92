// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/machine/board_geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine {
namespace {

/// The rule the table must agree with: a chip belongs to the board whose centre is nearest in the
/// hexagonal metric, the centre being (3.6, 3.4) from its Ethernet chip (SpiNNMachine,
/// spinnaker_triad_geometry.py).
ChipXY nearest_root(ChipXY chip) {
    double nearest = 1e9;
    ChipXY found;
    for (const ChipXY root : kTriadRoots) {
        for (const int x_shift : {-kTriadSize, 0, kTriadSize}) {
            for (const int y_shift : {-kTriadSize, 0, kTriadSize}) {
                const double dx = chip.x - (root.x + x_shift + 3.6);
                const double dy = chip.y - (root.y + y_shift + 3.4);
                const double distance = std::max({std::abs(dx), std::abs(dy), std::abs(dx - dy)});
                if (distance >= nearest) continue;
                nearest = distance;
                found = {root.x + x_shift, root.y + y_shift};
            }
        }
    }
    return found;
}

TEST(BoardGeometry, LocalCoordinatesFollowTheHexagonalMetric) {
    for (int x = 0; x < 2 * kTriadSize; ++x) {
        for (int y = 0; y < 2 * kTriadSize; ++y) {
            const ChipXY root = nearest_root({x % kTriadSize, y % kTriadSize});
            const ChipXY expected{x % kTriadSize - root.x, y % kTriadSize - root.y};
            EXPECT_EQ(local_on_triad({x, y}), expected) << x << ',' << y;
        }
    }
}

TEST(BoardGeometry, ABoardHas48ChipsOfWhichEightHave17Cores) {
    const auto chips = board_chips(5);
    EXPECT_EQ(chips.size(), 48u);
    EXPECT_TRUE(std::is_sorted(chips.begin(), chips.end()));
    std::set<ChipXY> with_17;
    int cores = 0;
    for (const ChipXY chip : chips) {
        cores += default_cores(5, chip);
        if (default_cores(5, chip) == 17) with_17.insert(chip);
    }
    EXPECT_EQ(cores, 856);
    const std::set<ChipXY> published = {{1, 1}, {1, 3}, {3, 1}, {3, 3},
                                        {3, 5}, {5, 2}, {5, 4}, {5, 6}};
    EXPECT_EQ(with_17, published);
}

TEST(BoardGeometry, ASmallBoardHasFourChipsOf18Cores) {
    EXPECT_EQ(board_chips(3).size(), 4u);
    EXPECT_EQ(default_cores(3, {1, 1}), 18);
}

TEST(BoardGeometry, EthernetChipsFollowTheDivisibilityRule) {
    const Extent torus{5, 48, 24};
    const std::vector<ChipXY> ethernets = all_ethernet_chips(torus);
    std::vector<ChipXY> by_rule;
    for (int x = 0; x < torus.width; ++x) {
        for (int y = 0; y < torus.height; ++y) {
            if (x % 4 == 0 && (x + y) % 12 == 0) by_rule.push_back({x, y});
        }
    }
    EXPECT_EQ(ethernets, by_rule);
    EXPECT_EQ(ethernets.size(), 24u);
}

TEST(BoardGeometry, AxesWrapAtMultiplesOf12Only) {
    EXPECT_EQ((Extent{5, 24, 16}).wrapped({-1, -1}), (ChipXY{23, -1}));
    EXPECT_EQ((Extent{5, 16, 24}).wrapped({16, 24}), (ChipXY{16, 0}));
    EXPECT_EQ((Extent{3, 2, 2}).wrapped({2, -1}), (ChipXY{0, 1}));
}

TEST(BoardGeometry, RefusesSizesThatNoMachineHas) {
    for (const Extent extent :
         {Extent{5, 8, 12}, Extent{5, 12, 8}, Extent{5, 13, 12}, Extent{5, 4, 4}, Extent{5, 0, 0},
          Extent{5, -12, -12}, Extent{5, 264, 240}, Extent{3, 8, 8}, Extent{5, 2, 2},
          Extent{4, 8, 8}}) {
        EXPECT_THROW(require_valid(extent), MachineError)
            << extent.version << ' ' << extent.width << 'x' << extent.height;
    }
    for (const Extent extent : {Extent{3, 2, 2}, Extent{5, 8, 8}, Extent{5, 12, 16},
                                Extent{5, 20, 24}, Extent{5, 252, 256}}) {
        EXPECT_NO_THROW(require_valid(extent)) << extent.width << 'x' << extent.height;
    }
}

}  // namespace
}  // namespace spinnlab::machine
