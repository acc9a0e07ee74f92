// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/alloc/shapes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace spinnlab::alloc {
namespace {

Shape first_of(int area, int width, int height, double min_ratio) {
    const auto shapes = shapes_for(area, area, width, height, min_ratio);
    return shapes.empty() ? Shape{} : shapes.front();
}

TEST(Shapes, SquarestPairOfFactors) {
    EXPECT_EQ(squarest(1), (Shape{1, 1}));
    EXPECT_EQ(squarest(12), (Shape{4, 3}));
    EXPECT_EQ(squarest(16), (Shape{4, 4}));
    EXPECT_EQ(squarest(17), (Shape{17, 1}));
}

TEST(Shapes, FirstShapeIsTheOneThatUsersKnow) {
    EXPECT_EQ(first_of(6, 5, 8, 0.0), (Shape{3, 2}));  // lies across a standing machine
    EXPECT_EQ(first_of(6, 8, 5, 0.0), (Shape{2, 3}));  // stands across a lying one
    EXPECT_EQ(first_of(5, 5, 8, 0.0), (Shape{5, 1}));
    EXPECT_EQ(first_of(7, 5, 8, 0.333), (Shape{4, 2}));  // 7 x 1 is too long: larger, but squarer
    EXPECT_EQ(first_of(5, 8, 8, 1.0), (Shape{3, 3}));
    EXPECT_EQ(first_of(7, 4, 4, 0.0), (Shape{4, 2}));  // 7 x 1 is squeezed into the machine
    EXPECT_EQ(first_of(40, 8, 5, 0.333), (Shape{8, 5}));
}

TEST(Shapes, RatioAboveOneIsItsInverse) {
    EXPECT_EQ(shapes_for(7, 9, 8, 8, 3.0), shapes_for(7, 9, 8, 8, 1.0 / 3.0));
}

TEST(Shapes, NothingWhereNothingFits) {
    EXPECT_TRUE(shapes_for(41, 60, 8, 5, 0.0).empty());
    EXPECT_TRUE(shapes_for(40, 60, 8, 5, 0.7).empty());  // 8 x 5 is not so square
    EXPECT_TRUE(shapes_for(3, 3, 10, 1, 0.5).empty());
}

// Against all rectangles that there are.
TEST(Shapes, LawsHoldForEveryRequest) {
    for (const auto& [width, height] : {std::pair{8, 5}, {5, 8}, {20, 20}, {1, 7}, {1, 1}}) {
        for (const double ratio : {0.0, 0.2, 0.333, 0.5, 0.8, 1.0}) {
            for (int area = 1; area <= width * height; ++area) {
                int least = 0;
                for (int w = 1; w <= width; ++w) {
                    for (int h = 1; h <= height; ++h) {
                        const Shape shape = {w, h};
                        if (shape.area() < area || shape.ratio() < ratio) continue;
                        if (least == 0 || shape.area() < least) least = shape.area();
                    }
                }
                const auto shapes = shapes_for(area, area + 5, width, height, ratio);
                const std::set<Shape> unique(shapes.begin(), shapes.end());
                EXPECT_EQ(unique.size(), shapes.size());
                int smallest = 0;
                for (const Shape& shape : shapes) {
                    EXPECT_GE(shape.area(), area);
                    EXPECT_GE(shape.ratio(), ratio);
                    EXPECT_LE(shape.width, width);
                    EXPECT_LE(shape.height, height);
                    if (smallest == 0 || shape.area() < smallest) smallest = shape.area();
                }
                EXPECT_EQ(smallest, least)
                    << area << " in " << width << "x" << height << ", " << ratio;
            }
        }
    }
}

}  // namespace
}  // namespace spinnlab::alloc
