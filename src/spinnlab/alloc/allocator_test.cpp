// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/allocator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>

namespace spinnlab::alloc {
namespace {

BoardRequest boards(std::int64_t n, double min_ratio = 0.0) {
    BoardRequest request;
    request.what = BoardCount{n, min_ratio};
    request.max_dead_boards = 0;
    return request;
}

BoardRequest rectangle(std::int64_t width, std::int64_t height) {
    BoardRequest request;
    request.what = TriadRectangle{width, height};
    request.max_dead_boards = 0;
    return request;
}

BoardRequest named(std::int64_t x, std::int64_t y, std::int64_t z) {
    BoardRequest request;
    request.what = NamedBoard{x, y, z};
    return request;
}

BoardRequest any() { return {}; }

struct Machine {
    explicit Machine(std::string_view text)
        : installation(parse_installation(text)), allocator(installation) {}
    Installation installation;
    Allocator allocator;
};

TEST(Allocator, OneBoardIsEightByEightFromItsRoot) {
    Machine m("m=cabinet");
    const auto allocation = m.allocator.allocate(named(3, 2, 1));
    ASSERT_TRUE(allocation);
    EXPECT_EQ(allocation->boards, (std::vector<BoardXYZ>{{3, 2, 1}}));
    EXPECT_EQ(allocation->size_in_chips(), (ChipXY{8, 8}));
    EXPECT_EQ(allocation->job_chip({3, 2, 1}), (ChipXY{0, 0}));
    EXPECT_FALSE(m.allocator.allocate(named(3, 2, 1)));
    EXPECT_TRUE(m.allocator.allocate(named(3, 2, 0)));
}

TEST(Allocator, FourBoardsAreTwoTriadsWithoutWrapAround) {
    Machine m("m=cabinet");
    const auto allocation = m.allocator.allocate(boards(4));
    ASSERT_TRUE(allocation);
    EXPECT_EQ(allocation->boards.size(), 6u);
    EXPECT_EQ(allocation->size_in_chips(), (ChipXY{16, 28}));
    const BoardXYZ root = allocation->root();
    EXPECT_EQ(root.z, 0);
    EXPECT_EQ(allocation->job_chip({root.x, root.y + 1, 2}), (ChipXY{4, 20}));
}

TEST(Allocator, WholeMachineIsATorusAndAStripWrapsOneWay) {
    Machine m("m=cabinet");
    BoardRequest torus = rectangle(8, 5);
    torus.require_torus = true;
    const auto all = m.allocator.allocate(torus);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size_in_chips(), (ChipXY{96, 60}));
    m.allocator.free(*all);
    const auto strip = m.allocator.allocate(rectangle(8, 2));
    ASSERT_TRUE(strip);
    EXPECT_EQ(strip->size_in_chips(), (ChipXY{96, 28}));
    torus.what = TriadRectangle{4, 5};
    EXPECT_FALSE(m.allocator.possible(torus));
}

TEST(Allocator, NoTorusOnAMachineWithEdges) {
    Machine m("m=28x16");
    BoardRequest torus = rectangle(2, 1);
    EXPECT_TRUE(m.allocator.possible(torus));
    torus.require_torus = true;
    EXPECT_FALSE(m.allocator.possible(torus));
}

TEST(Allocator, SingleBoardsShareTriads) {
    Machine m("m=cabinet");
    std::vector<Allocation> singles;
    for (int i = 0; i < 6; ++i) singles.push_back(*m.allocator.allocate(any()));
    EXPECT_EQ(m.allocator.free_triads(), 38);
    m.allocator.free(singles[0]);
    EXPECT_EQ(m.allocator.free_triads(), 38);
    const auto again = m.allocator.allocate(any());
    EXPECT_EQ(again->boards, singles[0].boards);
}

TEST(Allocator, EveryBoardCanBeHandedOutAlone) {
    Machine m("m=cabinet;dead_boards=0,0,0:5,3,1:5,3,2:5,3,0");
    std::set<BoardXYZ> seen;
    for (int i = 0; i < 116; ++i) {
        const auto allocation = m.allocator.allocate(any());
        ASSERT_TRUE(allocation);
        EXPECT_TRUE(seen.insert(allocation->root()).second);
    }
    EXPECT_FALSE(m.allocator.allocate(any()));
    EXPECT_TRUE(m.allocator.possible(any()));
}

TEST(Allocator, DeadBoardsCountAgainstTheLimit) {
    Machine m("m=12x12;dead_boards=0,0,1");
    EXPECT_FALSE(m.allocator.possible(boards(3)));
    EXPECT_TRUE(m.allocator.possible(boards(2)));  // over-allocation absorbs the dead board
    EXPECT_FALSE(m.allocator.possible(rectangle(1, 1)));
    BoardRequest patient = rectangle(1, 1);
    patient.max_dead_boards = 1;
    const auto allocation = m.allocator.allocate(patient);
    ASSERT_TRUE(allocation);
    EXPECT_EQ(allocation->boards, (std::vector<BoardXYZ>{{0, 0, 0}, {0, 0, 2}}));
}

TEST(Allocator, LargerRectangleMakesUpForDeadBoards) {
    // Every triad misses a board, so three boards take two triads.
    Machine m("m=36x24;dead_boards=0,0,1:1,0,1:2,0,1:0,1,1:1,1,1:2,1,1");
    const auto allocation = m.allocator.allocate(boards(3));
    ASSERT_TRUE(allocation);
    EXPECT_EQ(allocation->boards.size(), 4u);
}

TEST(Allocator, RootMustWork) {
    Machine m("m=16x16;dead_boards=0,0,0");
    BoardRequest careless = rectangle(1, 1);
    careless.max_dead_boards.reset();
    EXPECT_FALSE(m.allocator.possible(careless));
}

TEST(Allocator, UnreachableBoardsAreLeftOut) {
    // Both cables of (1, 0, 1) within the two triads are dead.
    Machine m("m=28x16;dead_links=1,0,1,3:1,0,1,4");
    BoardRequest request = rectangle(2, 1);
    EXPECT_FALSE(m.allocator.possible(request));
    request.max_dead_boards = 1;
    const auto allocation = m.allocator.allocate(request);
    ASSERT_TRUE(allocation);
    EXPECT_EQ(allocation->boards.size(), 5u);
    EXPECT_FALSE(std::binary_search(allocation->boards.begin(), allocation->boards.end(),
                                    BoardXYZ{1, 0, 1}));
    // It is reserved all the same: its triad belongs to the rectangle.
    EXPECT_FALSE(m.allocator.allocate(named(1, 0, 1)));
}

TEST(Allocator, DeadLinksCountOnceEachAndWrapsOnlyForATorus) {
    Machine m("m=12x12;dead_links=0,0,0,2:0,0,1,0");  // one within the triad, one around the edge
    BoardRequest request = rectangle(1, 1);
    request.max_dead_links = 0;
    EXPECT_FALSE(m.allocator.possible(request));
    request.max_dead_links = 1;
    EXPECT_TRUE(m.allocator.possible(request));
    request.require_torus = true;
    EXPECT_FALSE(m.allocator.possible(request));
    request.max_dead_links = 2;
    EXPECT_TRUE(m.allocator.possible(request));
}

TEST(Allocator, AbsurdNumbersAreImpossible) {
    Machine m("m=cabinet");
    for (const std::int64_t n :
         {std::int64_t{0}, std::int64_t{-5}, std::int64_t{121}, INT64_MAX, INT64_MIN}) {
        EXPECT_FALSE(m.allocator.possible(boards(n))) << n;
        EXPECT_FALSE(m.allocator.possible(rectangle(n, 1))) << n;
        EXPECT_FALSE(m.allocator.possible(rectangle(1, n))) << n;
        EXPECT_FALSE(m.allocator.possible(named(n, 0, 3))) << n;
    }
}

TEST(Allocator, RestoresWhatItGaveAndRefusesWhatIsTaken) {
    Machine before("m=cabinet");
    Allocation six = *before.allocator.allocate(boards(4));
    Allocation one = *before.allocator.allocate(any());
    Machine after("m=cabinet");
    EXPECT_TRUE(after.allocator.restore(six));
    EXPECT_TRUE(after.allocator.restore(one));
    EXPECT_FALSE(after.allocator.restore(one));
    Allocation overlapping = six;
    overlapping.boards.resize(4);
    EXPECT_FALSE(after.allocator.restore(overlapping));
    Allocation twice;
    twice.boards = {{7, 4, 0}, {7, 4, 0}};
    EXPECT_FALSE(after.allocator.restore(twice));
    Allocation elsewhere;
    elsewhere.boards = {{8, 0, 0}};
    EXPECT_FALSE(after.allocator.restore(elsewhere));
    EXPECT_EQ(after.allocator.free_triads(), before.allocator.free_triads());
    after.allocator.free(six);
    after.allocator.free(one);
    EXPECT_EQ(after.allocator.free_triads(), 40);
}

// A model that knows nothing of the allocator: who has which board.
class Model {
 public:
    explicit Model(const Machine& machine) : machine_(machine) {}

