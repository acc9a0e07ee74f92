// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/allocator.hpp"

#include <algorithm>
#include <tuple>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::alloc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool is_single(const BoardRequest& request) {
    return std::holds_alternative<AnyBoard>(request.what) ||
           std::holds_alternative<NamedBoard>(request.what);
}

/// Boards that a rectangle must bring; over-allocation makes up for dead boards of counted
/// requests.
std::int64_t wanted_boards(const BoardRequest& request, Shape shape) {
    if (const auto* count = std::get_if<BoardCount>(&request.what)) return count->boards;
    return std::int64_t{shape.area()} * kBoardsPerTriad;
}

}  // namespace

/// Sums over the machine, so that a rectangle is counted in four look-ups.
class Allocator::FreeSums {
 public:
    FreeSums(const Allocator& allocator, bool on_empty)
        : width_(allocator.installation_->width()), height_(allocator.installation_->height()) {
        const std::size_t cells = at((width_ + 1) * (height_ + 1));
        free_.assign(cells, 0);
        boards_.assign(cells, 0);
        for (int y = 0; y < height_; ++y) {
            for (int x = 0; x < width_; ++x) {
                int working = 0;
                for (int z = 0; z < kBoardsPerTriad; ++z) {
                    working += allocator.installation_->works(BoardXYZ{x, y, z}) ? 1 : 0;
                }
                const bool free = on_empty || allocator.triad(x, y).free();
                add(free_, x, y, free ? 1 : 0);
                add(boards_, x, y, working);
            }
        }
    }

    [[nodiscard]] bool all_free(Place place) const {
        return sum(free_, place) == place.shape.area();
    }
    [[nodiscard]] int working_boards(Place place) const { return sum(boards_, place); }

 private:
    [[nodiscard]] std::size_t cell(int x, int y) const { return at(y * (width_ + 1) + x); }
    void add(std::vector<int>& sums, int x, int y, int value) const {
        sums[cell(x + 1, y + 1)] =
            value + sums[cell(x, y + 1)] + sums[cell(x + 1, y)] - sums[cell(x, y)];
    }
    [[nodiscard]] int sum(const std::vector<int>& sums, Place place) const {
        const int x2 = place.x + place.shape.width;
        const int y2 = place.y + place.shape.height;
        return sums[cell(x2, y2)] - sums[cell(place.x, y2)] - sums[cell(x2, place.y)] +
               sums[cell(place.x, place.y)];
    }

    int width_;
    int height_;
    std::vector<int> free_;
    std::vector<int> boards_;
};

ChipXY Allocation::job_chip(BoardXYZ board) const {
    const BoardXYZ from = root();
    return ethernet_chip({board.x - from.x, board.y - from.y, board.z - from.z});
}

ChipXY Allocation::size_in_chips() const {
    if (boards.size() == 1) return {machine::kBoardSize, machine::kBoardSize};
    BoardXYZ last = root();
    for (const BoardXYZ& board : boards) {
        last = {std::max(last.x, board.x), std::max(last.y, board.y), 0};
    }
    return {(last.x - root().x + 1) * machine::kTriadSize + (wraps_x ? 0 : 4),
            (last.y - root().y + 1) * machine::kTriadSize + (wraps_y ? 0 : 4)};
}

Allocator::Allocator(const Installation& installation)
    : installation_(&installation),
      triads_(at(installation.triads())),
      owner_(at(installation.triads() * kBoardsPerTriad), 0),
      free_triads_(installation.triads()) {}

Allocator::Triad& Allocator::triad(int x, int y) {
    return triads_[at(y * installation_->width() + x)];
}

const Allocator::Triad& Allocator::triad(int x, int y) const {
    return triads_[at(y * installation_->width() + x)];
}

bool Allocator::is_free(int x, int y) const { return triad(x, y).free(); }

bool Allocator::possible(const BoardRequest& request) const {
    return boards_given(request).has_value();
}

