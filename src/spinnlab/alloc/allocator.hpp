// SPDX-License-Identifier: Apache-2.0
// Which boards of one installation belong to whom.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "spinnlab/alloc/shapes.hpp"
#include "spinnlab/alloc/topology.hpp"

namespace spinnlab::alloc {

struct AnyBoard {};

struct NamedBoard {
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t z = 0;
};

struct BoardCount {
    std::int64_t boards = 2;  ///< at least so many
    double min_ratio = 0.0;   ///< of short to long side of the rectangle; above 1: its inverse
};

struct TriadRectangle {
    std::int64_t width = 1;
    std::int64_t height = 1;
};

/// What somebody asks for. Nothing set in `max_*`: any number is put up with.
struct BoardRequest {
    std::variant<AnyBoard, NamedBoard, BoardCount, TriadRectangle> what;
    std::optional<std::int64_t> max_dead_boards;
    /// Cables between boards of the allocation, each counted once; those around the machine's edge
    /// count only when a torus is required.
    std::optional<std::int64_t> max_dead_links;
    bool require_torus = false;
};

using AllocationId = std::uint64_t;  ///< 0 is nobody

/// Boards that belong together. A rectangle never runs across the edge of the machine, so the board
/// with the least coordinates is always the root.
struct Allocation {
    AllocationId id = 0;
    std::vector<BoardXYZ> boards;  ///< sorted
    bool wraps_x = false;          ///< cables run around within the allocation
    bool wraps_y = false;

    [[nodiscard]] BoardXYZ root() const { return boards.front(); }
    /// Ethernet chip of a board as the job sees it: the root's is (0, 0).
    [[nodiscard]] ChipXY job_chip(BoardXYZ board) const;
    /// In chips: 8 x 8 for one board, else 12 a triad and 4 more where it does not wrap.
    [[nodiscard]] ChipXY size_in_chips() const;
};

/// Hands out boards of one installation. Rectangles take whole triads; single boards share triads
/// among themselves. Invariant: a triad belongs to one rectangle or to single boards, never both.
class Allocator {
 public:
    /// `installation` must outlive the allocator.
    explicit Allocator(const Installation& installation);

    /// Whether an empty machine could ever serve the request.
    [[nodiscard]] bool possible(const BoardRequest& request) const;
    /// How many boards an empty machine would give; nothing when it never could.
    [[nodiscard]] std::optional<std::int64_t> boards_given(const BoardRequest& request) const;
    /// Boards that work and that nobody has.
    [[nodiscard]] std::int64_t free_boards() const;
    /// Nothing when the boards are taken at present, or never there.
    [[nodiscard]] std::optional<Allocation> allocate(const BoardRequest& request);
    /// Takes the boards of an allocation made before, as the state of a daemon is restored. False,
    /// and nothing changed, when one of them is not on the machine or taken.
    [[nodiscard]] bool restore(Allocation& allocation);
    void free(const Allocation& allocation);

    [[nodiscard]] int free_triads() const { return free_triads_; }
    [[nodiscard]] const Installation& installation() const { return *installation_; }
    /// Who has a board; 0: nobody.
    [[nodiscard]] AllocationId owner(BoardXYZ board) const {
        return owner_[installation_->index(board)];
    }
    /// Whether a triad is untouched: neither reserved by a rectangle nor used by single boards.
    [[nodiscard]] bool is_free(int x, int y) const;

 private:
    struct Triad {
        AllocationId rectangle = 0;
        int single_boards = 0;
        [[nodiscard]] bool free() const { return rectangle == 0 && single_boards == 0; }
    };
    struct Place {
        int x = 0;
        int y = 0;
        Shape shape;
    };
    struct Found {
        Place place;
        Allocation allocation;
    };
    class FreeSums;

    [[nodiscard]] Triad& triad(int x, int y);
    [[nodiscard]] const Triad& triad(int x, int y) const;
    [[nodiscard]] std::vector<Shape> candidate_shapes(const BoardRequest& request) const;
    [[nodiscard]] std::optional<Found> find(const BoardRequest& request, bool on_empty) const;
    [[nodiscard]] std::optional<Allocation> accept(const BoardRequest& request, Place place) const;
    [[nodiscard]] std::vector<BoardXYZ> reachable(Place place) const;
    [[nodiscard]] bool whole(Place place) const;
    [[nodiscard]] int contact(Place place) const;
    [[nodiscard]] std::optional<BoardXYZ> find_board(const BoardRequest& request,
                                                     bool on_empty) const;
    void take(Allocation& allocation, std::optional<Place> place);
    void count_free();

    const Installation* installation_;
    std::vector<Triad> triads_;        ///< by y * width + x
    std::vector<AllocationId> owner_;  ///< by Installation::index
    AllocationId next_id_ = 1;
    int free_triads_ = 0;
};

}  // namespace spinnlab::alloc
