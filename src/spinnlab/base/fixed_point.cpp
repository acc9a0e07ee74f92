// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/fixed_point.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace spinnlab {

namespace {

// --- exp: e^k x 2^32 of the next whole number, taken down in steps of 1/16 and by a series ---

constexpr int kLowestPower = -13;
constexpr std::array<std::uint64_t, 26> kPowersOfE = {
    // round(e^k 2^32), k = -13..12
    9708,           26389,          71733,          194991,         530041,
    1440801,        3916503,        10646160,       28939262,       78665070,
    213833830,      581260615,      1580030169,     4294967296,     11674931555,
    31735754293,    86266724208,    234497268814,   637429664642,   1732713474316,
    4710003551159,  12803117065094, 34802480465680, 94602950235157, 257157480542844,
    699026506411923};
constexpr std::array<std::uint32_t, 16> kSixteenths = {
    // round((1 - e^(-i/16)) 2^32)
    0,          260218914,  504671961,  734314346,  950043403,  1152702096, 1343082321, 1521927990,
    1689937949, 1847768698, 1996036966, 2135322113, 2266168400, 2389087112, 2504558555, 2613033936};
constexpr Accum kExpOverflow = 363408;    // from here on e^x exceeds s16.15
constexpr Accum kExpUnderflow = -340695;  // below, e^x is less than an ulp

/// A 64-bit number times a fraction. The low product rounds up from 2^31 - 1 on.
constexpr std::uint64_t scale(std::uint64_t t, std::uint32_t fraction) {
    const std::uint64_t low = (t & 0xFFFFFFFFu) * fraction;
    const std::uint64_t up = static_cast<std::uint32_t>(low) >= 0x7FFFFFFFu ? 1 : 0;
    return (t >> 32) * fraction + (low >> 32) + up;
}

/// 1 - e^-x for a fraction x < 1/16.
constexpr std::uint32_t one_minus_exp(std::uint32_t x) {
    auto y = static_cast<std::uint32_t>(4293434720u - ((std::uint64_t{2081624032u} * x) >> 32));
    y = static_cast<std::uint32_t>((std::uint64_t{y} * x) >> 32);
    return y + 5294u;
}

/// e^x x 2^32 for kExpUnderflow <= x <= kExpOverflow.
std::uint64_t exp_bits(Accum x) {
    const auto whole = static_cast<std::size_t>((x >> kAccumBits) - kLowestPower);
    const std::uint32_t fraction = static_cast<std::uint32_t>(x) & (kAccumOne - 1);
    if (fraction == 0) return kPowersOfE[whole];
    const std::uint32_t down = kAccumOne - fraction;
    std::uint64_t t = kPowersOfE[whole + 1];
    t -= scale(t, kSixteenths[down >> 11]);
    t -= scale(t, one_minus_exp((down & 2047u) << 17));
    return t;
}

// --- sqrt: Newton's iteration for R = 1/sqrt(X), X in [1, 2) as u1.31, R = 1 - r/2 ---

/// A 64-bit number times a fraction, the low product rounded to nearest.
constexpr std::uint64_t times(std::uint64_t x, std::uint32_t fraction) {
    const std::uint64_t low = (x & 0xFFFFFFFFu) * fraction;
    return (x >> 32) * fraction + (low >> 32) + ((low >> 31) & 1u);
}

/// Upper half of a product of 64-bit numbers, with the carries rounded as the original does.
constexpr std::uint64_t times_wide(std::uint64_t x, std::uint64_t y) {
    const std::uint64_t x_low = x & 0xFFFFFFFFu, y_low = y & 0xFFFFFFFFu;
    // QUIRK: of the lowest product only its bit 31 is used.
    const std::uint64_t cross = (x >> 32) * y_low + (((x_low * y_low) >> 31) & 1u);
    const std::uint64_t other = x_low * (y >> 32) + (cross & 0xFFFFFFFFu);
    return (x >> 32) * (y >> 32) + (cross >> 32) + (other >> 32) + ((other >> 31) & 1u);
}

/// X R as u1.63, from r as u0.64.
constexpr std::uint64_t root(std::uint32_t x, std::uint64_t r) {
    return (std::uint64_t{x} << 32) - (times(r, x) >> 1);
}

/// r + Z - Z r/2 with Z = X R^2 - 1 as s0.63; `half` gives |Z| r/2.
template <class Half>
constexpr std::uint64_t improve(std::uint64_t x_r_squared, std::uint64_t r, Half half) {
    const std::uint64_t z = x_r_squared - (std::uint64_t{1} << 63);
    const bool negative = (z >> 63) != 0;
    std::uint64_t size = negative ? 0 - z : z;
    size -= half(size);
    return ((negative ? 0 - size : size) << 1) + r;
}

constexpr std::uint64_t improve_short(std::uint32_t x, std::uint32_t r) {
    const std::uint64_t x_r = (std::uint64_t{x} << 32) - ((std::uint64_t{x} * r) >> 1);
    return improve(x_r - times(x_r, r >> 1), std::uint64_t{r} << 32,
                   [r](std::uint64_t z) { return times(z, r >> 1); });
}

constexpr std::uint64_t improve_long(std::uint32_t x, std::uint64_t r) {
    const std::uint64_t x_r = root(x, r);
    return improve(x_r - times_wide(x_r, r >> 1), r, [r](std::uint64_t z) {
        return times(z, static_cast<std::uint32_t>(r >> 33)) +
               (times(z, static_cast<std::uint32_t>(r >> 1)) >> 32);
    });
}

// --- norminv: the tail by a table, the rest by polynomials, one for each octave of 0.5 - |x| ---

struct NormalPiece {
    std::int32_t lead, offset, factor;
    std::array<std::int32_t, 5> c;
};
constexpr std::array<NormalPiece, 10> kNormalPieces = {{
    {98304, 0, 0, {489693536, -966086639, 1048652819, -1202555181, 638185482}},
    {98304, 0, 0, {510971994, -1008958387, 1097593202, -1269255408, 208850025}},
    {65536, 0, 0, {535062308, -1057614622, 1153468280, -1347876992, 1901851228}},
    {65536, 0, 0, {562587223, -1113360216, 1217886707, -1442344496, 1417447081}},
    {65536, 0, 0, {594357355, -1177895230, 1292890733, -1558625637, 896662126}},
    {16, 7200, 32, {1364524482, 4157352, 893590920, 482307216, -56131990}},
    {14, 6272, 16, {1594011413, 34197350, 980366094, 540913971, 14157698}},
    {13, 4608, 8, {2059946197, 130876674, 1126841309, 628910107, -391651081}},
    {11, 2048, 6, {669410721, 151375990, 657881394, 208981697, -111730420}},
    {10, 0, 6, {135763632, 134215538, 347443147, -134393924, 14235314}},
}};
constexpr int kNormalTail = 32737;  // from here on by table
constexpr std::array<Accum, 32> kNormalTails = {
    // round(-PhiInv(k/65536) 2^15)
    229376, 136628, 131359, 128187, 125892, 124086, 122593, 121318, 120204, 119213, 118321,
    117508, 116762, 116072, 115430, 114830, 114265, 113733, 113229, 112751, 112295, 111860,
    111444, 111045, 110662, 110294, 109939, 109596, 109265, 108945, 108635, 108334};

constexpr std::int32_t wrap(std::int64_t x) { return static_cast<std::int32_t>(x); }

/// Horner's scheme on 32-bit numbers with a 16-bit argument; every step is cut at 2^16.
constexpr std::int32_t horner(const NormalPiece& piece, std::int32_t y) {
    const auto argument = static_cast<std::int16_t>(y);
    std::int32_t r = piece.c[0];
    for (std::size_t i = 1; i < piece.c.size(); ++i) {
        r = wrap(((std::int64_t{r} * argument) >> 16) + piece.c[i]);
    }
    return r;
}

// --- sin: reduction to an eighth of a turn, then to 1/16, then a short series ---

constexpr std::array<std::int32_t, 14> kSines = {
    // round(2^31 sin(k/16))
    0,         134130364,  267736951,  400298032,  531295957,  660219183,  786564267,
    909837834, 1029558505, 1145258771, 1256486826, 1362808327, 1463808091, 1559091715};
constexpr std::array<std::int32_t, 14> kCosines = {
    // round(2^31 (cos(k/16) - 1))
    0,          -4192939,   -16755382,  -37638274,  -66760066,  -104007040, -149233746,
    -202263575, -262889447, -330874618, -405953610, -487833239, -576193767, -670690148};

/// An s0.31 number rounded to s16.15. QUIRK: the rounding overflows 32 bits near 1.0.
constexpr Accum to_accum(std::int64_t s031) { return wrap(s031 + (1 << 15)) >> 16; }

/// x * (y >> 16) >> 16, what the ARM core's 32 x 16 bit multiplication gives.
constexpr std::int64_t times_top(std::int32_t x, std::int32_t y) {
    return (std::int64_t{x} * (y >> 16)) >> 16;
}

/// An angle as eighths of a turn and the rest in [0, pi/4) as s0.31.
struct Octant {
    std::uint32_t index = 0;
    std::int32_t rest = 0;
};

constexpr Octant octant(Accum x) {
    constexpr std::int32_t kBlock = 7358;             // eighths of a turn taken off at once
    constexpr std::int32_t kBlockAngle = 189364951;   // the same as s16.15
    constexpr std::int32_t kTwelveAngle = 2470649;    // 12 eighths as s13.18
    constexpr std::int32_t kEighthAngle = 105414357;  // pi/4 as s4.27
    auto n = static_cast<std::int32_t>((std::int64_t{x} * 20861) >> 29);  // 20861: 4/pi
    Octant result{static_cast<std::uint32_t>(n) & 7u, 0};
    std::int64_t rest = x;
    for (; n < 0; n += kBlock) rest += kBlockAngle;
    for (; n >= kBlock; n -= kBlock) rest -= kBlockAngle;
    const auto twelves = static_cast<std::int32_t>((std::int64_t{n} * 21845) >> 18);
    n -= 12 * twelves;
    rest =
        ((rest * 8 - std::int64_t{kTwelveAngle} * twelves) * 512) - std::int64_t{kEighthAngle} * n;
    if (rest < 0) {
        rest += kEighthAngle;
        result.index = (result.index + 7u) & 7u;
    }
    result.rest = wrap(rest * 16);
    return result;
}

/// sin(x) and 1 - cos(x) as s0.31 for x in [0, pi/4), as s0.31.
struct SineCosine {
    std::int64_t sine = 0, one_minus_cosine = 0;
};

constexpr SineCosine sine_cosine(std::int32_t x) {
    constexpr int kStep = 27;  // the tables' steps of 1/16
    const std::int32_t near = (x + (1 << (kStep - 1))) >> kStep;
    const std::int32_t rest = wrap(std::int64_t{x - (near << kStep)} * 32);
    const std::int32_t sine = kSines[static_cast<std::size_t>(near)];
    const std::int32_t cosine = kCosines[static_cast<std::size_t>(near)];
    const std::int32_t half_square = wrap((std::int64_t{rest >> 16} * (rest >> 16)) >> 10);
    return {sine + times_top(sine, -2 * half_square) + (rest >> 5) + times_top(cosine, rest >> 4),
            half_square - cosine + times_top(cosine, 2 * half_square) + times_top(sine, rest >> 4)};
}

}  // namespace