std::optional<std::int64_t> Allocator::boards_given(const BoardRequest& request) const {
    if (is_single(request)) {
        const bool there = !request.require_torus && find_board(request, true).has_value();
        return there ? std::optional<std::int64_t>(1) : std::nullopt;
    }
    const auto found = find(request, true);
    if (!found) return std::nullopt;
    return static_cast<std::int64_t>(found->allocation.boards.size());
}

std::int64_t Allocator::free_boards() const {
    const auto taken =
        std::count_if(owner_.begin(), owner_.end(), [](AllocationId id) { return id != 0; });
    return installation_->working_boards() - static_cast<std::int64_t>(taken);
}

std::optional<Allocation> Allocator::allocate(const BoardRequest& request) {
    Allocation allocation;
    std::optional<Place> place;
    if (is_single(request)) {
        const auto board = request.require_torus ? std::nullopt : find_board(request, false);
        if (!board) return std::nullopt;
        allocation.boards = {*board};
    } else {
        auto found = find(request, false);
        if (!found) return std::nullopt;
        allocation = std::move(found->allocation);
        place = found->place;
    }
    allocation.id = next_id_++;
    take(allocation, place);
    return allocation;
}

bool Allocator::restore(Allocation& allocation) {
    if (allocation.boards.empty()) return false;
    std::sort(allocation.boards.begin(), allocation.boards.end());
    const auto repeated = std::adjacent_find(allocation.boards.begin(), allocation.boards.end());
    if (repeated != allocation.boards.end()) return false;
    for (const BoardXYZ& board : allocation.boards) {
        if (!installation_->contains(board) || owner(board) != 0) return false;
        const Triad& in = triad(board.x, board.y);
        if (allocation.boards.size() == 1 ? in.rectangle != 0 : !in.free()) return false;
    }
    std::optional<Place> place;
    if (allocation.boards.size() > 1) {
        const ChipXY size = allocation.size_in_chips();
        const Shape shape = {size.x / machine::kTriadSize, size.y / machine::kTriadSize};
        place = Place{allocation.root().x, allocation.root().y, shape};
        for (int y = place->y; y < place->y + shape.height; ++y) {
            for (int x = place->x; x < place->x + shape.width; ++x) {
                if (!installation_->contains({x, y, 0}) || !triad(x, y).free()) return false;
            }
        }
    }
    allocation.id = next_id_++;
    take(allocation, place);
    return true;
}

void Allocator::take(Allocation& allocation, std::optional<Place> place) {
    for (const BoardXYZ& board : allocation.boards) {
        SPINNLAB_ASSERT(owner(board) == 0);
        owner_[installation_->index(board)] = allocation.id;
        if (!place) ++triad(board.x, board.y).single_boards;
    }
    if (place) {
        for (int y = place->y; y < place->y + place->shape.height; ++y) {
            for (int x = place->x; x < place->x + place->shape.width; ++x) {
                triad(x, y).rectangle = allocation.id;
            }
        }
    }
    count_free();
}

void Allocator::free(const Allocation& allocation) {
    for (const BoardXYZ& board : allocation.boards) {
        SPINNLAB_ASSERT(owner(board) == allocation.id);
        owner_[installation_->index(board)] = 0;
        Triad& in = triad(board.x, board.y);
        if (in.rectangle == 0) --in.single_boards;
    }
    for (Triad& in : triads_) {
        if (in.rectangle == allocation.id) in.rectangle = 0;
    }
    count_free();
}

void Allocator::count_free() {
    free_triads_ = static_cast<int>(
        std::count_if(triads_.begin(), triads_.end(), [](const Triad& in) { return in.free(); }));
}

