// SPDX-License-Identifier: Apache-2.0
// From instructions to cells: a block of straight-line code at a time, decoded when it is first
// reached. What reads r15 is given its value here; what writes r15 is split into the operation,
// which leaves the target in r[15], and a jump.
#include <algorithm>
#include <bit>
#include <cstring>

#include "spinnlab/emulator/arm/dispatch.hpp"

namespace spinnlab::emulator::arm {
namespace {

constexpr bool changes_flags(const Instruction& in) {
    return in.sets_flags || in.kind == Kind::StatusWrite || in.kind == Kind::Coprocessor;
}

constexpr bool shifts_by_register(Operand operand) { return operand >= Operand::LslRegister; }

bool reads_r15(const Instruction& in) {
    switch (in.kind) {
        case Kind::Data:
            if (has_first_operand(in.alu) && in.rn == 15) return true;
            if (in.operand == Operand::Immediate) return false;
            return in.rm == 15 || (shifts_by_register(in.operand) && in.rs == 15);
        case Kind::Transfer:
            return in.rn == 15 || (in.operand != Operand::Immediate && in.rm == 15) ||
                   (!in.load && in.rd == 15);
        case Kind::TransferBlock: return in.rn == 15 || (!in.load && in.list >> 15 != 0);
        case Kind::BranchToRegister: return in.rm == 15;
        case Kind::StatusWrite: return in.operand == Operand::Register && in.rm == 15;
        case Kind::Coprocessor: return !in.load && in.rd == 15;
        case Kind::Multiply:
        case Kind::MultiplyLong:
        case Kind::MultiplyHalves:
        case Kind::Saturate:
        case Kind::CountZeros:
        case Kind::Swap: return in.rm == 15 || in.rn == 15 || in.rs == 15;
        default: return false;
    }
}

/// Writes one block behind its head.
class Builder {
 public:
    Builder(CpuState& s, Cell* head, u32 entry, bool in_itcm)
        : s_(s), head_(head), entry_(entry), thumb_(is_thumb(entry)), in_itcm_(in_itcm) {}

    /// Returns the number of cells used: head, operations, indices.
    u32 build() {
        const int most = in_itcm_ ? kMaxBlockInstructions : 1;
        u32 pc = entry_ & ~1u;
        bool ended = false;
        while (!ended && instructions_ < most && !(in_itcm_ && pc >= kItcmBytes)) {
            pc_ = pc;
            const Instruction in = fetch(pc);
            pc += in.bytes;
            ended = translate(in);
            pc = pc_ + in.bytes;  // a fused pair moves pc_
            ++instructions_;
        }
        next_pc_ = pc;
        const bool falls = !ended || group_ != kNoGroup;
        close_group();
        --instructions_;  // the closing chain belongs to the last instruction
        if (falls) end_with(Control::Chain, 0);
        ++instructions_;
        return finish();
    }

 private:
    static constexpr int kNoGroup = -1;

