// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "spinnlab/emulator/arm/bodies_data.hpp"

namespace spinnlab::emulator::arm {
namespace {

using namespace bodies;

constexpr std::size_t kOperands = 11;

template <std::size_t... kIndex>
constexpr auto data_table(std::index_sequence<kIndex...>) {
    return std::array<Handler, sizeof...(kIndex)>{
        &step<&data<static_cast<Alu>(kIndex / (2 * kOperands)), (kIndex / kOperands) % 2 == 1,
                    static_cast<Operand>(kIndex % kOperands)>>...};
}

template <HalfOp kOp>
Handler half_handler(bool x, bool y) {
    constexpr std::array<Handler, 4> kHandlers{
        &step<&multiply_halves<kOp, false, false>>, &step<&multiply_halves<kOp, false, true>>,
        &step<&multiply_halves<kOp, true, false>>, &step<&multiply_halves<kOp, true, true>>};
    return kHandlers[2 * x + y];
}

}  // namespace

Handler data_handler(Alu alu, bool flags, Operand operand) {
    static constexpr auto kTable = data_table(std::make_index_sequence<16 * 2 * kOperands>{});
    return kTable[(static_cast<std::size_t>(alu) * 2 + flags) * kOperands +
                  static_cast<std::size_t>(operand)];
}

Handler arithmetic_handler(const Instruction& in) {
    constexpr std::array<Handler, 4> kMultiply{
        &step<&multiply<false, false>>, &step<&multiply<false, true>>,
        &step<&multiply<true, false>>, &step<&multiply<true, true>>};
    constexpr std::array<Handler, 8> kLong{
        &step<&multiply_long<false, false, false>>, &step<&multiply_long<false, false, true>>,
        &step<&multiply_long<false, true, false>>,  &step<&multiply_long<false, true, true>>,
        &step<&multiply_long<true, false, false>>,  &step<&multiply_long<true, false, true>>,
        &step<&multiply_long<true, true, false>>,   &step<&multiply_long<true, true, true>>};
    switch (in.kind) {
        case Kind::Multiply: return kMultiply[2 * in.accumulate + in.sets_flags];
        case Kind::MultiplyLong: return kLong[4 * in.is_signed + 2 * in.accumulate + in.sets_flags];
        case Kind::CountZeros: return &step<&count_zeros>;
        case Kind::StatusRead: return in.spsr ? &step<&saved_status_read> : &step<&status_read>;
        default: break;
    }
    switch (in.half_op) {
        case HalfOp::Smla: return half_handler<HalfOp::Smla>(in.x, in.y);
        case HalfOp::Smlaw: return half_handler<HalfOp::Smlaw>(false, in.y);
        case HalfOp::Smulw: return half_handler<HalfOp::Smulw>(false, in.y);
        case HalfOp::Smlal: return half_handler<HalfOp::Smlal>(in.x, in.y);
        case HalfOp::Smul: return half_handler<HalfOp::Smul>(in.x, in.y);
        case HalfOp::Qadd: return &step<&saturating<HalfOp::Qadd>>;
        case HalfOp::Qsub: return &step<&saturating<HalfOp::Qsub>>;
        case HalfOp::Qdadd: return &step<&saturating<HalfOp::Qdadd>>;
        case HalfOp::Qdsub: return &step<&saturating<HalfOp::Qdsub>>;
    }
    return nullptr;
}

Handler constant_handler() { return &step<&constant>; }
Handler nothing_handler() { return &step<&nothing>; }

}  // namespace spinnlab::emulator::arm