Accum accum_from(double value) {
    if (std::isnan(value)) return 0;
    if (value <= kAccumMinimum) return std::numeric_limits<Accum>::min();
    if (value >= kAccumMaximum) return std::numeric_limits<Accum>::max();
    return static_cast<Accum>(std::nearbyint(value * kAccumOne));
}

Accum exp_accum(Accum x) {
    if (x > kExpOverflow) return std::numeric_limits<Accum>::max();
    if (x < kExpUnderflow) return 0;
    return static_cast<Accum>(exp_bits(x) >> 17);
}

Fraction exp_u032(Accum x) {
    if (x > kExpOverflow) return std::numeric_limits<Fraction>::max();
    if (x < kExpUnderflow) return 0;
    return static_cast<Fraction>(exp_bits(x));
}

Accum sqrt_accum(Accum x) {
    constexpr std::uint32_t kHalfRoot = 3037000500u;  // sqrt(1/2) as u0.32
    if (x <= 0) return 0;
    if (x == kAccumOne) return x;
    const int zeros = std::countl_zero(static_cast<std::uint32_t>(x));
    const std::uint32_t normal = static_cast<std::uint32_t>(x) << zeros;
    std::uint64_t r = std::uint64_t{(normal & 0x7FFFFFFFu) >> 1} << 32;
    for (int i = 0; i < 3; ++i) r = improve_short(normal, static_cast<std::uint32_t>(r >> 32));
    for (int i = 0; i < 2; ++i) r = improve_long(normal, r);
    std::uint64_t result = root(normal, r) >> (16 + ((zeros - 16) >> 1));
    if ((zeros & 1) != 0) result = times(result, kHalfRoot);
    return static_cast<Accum>(result >> 32);
}

