// SPDX-License-Identifier: Apache-2.0
// Which rectangle of triads serves a request for a number of boards.
#pragma once

#include <compare>
#include <vector>

namespace spinnlab::alloc {

/// A rectangle of triads.
struct Shape {
    int width = 0;
    int height = 0;
    friend auto operator<=>(const Shape&, const Shape&) = default;
    [[nodiscard]] int area() const { return width * height; }
    /// Short side over long side, 0..1.
    [[nodiscard]] double ratio() const;
};

/// The rectangle of exactly `area` triads that is nearest to a square, lying on its long side.
[[nodiscard]] Shape squarest(int area);

/// Rectangles of at least `area` and at most `largest_area` triads that fit into width x height and
/// whose ratio is at least `min_ratio` (above 1: its inverse), best first. The first is the
/// squarest pair of factors, or where that is too long the next larger rectangle that is not; it
/// stands across the machine's long side, which leaves the largest rest. The others serve when the
/// first is taken: by area, then by squareness. Empty when nothing fits. area >= 1, min_ratio >= 0.
[[nodiscard]] std::vector<Shape> shapes_for(int area, int largest_area, int width, int height,
                                            double min_ratio);

}  // namespace spinnlab::alloc
