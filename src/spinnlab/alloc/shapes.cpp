// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace spinnlab::alloc {
namespace {

/// Lying rectangle of at least `area` triads whose ratio is about `ratio` or more: the height that
/// a rectangle of exactly this ratio has, rounded up, and the width that is then needed.
Shape with_ratio(int area, double ratio) {
    const double exact_width = std::sqrt(area / ratio);
    const int height = static_cast<int>(std::ceil(area / exact_width));
    const int width = (area + height - 1) / height;
    return {std::max(width, height), height};
}

/// The rectangle that spalloc's users know from the original for this many triads.
Shape preferred(int area, int width, int height, double min_ratio) {
    Shape shape = squarest(area);
    if (shape.ratio() < min_ratio) shape = with_ratio(area, min_ratio);
    if (width > height) std::swap(shape.width, shape.height);
    if (shape.width > width) {
        shape = {width, (area + width - 1) / width};
    } else if (shape.height > height) {
        shape = {(area + height - 1) / height, height};
    }
    return shape;
}

}  // namespace

double Shape::ratio() const {
    return static_cast<double>(std::min(width, height)) / std::max(width, height);
}

Shape squarest(int area) {
    int height = static_cast<int>(std::sqrt(area));
    while (area % height != 0) --height;
    return {area / height, height};
}

std::vector<Shape> shapes_for(int area, int largest_area, int width, int height, double min_ratio) {
    if (min_ratio > 1.0) min_ratio = 1.0 / min_ratio;
    if (area > width * height) return {};
    const Shape first = preferred(area, width, height, min_ratio);
    // A little slack above the least width, so that a square is found for every request.
    const auto allowed = [&](const Shape& shape) {
        return shape.width <= width && shape.height <= height && shape.area() >= area &&
               shape.ratio() >= min_ratio;
    };
    std::vector<Shape> shapes;
    for (int h = 1; h <= height; ++h) {
        const int least = (area + h - 1) / h;
        const int squarish = static_cast<int>(std::ceil(h * min_ratio - 1e-9));
        const int from = std::max(least, squarish);
        for (int w = from; w <= width && (w == from || w * h <= largest_area); ++w) {
            if (allowed({w, h})) shapes.push_back({w, h});
        }
    }
    const auto rank = [&](const Shape& shape) {
        return std::tuple(shape != first, shape.area(), -shape.ratio(),
                          width > height ? shape.width : shape.height);
    };
    std::sort(shapes.begin(), shapes.end(),
              [&](const Shape& a, const Shape& b) { return rank(a) < rank(b); });
    return shapes;
}

}  // namespace spinnlab::alloc
