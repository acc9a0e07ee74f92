// SPDX-License-Identifier: Apache-2.0
// Two operations in one handler, for neighbours that programs are full of: the bodies in a row,
// without the jump in between. The second cell keeps its own handler, so the first half's slow way
// and skips lead to it as ever.
#include <algorithm>
#include <array>
#include <utility>

#include "spinnlab/emulator/arm/bodies_control.hpp"
#include "spinnlab/emulator/arm/bodies_data.hpp"
#include "spinnlab/emulator/arm/bodies_memory.hpp"

namespace spinnlab::emulator::arm {
namespace {

using namespace bodies;

template <auto kBody, auto kElse = nullptr>
struct Piece {
    static constexpr Handler kAlone = &step<kBody, kElse>;
    static constexpr auto kOtherwise = kElse;
    static constexpr bool kAlwaysGoesOn = kIsNothing<kElse>;
    [[gnu::always_inline]] static bool run(Hot& h) { return kBody(h); }
};

template <class First, class Second>
void pair(CpuState* s, const Cell* at, i64 nz, u32 c, u32 v, i64 budget) {
    Hot h{s, at, nz, c, v, budget};
    if constexpr (First::kAlwaysGoesOn) {
        First::run(h);
    } else if (!First::run(h)) [[unlikely]] {
        return First::kOtherwise(h.s, h.at, h.nz, h.c, h.v, h.budget);
    }
    if constexpr (Second::kAlwaysGoesOn) {
        Second::run(h);
    } else if (!Second::run(h)) [[unlikely]] {
        return Second::kOtherwise(h.s, h.at, h.nz, h.c, h.v, h.budget);
    }
    return dispatch(h);
}

template <class... Pieces>
struct List {
    static constexpr std::array<Handler, sizeof...(Pieces)> kHandlers{Pieces::kAlone...};
    static int find(Handler handler) {
        const auto* found = std::find(kHandlers.begin(), kHandlers.end(), handler);
        return found == kHandlers.end() ? -1 : static_cast<int>(found - kHandlers.begin());
    }
};
template <class... A, class... B>
List<A..., B...> join(List<A...>, List<B...>);

template <Alu kAlu, Operand kOperand, bool kFlags = false>
using Data = Piece<&data<kAlu, kFlags, kOperand>>;
template <Datum kDatum, Offset kOffset = Offset::Immediate, Index kIndex = Index::Plain>
using Load = Piece<&load<kDatum, kIndex, kOffset>, &load_anywhere<kDatum, kIndex, kOffset>>;
template <Datum kDatum, Offset kOffset = Offset::Immediate, Index kIndex = Index::Plain>
using Store = Piece<&store<kDatum, kIndex, kOffset>, &store_anywhere<kDatum, kIndex, kOffset>>;

using Simple =
    List<Piece<&constant>, Data<Alu::Mov, Operand::Register>, Data<Alu::Add, Operand::Immediate>,
         Data<Alu::Add, Operand::Register>, Data<Alu::Sub, Operand::Register>,
         Data<Alu::Mov, Operand::Lsl>, Data<Alu::Mov, Operand::Lsr>, Data<Alu::Mov, Operand::Asr>,
         Data<Alu::Orr, Operand::Lsl>, Data<Alu::Orr, Operand::Lsr>, Data<Alu::Eor, Operand::Lsl>,
         Data<Alu::Eor, Operand::Lsr>, Data<Alu::Add, Operand::Lsl>,
         Data<Alu::And, Operand::Immediate>, Data<Alu::And, Operand::Register>,
         Data<Alu::Orr, Operand::Register>, Load<Datum::Word>, Load<Datum::Half>,
         Load<Datum::Half, Offset::Add>, Load<Datum::Byte>, Store<Datum::Word>, Store<Datum::Half>,
         Piece<&multiply<true, false>>, Piece<&multiply_long<false, false, false>>,
         Piece<&multiply_long<true, false, false>>, Piece<&multiply_long<false, true, false>>>;

template <class... A, class... B>
Handler find_pair(List<A...>, List<B...>, Handler first, Handler second) {
    const int a = List<A...>::find(first);
    const int b = a < 0 ? -1 : List<B...>::find(second);
    if (b < 0) return nullptr;
    constexpr std::size_t kColumns = sizeof...(B);
    static constexpr auto kTable = [] {
        std::array<Handler, sizeof...(A) * kColumns> table{};
        std::size_t row = 0;
        const auto fill = [&]<class First>(First) {
            std::size_t i = kColumns * row++;
            ((table[i++] = &pair<First, B>), ...);
        };
        (fill(A{}), ...);
        return table;
    }();
    return kTable[static_cast<std::size_t>(a) * kColumns + static_cast<std::size_t>(b)];
}

using Comparisons =
    List<Data<Alu::Cmp, Operand::Immediate, true>, Data<Alu::Cmp, Operand::Register, true>,
         Data<Alu::Sub, Operand::Immediate, true>, Data<Alu::Tst, Operand::Immediate, true>>;

template <std::size_t... kI>
auto branches(std::index_sequence<kI...>) -> List<
    Piece<&branch_if<static_cast<Condition>(kI)>, &follow_if<static_cast<Condition>(kI)>>...>;
using Branches = decltype(branches(std::make_index_sequence<14>{}));

using Ends = List<Piece<&branch<false>, &follow<true>>, Piece<&branch<true>, &follow<true>>,
                  Piece<&chain, &follow<false>>, Piece<&exchange_register<false>, &enter_slowly>,
                  Piece<&exchange_r15, &enter_slowly>>;

}  // namespace

Handler pair_handler(Handler first, Handler second) {
    if (Handler found = find_pair(Comparisons{}, Branches{}, first, second)) return found;
    using SimpleOrComparison = decltype(join(Simple{}, Comparisons{}));
    if (Handler found = find_pair(Simple{}, SimpleOrComparison{}, first, second)) return found;
    return find_pair(Simple{}, Ends{}, first, second);
}

}  // namespace spinnlab::emulator::arm