    void check(const BoardRequest& request, const Allocation& allocation) const {
        const Installation& on = machine_.installation;
        EXPECT_TRUE(std::is_sorted(allocation.boards.begin(), allocation.boards.end()));
        BoardXYZ last = allocation.root();
        for (const BoardXYZ& board : allocation.boards) {
            EXPECT_FALSE(owner_.contains(board)) << "handed out twice";
            EXPECT_TRUE(on.works(board));
            last = {std::max(last.x, board.x), std::max(last.y, board.y), 0};
        }
        const Shape shape = {last.x - allocation.root().x + 1, last.y - allocation.root().y + 1};
        const auto got = static_cast<std::int64_t>(allocation.boards.size());
        if (const auto* count = std::get_if<BoardCount>(&request.what)) {
            EXPECT_GE(got + request.max_dead_boards.value_or(count->boards), count->boards);
            if (on.dead_boards().empty() && on.dead_links().empty()) {
                EXPECT_GE(shape.ratio(), count->min_ratio);
                EXPECT_EQ(got, 3 * shape.area());
            }
        } else if (const auto* wanted = std::get_if<TriadRectangle>(&request.what)) {
            EXPECT_LE(shape.width, wanted->width);
            EXPECT_LE(shape.height, wanted->height);
            EXPECT_GE(got + request.max_dead_boards.value_or(1000),
                      3 * wanted->width * wanted->height);
        } else {
            EXPECT_EQ(got, 1);
        }
        if (got > 1) {
            EXPECT_EQ(allocation.root().z, 0);
            EXPECT_TRUE(connected(allocation));
        }
    }

