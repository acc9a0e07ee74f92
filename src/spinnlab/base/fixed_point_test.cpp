// SPDX-License-Identifier: Apache-2.0
// Against checksums and values measured on the original's functions, compiled for ARM.
#include "spinnlab/base/fixed_point.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace spinnlab {
namespace {

/// CRC-32 as zlib computes it, over the little-endian bytes of f(first) .. f(last).
template <class Function>
std::uint32_t crc32(std::int32_t first, std::int32_t last, Function f) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t c = i;
            for (int k = 0; k < 8; ++k) c = (c & 1u) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            t[i] = c;
        }
        return t;
    }();
    std::uint32_t crc = 0xFFFFFFFFu;
    for (std::int32_t x = first; x <= last; ++x) {
        const auto word = static_cast<std::uint32_t>(f(x));
        for (int byte = 0; byte < 4; ++byte) {
            crc = table[(crc ^ (word >> (8 * byte))) & 0xFFu] ^ (crc >> 8);
        }
    }
    return ~crc;
}

TEST(FixedPoint, ProductsRoundDownAndWrap) {
    EXPECT_EQ(mul(1, 1), 0);
    EXPECT_EQ(mul(-1, 1), -1);
    EXPECT_EQ(mul(3 * kAccumOne / 2, -kAccumOne), -3 * kAccumOne / 2);
    EXPECT_EQ(mul(1000 * kAccumOne, 1000 * kAccumOne),
              static_cast<Accum>((1000000LL - 8 * 131072LL) * kAccumOne));
    EXPECT_EQ(add(std::numeric_limits<Accum>::max(), 1), std::numeric_limits<Accum>::min());
    EXPECT_EQ(sub(std::numeric_limits<Accum>::min(), 1), std::numeric_limits<Accum>::max());
}

TEST(FixedPoint, QuotientsAreUnsigned) {
    EXPECT_EQ(kdivk(kAccumOne, 20 * kAccumOne), 1638);
    EXPECT_EQ(kdivk(20 * kAccumOne, kAccumOne), 20 * kAccumOne);
    EXPECT_EQ(kdivk(-kAccumOne, kAccumOne), -kAccumOne);  // 2^64 - 2^30, cut to 32 bits
    EXPECT_EQ(kdivk(kAccumOne, -kAccumOne), 0);           // divided by nearly 2^64
}

TEST(FixedPoint, DecaysRoundDown) {
    EXPECT_EQ(decay(262144, 3892384920u), 237572);
    EXPECT_EQ(decay(-1, 1), -1);
    constexpr Accum kLowest = std::numeric_limits<Accum>::min();
    EXPECT_EQ(decay(kLowest, 0xFFFFFFFFu), kLowest);
    EXPECT_EQ(decay_to_u032(5 * kAccumOne, 0xFFFFFFFFu - 3516490311u), 3892384920u);
}

TEST(FixedPoint, ConversionRoundsToNearestAndStaysInRange) {
    EXPECT_EQ(accum_from(0.1), 3277);
    EXPECT_EQ(accum_from(-65.0), -2129920);
    EXPECT_EQ(accum_from(0.5 / kAccumOne), 0);  // a tie goes to the even number
    EXPECT_EQ(accum_from(1.5 / kAccumOne), 2);
    EXPECT_EQ(accum_from(1e9), std::numeric_limits<Accum>::max());
    EXPECT_EQ(accum_from(-1e9), std::numeric_limits<Accum>::min());
    EXPECT_EQ(accum_from(std::nan("")), 0);
    EXPECT_TRUE(fits_accum(-65536.0));
    EXPECT_FALSE(fits_accum(65536.0));
    EXPECT_FALSE(fits_accum(std::nan("")));
    EXPECT_FALSE(fits_accum(std::numeric_limits<double>::infinity()));
    EXPECT_DOUBLE_EQ(to_double(accum_from(-70.25)), -70.25);
}

TEST(FixedPoint, Exp) {
    EXPECT_EQ(exp_accum(-kAccumOne), 12054);
    EXPECT_EQ(exp_accum(-kAccumOne / 2), 19874);
    EXPECT_EQ(exp_accum(-3276), 29650);
    EXPECT_EQ(exp_accum(-1638), 31170);
    EXPECT_EQ(exp_accum(kAccumOne), 89072);
    EXPECT_EQ(exp_accum(2 * kAccumOne), 242124);
    EXPECT_EQ(exp_accum(10 * kAccumOne), 721763231);
    EXPECT_EQ(exp_u032(-kAccumOne), 1580030169u);
    EXPECT_EQ(exp_u032(-6553), 3516490311u);
    EXPECT_EQ(crc32(-350000, 370000, exp_accum), 3149959165u);
    EXPECT_EQ(crc32(-350000, 0, exp_u032), 1392540477u);
}

TEST(FixedPoint, Sqrt) {
    EXPECT_EQ(sqrt_accum(1), 181);
    EXPECT_EQ(sqrt_accum(65536), 46340);
    EXPECT_EQ(sqrt_accum(242), 2815);  // the true root is 2816
    EXPECT_EQ(sqrt_accum(-5), 0);
    EXPECT_EQ(crc32(0, 1999999, sqrt_accum), 188478979u);
}

TEST(FixedPoint, NormInv) {
    EXPECT_EQ(norminv(-32767), -136628);
    EXPECT_EQ(norminv(-30000), -56530);
    EXPECT_EQ(norminv(-1000), -1253);
    EXPECT_EQ(norminv(1), 1);
    EXPECT_EQ(norminv(20000), 28187);
    EXPECT_EQ(
        crc32(-32768, 32767, [](std::int32_t x) { return norminv(static_cast<std::int16_t>(x)); }),
        2169799923u);
}

TEST(FixedPoint, Sin) {
    EXPECT_EQ(sin_accum(16384), 15710);
    EXPECT_EQ(sin_accum(32768), 27573);
    EXPECT_EQ(sin_accum(51472), 32768);
    EXPECT_EQ(sin_accum(51302), -32768);  // QUIRK
    EXPECT_EQ(sin_accum(-32768), -27574);
    EXPECT_EQ(sin_accum(1000000), -25635);
    EXPECT_EQ(crc32(0, 1999999, sin_accum), 3171953345u);
}

}  // namespace
}  // namespace spinnlab