std::vector<Shape> Allocator::candidate_shapes(const BoardRequest& request) const {
    const int width = installation_->width();
    const int height = installation_->height();
    if (const auto* rectangle = std::get_if<TriadRectangle>(&request.what)) {
        if (rectangle->width < 1 || rectangle->height < 1 || rectangle->width > width ||
            rectangle->height > height) {
            return {};
        }
        const Shape shape = {static_cast<int>(rectangle->width),
                             static_cast<int>(rectangle->height)};
        if (request.require_torus && shape != Shape{width, height}) return {};
        return {shape};
    }
    const auto& count = std::get<BoardCount>(request.what);
    if (count.boards < 1 || count.boards > std::int64_t{width} * height * kBoardsPerTriad)
        return {};
    const int area = static_cast<int>((count.boards + kBoardsPerTriad - 1) / kBoardsPerTriad);
    if (request.require_torus && area != width * height) return {};
    // No rectangle needs to be larger than to make up for every dead board of the machine, and none
    // of a machine without dead parts needs to be larger than the least of its height.
    const bool all_work =
        installation_->dead_boards().empty() && installation_->dead_links().empty();
    const int spare = static_cast<int>(installation_->dead_boards().size());
    const int largest = all_work ? area : std::min(width * height, area + spare + width + height);
    return shapes_for(area, largest, width, height, count.min_ratio);
}

/// The first shape for which there is room; of the places for it the one that touches most of what
/// is taken already, so that large rectangles stay free elsewhere.
std::optional<Allocator::Found> Allocator::find(const BoardRequest& request, bool on_empty) const {
    const std::vector<Shape> shapes = candidate_shapes(request);
    if (shapes.empty()) return std::nullopt;
    const FreeSums sums(*this, on_empty);
    for (const Shape& shape : shapes) {
        if (!on_empty && shape.area() > free_triads_) continue;
        std::int64_t least_boards = 1;
        if (request.max_dead_boards) {
            least_boards =
                std::max(least_boards, wanted_boards(request, shape) - *request.max_dead_boards);
        }
        std::vector<std::tuple<int, int, int>> places;  // most contact, then lowest, then leftmost
        for (int y = 0; y + shape.height <= installation_->height(); ++y) {
            for (int x = 0; x + shape.width <= installation_->width(); ++x) {
                const Place place = {x, y, shape};
                if (!sums.all_free(place) || sums.working_boards(place) < least_boards) continue;
                places.emplace_back(on_empty ? 0 : -contact(place), y, x);
            }
        }
        std::sort(places.begin(), places.end());
        for (const auto& [ignored, y, x] : places) {
            const Place place = {x, y, shape};
            if (auto allocation = accept(request, place))
                return Found{place, std::move(*allocation)};
        }
    }
    return std::nullopt;
}

/// The boards of a place that is free, when they meet the request.
std::optional<Allocation> Allocator::accept(const BoardRequest& request, Place place) const {
    Allocation allocation;
    allocation.boards = reachable(place);
    if (allocation.boards.empty()) return std::nullopt;
    const std::int64_t missing =
        wanted_boards(request, place.shape) - static_cast<std::int64_t>(allocation.boards.size());
    if (request.max_dead_boards && missing > *request.max_dead_boards) return std::nullopt;

    std::sort(allocation.boards.begin(), allocation.boards.end());
    const auto inside = [&](BoardXYZ board) {
        return std::binary_search(allocation.boards.begin(), allocation.boards.end(), board);
    };
    std::int64_t dead_ends = 0;  // each dead cable is seen from both of its ends
    for (const BoardXYZ& board : allocation.boards) {
        for (const Direction direction : machine::kAllDirections) {
            const auto next = installation_->neighbour(board, direction);
            if (!next || !inside(next->board)) continue;
            allocation.wraps_x |= next->wraps_x;
            allocation.wraps_y |= next->wraps_y;
            const bool counts = request.require_torus || !(next->wraps_x || next->wraps_y);
            if (counts && !installation_->works(BoardLink{board, direction})) ++dead_ends;
        }
    }
    if (request.require_torus && !(allocation.wraps_x || allocation.wraps_y)) return std::nullopt;
    if (request.max_dead_links && dead_ends / 2 > *request.max_dead_links) return std::nullopt;
    return allocation;
}

bool Allocator::whole(Place place) const {
    if (installation_->dead_boards().empty() && installation_->dead_links().empty()) return true;
    const auto in_place = [&](BoardXYZ board) {
        return board.x >= place.x && board.x < place.x + place.shape.width && board.y >= place.y &&
               board.y < place.y + place.shape.height;
    };
    return std::none_of(installation_->dead_boards().begin(), installation_->dead_boards().end(),
                        in_place) &&
           std::none_of(installation_->dead_links().begin(), installation_->dead_links().end(),
                        [&](const BoardLink& link) { return in_place(link.board); });
}