    void take(const Allocation& allocation) {
        for (const BoardXYZ& board : allocation.boards) owner_[board] = allocation.id;
    }
    void free(const Allocation& allocation) {
        for (const BoardXYZ& board : allocation.boards) owner_.erase(board);
    }
    [[nodiscard]] std::size_t taken() const { return owner_.size(); }

 private:
    [[nodiscard]] bool connected(const Allocation& allocation) const {
        std::set<BoardXYZ> open(allocation.boards.begin(), allocation.boards.end());
        std::vector<BoardXYZ> reached = {allocation.root()};
        open.erase(allocation.root());
        for (std::size_t i = 0; i < reached.size(); ++i) {
            for (const Direction d : machine::kAllDirections) {
                const auto next = machine_.installation.neighbour(reached[i], d);
                if (!next || !machine_.installation.works(BoardLink{reached[i], d})) continue;
                if (open.erase(next->board) > 0) reached.push_back(next->board);
            }
        }
        return open.empty();
    }

    const Machine& machine_;
    std::map<BoardXYZ, AllocationId> owner_;
};

BoardRequest random_request(std::mt19937_64& random, const Installation& on) {
    const auto below = [&](int n) {
        return static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
    };
    BoardRequest request;
    switch (below(5)) {
        case 0: request = any(); break;
        case 1: request = named(below(on.width() + 1), below(on.height() + 1), below(4)); break;
        case 2: request = rectangle(1 + below(on.width()), 1 + below(on.height())); break;
        default: request = boards(2 + below(20), static_cast<double>(below(11)) / 10.0); break;
    }
    if (below(3) == 0) request.max_dead_boards = below(4);
    if (below(5) == 0) request.max_dead_boards.reset();
    if (below(5) == 0) request.max_dead_links = below(4);
    return request;
}

void run_random_sequence(const char* text, std::uint64_t seed, int steps) {
    Machine machine(text);
    Model model(machine);
    std::mt19937_64 random(seed);
    std::vector<Allocation> live;
    for (int step = 0; step < steps; ++step) {
        if (!live.empty() && random() % 5 < 2) {
            const std::size_t index = random() % live.size();
            machine.allocator.free(live[index]);
            model.free(live[index]);
            live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
        } else {
            const BoardRequest request = random_request(random, machine.installation);
            const auto allocation = machine.allocator.allocate(request);
            if (!allocation) continue;
            EXPECT_TRUE(machine.allocator.possible(request));
            model.check(request, *allocation);
            model.take(*allocation);
            live.push_back(*allocation);
        }
        if (::testing::Test::HasFailure()) FAIL() << text << " seed " << seed << " step " << step;
    }
    for (const Allocation& allocation : live) machine.allocator.free(allocation);
    for (int x = 0; x < machine.installation.width(); ++x) {
        for (int y = 0; y < machine.installation.height(); ++y) {
            EXPECT_TRUE(machine.allocator.is_free(x, y));
            for (int z = 0; z < kBoardsPerTriad; ++z) {
                EXPECT_EQ(machine.allocator.owner({x, y, z}), 0u);
            }
        }
    }
    EXPECT_EQ(machine.allocator.free_triads(), machine.installation.triads());
}

TEST(Allocator, RandomSequencesKeepTheLaws) {
    for (std::uint64_t seed = 0; seed < 250; ++seed) {
        run_random_sequence("m=cabinet", seed, 80);
        run_random_sequence("m=cabinet;dead_boards=0,0,0:3,1,2:4,4,1;dead_links=2,2,0,2:6,1,1,0",
                            seed, 80);
        run_random_sequence("m=40x28;dead_boards=1,1,0;dead_links=0,0,2,0", seed, 40);
        run_random_sequence("m=12x12", seed, 20);
    }
}

// What is possible on an empty machine is granted on an empty machine.
TEST(Allocator, PossibleMeansGrantedWhenEmpty) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        Machine machine("m=60x36;dead_boards=0,0,0:3,1,2;dead_links=2,2,0,2");
        BoardRequest request = random_request(random, machine.installation);
        request.require_torus =
            random() % 10 == 0 && !std::holds_alternative<AnyBoard>(request.what);
        EXPECT_EQ(machine.allocator.possible(request),
                  machine.allocator.allocate(request).has_value());
    }
}

// The laboratory's figure is 10 ms on 400 triads; the test grants a slow computer five times that.
/// How long it takes is a figure of the test; bench/questions/allocator.py judges it.
TEST(Allocator, DecidesOnTheLargestMachine) {
    Machine machine("m=million;dead_boards=7,7,1:13,2,0:19,19,2;dead_links=4,4,0,1:10,10,2,2");
    std::mt19937_64 random(3);
    while (machine.allocator.free_triads() > 150)
        (void)machine.allocator.allocate(boards(2 + static_cast<std::int64_t>(random() % 12)));
    double worst_s = 0;
    for (int i = 0; i < 300; ++i) {
        BoardRequest request = random_request(random, machine.installation);
        const auto start = std::chrono::steady_clock::now();
        const bool possible = machine.allocator.possible(request);
        const auto allocation = machine.allocator.allocate(request);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        worst_s = std::max(worst_s, took.count());
        EXPECT_TRUE(possible || !allocation);
        if (allocation) machine.allocator.free(*allocation);
    }
    RecordProperty("worst_us", static_cast<int>(worst_s * 1e6));
}

}  // namespace
}  // namespace spinnlab::alloc