Accum norminv(std::int16_t x) {
    if (x == 0) return 0;
    const std::int32_t size = std::abs(std::int32_t{x});
    const std::int32_t sign = x < 0 ? -1 : 1;
    const std::int32_t below = 32768 - size;
    if (size >= kNormalTail) return sign * kNormalTails[static_cast<std::size_t>(below)];
    const int octave = std::countl_zero(static_cast<std::uint32_t>(below)) - 17;
    const NormalPiece& piece = kNormalPieces[static_cast<std::size_t>(9 - octave)];
    if (piece.factor == 0) {  // the outer octaves
        const std::int32_t h = horner(piece, (below - (1 << (14 - octave))) << (octave + 1));
        return sign * (piece.lead + (wrap(std::int64_t{h} + (1 << 14)) >> 16));
    }
    const std::int32_t y = 2 * piece.factor * (((size * size) >> 17) - piece.offset);
    const std::int32_t h = wrap(std::int64_t{horner(piece, y)} + std::int64_t{y} * (1 << 14));
    const std::int32_t slope = (h >> 16) + (piece.lead << 13);
    return sign * static_cast<Accum>((std::int64_t{slope} * size) >> 16);
}

Accum sin_accum(Accum x) {
    constexpr std::int64_t kHalfRoot = 1518500250;  // sqrt(1/2) as s0.31
    const Octant angle = octant(x);
    const SineCosine value = sine_cosine(angle.rest);
    const std::int64_t sine = (value.sine * kHalfRoot) >> 31;
    const std::int64_t cosine = kHalfRoot - ((value.one_minus_cosine * kHalfRoot) >> 31);
    switch (angle.index) {
        case 0: return to_accum(value.sine);
        case 1: return to_accum(cosine + sine);
        case 2: return kAccumOne - to_accum(value.one_minus_cosine);
        case 3: return to_accum(cosine - sine);
        case 4: return to_accum(-value.sine);
        case 5: return to_accum(-(cosine + sine));
        case 6: return to_accum(value.one_minus_cosine) - kAccumOne;
        default: return to_accum(sine - cosine);
    }
}

}  // namespace spinnlab
