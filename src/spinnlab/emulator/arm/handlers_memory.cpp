// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "spinnlab/emulator/arm/bodies_memory.hpp"

namespace spinnlab::emulator::arm {
namespace {

using namespace bodies;

template <bool kLoad, Datum kDatum, Index kIndex, Offset kOffset>
constexpr Handler transfer() {
    if constexpr (kDatum == Datum::Double && kLoad)
        return &step<&load_double<kIndex, kOffset>, &load_double_anywhere<kIndex, kOffset>>;
    else if constexpr (kDatum == Datum::Double)
        return &step<&store_double<kIndex, kOffset>, &store_double_anywhere<kIndex, kOffset>>;
    else if constexpr (kLoad)
        return &step<&load<kDatum, kIndex, kOffset>, &load_anywhere<kDatum, kIndex, kOffset>>;
    else
        return &step<&store<kDatum, kIndex, kOffset>, &store_anywhere<kDatum, kIndex, kOffset>>;
}

constexpr std::size_t kDatums = 6;
constexpr std::size_t kIndices = 3;
constexpr std::size_t kOffsets = 5;

template <bool kLoad, std::size_t... kI>
constexpr auto transfer_table(std::index_sequence<kI...>) {
    return std::array<Handler, sizeof...(kI)>{
        transfer<kLoad, static_cast<Datum>(kI / (kIndices * kOffsets)),
                 static_cast<Index>(kI / kOffsets % kIndices),
                 static_cast<Offset>(kI % kOffsets)>()...};
}

template <std::size_t... kI>
constexpr auto block_table(bool load, std::index_sequence<kI...>) {
    return load ? std::array<Handler, sizeof...(kI)>{&step<&load_block<kI + 1>,
                                                           &load_block_anywhere<false>>...}
                : std::array<Handler, sizeof...(kI)>{
                      &step<&store_block<kI + 1>, &store_block_anywhere<false>>...};
}

}  // namespace

Handler transfer_handler(bool load, Datum datum, Index index, Offset offset) {
    using Indices = std::make_index_sequence<kDatums * kIndices * kOffsets>;
    static constexpr auto kLoads = transfer_table<true>(Indices{});
    static constexpr auto kStores = transfer_table<false>(Indices{});
    const std::size_t i =
        (static_cast<std::size_t>(datum) * kIndices + static_cast<std::size_t>(index)) * kOffsets +
        static_cast<std::size_t>(offset);
    return load ? kLoads[i] : kStores[i];
}

Handler block_transfer_handler(bool load, int registers) {
    static constexpr auto kLoads = block_table(true, std::make_index_sequence<16>{});
    static constexpr auto kStores = block_table(false, std::make_index_sequence<16>{});
    const auto i = static_cast<std::size_t>(registers - 1);
    return load ? kLoads[i] : kStores[i];
}

Handler user_block_transfer_handler(bool load) {
    return load ? &load_block_anywhere<true> : &store_block_anywhere<true>;
}

Handler swap_handler(bool byte) { return byte ? &swap<true> : &swap<false>; }

}  // namespace spinnlab::emulator::arm