/// Boards of the place that work and that its first board reaches without leaving the place.
std::vector<BoardXYZ> Allocator::reachable(Place place) const {
    std::vector<BoardXYZ> boards;
    if (whole(place)) {
        for (int x = place.x; x < place.x + place.shape.width; ++x) {
            for (int y = place.y; y < place.y + place.shape.height; ++y) {
                for (int z = 0; z < kBoardsPerTriad; ++z) boards.push_back({x, y, z});
            }
        }
        return boards;
    }
    std::vector<bool> seen(owner_.size(), false);
    const auto visit = [&](BoardXYZ board) {
        const std::size_t index = installation_->index(board);
        if (seen[index] || !installation_->works(board)) return;
        seen[index] = true;
        boards.push_back(board);
    };
    visit({place.x, place.y, 0});
    for (std::size_t next = 0; next < boards.size(); ++next) {
        for (const Direction direction : machine::kAllDirections) {
            const BoardXYZ board = boards[next];
            if (!installation_->works(BoardLink{board, direction})) continue;
            const auto to = installation_->neighbour(board, direction);
            if (to && to->board.x >= place.x && to->board.x < place.x + place.shape.width &&
                to->board.y >= place.y && to->board.y < place.y + place.shape.height) {
                visit(to->board);
            }
        }
    }
    return boards;
}

/// How much of the place's rim, counted in triads, lies against taken triads or the machine's edge.
int Allocator::contact(Place place) const {
    const auto taken = [&](int x, int y) {
        const bool outside =
            x < 0 || y < 0 || x >= installation_->width() || y >= installation_->height();
        return outside || !triad(x, y).free() ? 1 : 0;
    };
    int touching = 0;
    for (int x = place.x; x < place.x + place.shape.width; ++x) {
        touching += taken(x, place.y - 1) + taken(x, place.y + place.shape.height);
    }
    for (int y = place.y; y < place.y + place.shape.height; ++y) {
        touching += taken(place.x - 1, y) + taken(place.x + place.shape.width, y);
    }
    return touching;
}

/// The board for a single-board request: in the fullest triad that single boards share, else in the
/// untouched triad that is worth least to rectangles.
std::optional<BoardXYZ> Allocator::find_board(const BoardRequest& request, bool on_empty) const {
    if (const auto* named = std::get_if<NamedBoard>(&request.what)) {
        const bool in_range = named->x >= 0 && named->x < installation_->width() && named->y >= 0 &&
                              named->y < installation_->height() && named->z >= 0 &&
                              named->z < kBoardsPerTriad;
        if (!in_range) return std::nullopt;
        const BoardXYZ board = {static_cast<int>(named->x), static_cast<int>(named->y),
                                static_cast<int>(named->z)};
        if (!installation_->works(board)) return std::nullopt;
        if (!on_empty && (owner(board) != 0 || triad(board.x, board.y).rectangle != 0)) {
            return std::nullopt;
        }
        return board;
    }
    std::optional<BoardXYZ> best;
    std::tuple<bool, int, int> best_rank;
    for (int y = 0; y < installation_->height(); ++y) {
        for (int x = 0; x < installation_->width(); ++x) {
            const Triad& in = triad(x, y);
            if (!on_empty && in.rectangle != 0) continue;
            std::optional<BoardXYZ> first;
            int available = 0;
            for (int z = 0; z < kBoardsPerTriad; ++z) {
                const BoardXYZ board = {x, y, z};
                if (!installation_->works(board) || (!on_empty && owner(board) != 0)) continue;
                if (!first) first = board;
                ++available;
            }
            if (!first) continue;
            const auto rank = std::tuple(in.free(), available, -contact({x, y, {1, 1}}));
            if (!best || rank < best_rank) {
                best = first;
                best_rank = rank;
            }
        }
    }
    return best;
}

}  // namespace spinnlab::alloc