    Instruction fetch(u32 pc) {
        const u8* from = in_itcm_ ? &s_.itcm[pc] : s_.sdram + ((pc & ~0x1000'0000u) - kSdramBase);
        if (in_itcm_) mark_decoded(pc);
        if (thumb_) {
            u16 bits;
            std::memcpy(&bits, from, 2);
            return decode_thumb(bits);
        }
        u32 bits;
        std::memcpy(&bits, from, 4);
        return decode_arm(bits);
    }

    void mark_decoded(u32 address) { s_.decoded[address / 128] |= 1u << (address / 4 % 32); }
    [[nodiscard]] bool is_volatile(u32 address) const {
        return s_.volatile_words[address / 128] >> (address / 4 % 32) & 1;
    }

    /// What r15 reads as.
    [[nodiscard]] u32 r15() const { return pc_ + (thumb_ ? 4 : 8); }
    [[nodiscard]] u32 r15(const Instruction& in) const {
        return in.word_aligned_pc ? r15() & ~3u : r15();
    }
    [[nodiscard]] u32 entry_of(u32 address) const { return address | (entry_ & 1); }
    [[nodiscard]] u32 return_address(u32 bytes) const { return entry_of(pc_ + bytes); }

    Cell& new_cell() {
        Cell& cell = head_[1 + cells_];
        cell.branch = {};
        indices_[static_cast<std::size_t>(cells_++)] = static_cast<u8>(instructions_);
        return cell;
    }
    Op& emit(Handler handler, const Instruction& in) {
        Op& op = new_cell().op;
        op = {handler, in.immediate, in.rd, in.rn, in.rm, in.amount};
        return op;
    }
    void set_register(u8 rd, u32 value) {
        new_cell().op = {constant_handler(), value, rd, 0, 0, 0};
    }
    /// A control operation and its targets.
    Op& emit_control(Handler handler, u32 taken_entry, u32 imm = 0) {
        Cell& cell = new_cell();
        cell.op = {handler, imm, 0, 0, 0, 0};
        new_cell().branch = {taken_entry, 0, 0, 0};
        is_data_[static_cast<std::size_t>(cells_ - 1)] = true;
        targets_ = cells_;
        return cell.op;
    }
    Op& end_with(Control control, u32 taken_entry, u32 imm = 0) {
        Op& op = emit_control(control_handler(control), taken_entry, imm);
        // The fall-through address is known here only for what ends the block: one instruction on.
        head_[targets_].branch.fall_entry = entry_of(next_pc_);
        return op;
    }

    // Neighbours with the same condition share one skip, as long as none of them changes the flags.
    void open_group(Condition condition) {
        if (group_ != kNoGroup && condition == group_condition_ && cells_ - group_ < 200) return;
        close_group();
        group_ = cells_;
        group_condition_ = condition;
        new_cell().op = {skip_handler(condition), 0, 0, 0, 0, 0};
    }
    void close_group() {
        if (group_ == kNoGroup) return;
        head_[1 + group_].op.aux = static_cast<u8>(cells_ - group_ - 1);
        group_ = kNoGroup;
    }

    /// True if the block ends with this instruction.
    bool translate(const Instruction& in) {
        next_pc_ = pc_ + in.bytes;
        const bool plain_branch = in.kind == Kind::Branch && !in.link;
        if (in.condition == Condition::Al || plain_branch)
            close_group();
        else
            open_group(in.condition);
        if (reads_r15(in) && !folds_r15(in)) {
            const bool stored = (in.kind == Kind::Transfer && !in.load && in.rd == 15) ||
                                in.kind == Kind::TransferBlock;
            set_register(15, stored ? r15() + 4 : r15(in));
        }
        const bool ended = translate_kind(in);
        if (!ended && changes_flags(in)) close_group();
        return ended;
    }

    bool translate_kind(const Instruction& in) {
        switch (in.kind) {
            case Kind::Data: return translate_data(in);
            case Kind::Multiply:
            case Kind::MultiplyLong:
            case Kind::MultiplyHalves:
            case Kind::Saturate:
            case Kind::CountZeros:
            case Kind::StatusRead: emit(arithmetic_handler(in), in).aux = in.rs; return false;
            case Kind::Transfer: return translate_transfer(in);
            case Kind::TransferBlock: return translate_block_transfer(in);
            case Kind::Swap: emit(swap_handler(in.datum == Datum::Byte), in); return false;
            case Kind::Preload: return false;
            case Kind::BranchPrefix: return translate_branch_prefix(in);
            default: translate_control(in); return true;
        }
    }

    /// PC-relative addresses, and constants from the ITCM.
    [[nodiscard]] bool folds_r15(const Instruction& in) const {
        if (in.kind == Kind::Data) {
            if (in.sets_flags || in.rd == 15) return false;
            if (in.alu == Alu::Mov) return in.operand == Operand::Register;
            return (in.alu == Alu::Add || in.alu == Alu::Sub) && in.operand == Operand::Immediate;
        }
        return is_constant_load(in);
    }
    [[nodiscard]] bool is_constant_load(const Instruction& in) const {
        if (in.kind != Kind::Transfer || !in.load || in.datum != Datum::Word || in.rn != 15 ||
            in.writeback || in.operand != Operand::Immediate)
            return false;
        const u32 address = r15(in) + in.immediate;
        return in_itcm_ && address < kItcmBytes && address % 4 == 0 && !is_volatile(address);
    }

    bool translate_data(const Instruction& in) {
        const bool compares = is_comparison(in.alu);
        if (reads_r15(in) && folds_r15(in)) {
            const u32 offset = in.alu == Alu::Mov   ? 0
                               : in.alu == Alu::Add ? in.immediate
                                                    : 0u - in.immediate;
            set_register(in.rd, r15(in) + offset);
            return false;
        }
        if (in.alu == Alu::Mov && in.operand == Operand::Register && in.rd == in.rm &&
            !in.sets_flags && in.rd != 15)
            return false;
        const bool jumps = in.rd == 15 && !compares;
        const bool flags = in.sets_flags && !jumps;
        if (!flags && in.operand == Operand::Immediate && emit_simpler(in)) {
            if (jumps) end_data_jump(in);
            return jumps;
        }
        Op& op = emit(data_handler(in.alu, flags, in.operand), in);
        if (in.operand == Operand::Immediate) op.aux = static_cast<u8>(in.carry);
        if (shifts_by_register(in.operand)) op.aux = in.rs;
        if (jumps) end_data_jump(in);
        return jumps;
    }
    void end_data_jump(const Instruction& in) {
        if (in.sets_flags)
            end_with(Control::ReturnFromException, 0);
        else
            end_with(Control::ToR15, 0).aux = thumb_;
    }
    /// The fewer kinds of operations, the more pairs of them there are handlers for.
    bool emit_simpler(const Instruction& in) {
        if (in.alu == Alu::Mov) {
            set_register(in.rd, in.immediate);
        } else if (in.alu == Alu::Mvn) {
            set_register(in.rd, ~in.immediate);
        } else if (in.alu == Alu::Sub) {
            emit(data_handler(Alu::Add, false, in.operand), in).imm = 0u - in.immediate;
        } else if (in.alu == Alu::Bic) {
            emit(data_handler(Alu::And, false, in.operand), in).imm = ~in.immediate;
        } else {
            return false;
        }
        return true;
    }

    bool translate_transfer(const Instruction& in) {
        if (is_constant_load(in)) {
            const u32 address = r15(in) + in.immediate;
            u32 value;
            std::memcpy(&value, &s_.itcm[address], 4);
            mark_decoded(address);
            set_register(in.rd, value);
        } else {
            const Index index = !in.before     ? Index::After
                                : in.writeback ? Index::Before
                                               : Index::Plain;
            Offset offset = Offset::Shifted;
            u32 imm = static_cast<u32>(in.operand) | (in.add ? 0u : 0x100u);
            if (in.operand == Operand::Immediate) {
                offset = Offset::Immediate;
                imm = in.immediate;
            } else if (in.operand == Operand::Register) {
                offset = in.add ? Offset::Add : Offset::Subtract;
            } else if (in.operand == Operand::Lsl && in.add) {
                offset = Offset::AddLsl;
            }
            emit(transfer_handler(in.load, in.datum, index, offset), in).imm = imm;
        }
        if (!in.load || in.rd != 15) return false;
        end_with(Control::ExchangeR15, 0);
        return true;
    }

    bool translate_block_transfer(const Instruction& in) {
        const int n = std::popcount(in.list);
        if (n == 0) return false;  // unpredictable; here it does nothing
        const bool has_r15 = in.list >> 15 != 0;
        const bool user = in.user && !(in.load && has_r15);
        Op& op = emit(
            user ? user_block_transfer_handler(in.load) : block_transfer_handler(in.load, n), in);
        op.imm = in.list;
        const int start = in.add ? (in.before ? 1 : 0) : (in.before ? -n : 1 - n);
        op.rd = static_cast<u8>(static_cast<i8>(start));
        op.aux = static_cast<u8>(static_cast<i8>(!in.writeback ? 0 : in.add ? n : -n));
        Cell& registers = new_cell();
        is_data_[static_cast<std::size_t>(cells_ - 1)] = true;
        std::size_t i = 0;
        for (u32 left = in.list; left != 0; left &= left - 1)
            registers.bytes[i++] = static_cast<u8>(std::countr_zero(left));
        if (!in.load || !has_r15) return false;
        end_with(in.user ? Control::ReturnFromException : Control::ExchangeR15, 0);
        return true;
    }

    /// Thumb BL: both halves at once where the second one follows.
    bool translate_branch_prefix(const Instruction& in) {
        const u32 next = pc_ + 2;
        if (in_itcm_ && next < kItcmBytes && instructions_ + 1 < kMaxBlockInstructions) {
            const Instruction second = fetch(next);
            const bool exchange = second.kind == Kind::BranchExchange;
            if (exchange || second.kind == Kind::BranchSuffix) {
                const u32 target = pc_ + in.immediate + second.immediate;
                pc_ = next;
                next_pc_ = next + 2;
                ++instructions_;
                end_with(Control::BranchLink, exchange ? target & ~3u : target | 1, (next + 2) | 1);
                return true;
            }
        }
        set_register(14, pc_ + in.immediate);
        return false;
    }

    void translate_control(const Instruction& in) {
        switch (in.kind) {
            case Kind::Branch: translate_branch(in); break;
            case Kind::BranchExchange:
                if (thumb_)
                    end_with(Control::SuffixExchange, in.immediate, return_address(2));
                else
                    end_with(Control::BranchLink, (pc_ + in.immediate) | 1, return_address(4));
                break;
            case Kind::BranchSuffix:
                end_with(Control::Suffix, in.immediate, return_address(2));
                break;
            case Kind::BranchToRegister:
                end_with(in.link ? Control::LinkExchangeRegister : Control::ExchangeRegister, 0,
                         return_address(in.bytes))
                    .rm = in.rm;
                break;
            case Kind::StatusWrite: {
                Op& op = end_with(Control::StatusWrite, 0, in.immediate);
                op.rd = static_cast<u8>(in.list);
                op.rn = in.operand == Operand::Register;
                op.rm = in.rm;
                op.aux = in.spsr;
                break;
            }
            case Kind::Coprocessor:
                end_with(in.load ? Control::CoprocessorRead : Control::CoprocessorWrite, 0, in.bits)
                    .rd = in.rd;
                break;
            case Kind::Interrupt: end_with(Control::SoftwareInterrupt, 0); break;
            case Kind::Breakpoint: end_with(Control::Breakpoint, 0); break;
            default: end_with(Control::Undefined, 0, in.bits); break;
        }
    }

    void translate_branch(const Instruction& in) {
        const u32 target = entry_of(pc_ + in.immediate);
        if (in.link) {
            end_with(Control::BranchLink, target, return_address(4));
        } else if (in.condition == Condition::Al) {
            end_with(Control::Branch, target);
        } else {
            emit_control(branch_if_handler(in.condition), target);
            head_[targets_].branch.fall_entry = entry_of(next_pc_);
        }
    }

    /// Lets one handler serve two cells where there is one, in the way that takes the fewest.
    void pair_cells() {
        std::array<u16, kMaxBlockCells + 2> handlers_from{};  // least number from a cell to the end
        std::array<Handler, kMaxBlockCells> both{};
        for (int n = cells_ - 1; n >= 0; --n) {
            const auto i = static_cast<std::size_t>(n);
            handlers_from[i] = static_cast<u16>(handlers_from[i + 1] + 1);
            if (n + 1 == cells_ || is_data_[i] || is_data_[i + 1]) continue;
            both[i] = pair_handler(head_[1 + n].op.handler, head_[2 + n].op.handler);
            if (both[i] == nullptr || handlers_from[i + 2] + 1 > handlers_from[i]) continue;
            handlers_from[i] = static_cast<u16>(handlers_from[i + 2] + 1);
        }
        for (int n = 0; n + 1 < cells_; ++n) {
            const auto i = static_cast<std::size_t>(n);
            if (both[i] == nullptr || handlers_from[i + 2] + 1 > handlers_from[i + 1] + 1) continue;
            head_[1 + n].op.handler = both[i];
            ++n;
        }
    }

    u32 finish() {
        pair_cells();
        const i64 fetch_cost =
            in_itcm_ ? 0 : cycle_cost(static_cast<i64>(kSdramReadCycles) * instructions_);
        head_->head = {block_charge(instructions_) + fetch_cost, entry_,
                       static_cast<u8>(instructions_), 0, static_cast<u16>(cells_)};
        std::memcpy(head_ + 1 + cells_, indices_.data(), static_cast<std::size_t>(cells_));
        return static_cast<u32>(1 + cells_ + (cells_ + 15) / 16);
    }

    CpuState& s_;
    Cell* head_;
    u32 entry_;
    bool thumb_;
    bool in_itcm_;
    u32 pc_ = 0;       ///< of the instruction being translated
    u32 next_pc_ = 0;  ///< behind it
    int cells_ = 0;
    int instructions_ = 0;
    int targets_ = 0;  ///< cell of the last branch's targets, counted from the head
    int group_ = kNoGroup;
    Condition group_condition_ = Condition::Al;
    std::array<u8, kMaxBlockCells> indices_{};
    std::array<bool, kMaxBlockCells> is_data_{};  ///< no operation: targets, register lists
};

}  // namespace

const Cell* CpuState::block_at(u32 where) {
    const u32 address = where & ~1u;
    if (const u32 link = link_of(where); link != 0) return at_link(link);
    if (address < kItcmBytes) {
        if (code_is_full()) forget_all_code();
        Cell* head = &code[code_top];
        code_top += Builder(*this, head, where, true).build();
        (is_thumb(where) ? thumb_blocks[where >> 1] : arm_blocks[where >> 2]) = to_link(head);
        return head;
    }
    if ((address & ~0x1000'0000u) - kSdramBase < sdram_bytes) {
        Builder(*this, scratch.data(), where, false).build();
        return scratch.data();
    }
    return nullptr;
}

void CpuState::forget_all_code() {
    for (u32 i = 1; i < code_top;) {
        const BlockHead& head = code[i].head;
        (is_thumb(head.entry) ? thumb_blocks[head.entry >> 1] : arm_blocks[head.entry >> 2]) = 0;
        i += 1u + head.cells + (head.cells + 15u) / 16;
    }
    code_top = 1;
    decoded.fill(0);
    forget_code = false;
}

void CpuState::itcm_written(u32 address, u32 bytes) {
    if (address >= kItcmBytes || bytes == 0) return;
    const u32 last = std::min(bytes - 1, kItcmBytes - 1 - address) + address;
    for (u32 word = address / 4; word <= last / 4; ++word) {
        const u32 bit = 1u << word % 32;
        if (!(decoded[word / 32] & bit)) continue;
        volatile_words[word / 32] |= bit;
        forget_code = true;
    }
    if (forget_code) stop_soon();
}

}  // namespace spinnlab::emulator::arm
