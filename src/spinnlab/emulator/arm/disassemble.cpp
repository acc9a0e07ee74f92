// SPDX-License-Identifier: Apache-2.0
// In the unified syntax, as objdump writes it.
#include "spinnlab/emulator/arm/disassemble.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "spinnlab/emulator/arm/instruction.hpp"

namespace spinnlab::emulator::arm {
namespace {

std::string_view name(u8 reg) {
    constexpr std::array<std::string_view, 16> kNames{"r0", "r1", "r2", "r3", "r4", "r5",
                                                      "r6", "r7", "r8", "r9", "sl", "fp",
                                                      "ip", "sp", "lr", "pc"};
    return kNames[reg & 15];
}

std::string_view suffix(Condition condition) {
    constexpr std::array<std::string_view, 15> kNames{
        "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", ""};
    return kNames[static_cast<std::size_t>(condition)];
}

std::string_view name(Alu alu) {
    constexpr std::array<std::string_view, 16> kNames{"and", "eor", "sub", "rsb", "add", "adc",
                                                      "sbc", "rsc", "tst", "teq", "cmp", "cmn",
                                                      "orr", "mov", "bic", "mvn"};
    return kNames[static_cast<std::size_t>(alu)];
}

/// Of a shift, by its type: LSL and LslRegister are both "lsl".
std::string_view shift_name(Operand operand) {
    switch (operand) {
        case Operand::Lsl:
        case Operand::LslRegister: return "lsl";
        case Operand::Lsr:
        case Operand::LsrRegister: return "lsr";
        case Operand::Asr:
        case Operand::AsrRegister: return "asr";
        case Operand::Ror:
        case Operand::RorRegister: return "ror";
        default: return "rrx";
    }
}

constexpr bool shifts_by_register(Operand operand) { return operand >= Operand::LslRegister; }

std::string number(u32 value) { return fmt::format("#{}", static_cast<i32>(value)); }

std::string undefined(const Instruction& in) {
    return in.bytes == 4 ? fmt::format("undefined 0x{:08x}", in.bits)
                         : fmt::format("undefined 0x{:04x}", in.bits);
}

/// "r1", "r1, lsl #2", "r1, lsl r3", "r1, rrx".
std::string shifted_register(const Instruction& in) {
    if (in.operand == Operand::Register) return std::string(name(in.rm));
    if (in.operand == Operand::Rrx) return fmt::format("{}, rrx", name(in.rm));
    if (shifts_by_register(in.operand))
        return fmt::format("{}, {} {}", name(in.rm), shift_name(in.operand), name(in.rs));
    return fmt::format("{}, {} #{}", name(in.rm), shift_name(in.operand), in.amount);
}

std::string data(const Instruction& in) {
    const std::string_view condition = suffix(in.condition);
    const std::string second =
        in.operand == Operand::Immediate ? number(in.immediate) : shifted_register(in);
    const std::string_view s = in.sets_flags ? "s" : "";
    if (is_comparison(in.alu))
        return fmt::format("{}{} {}, {}", name(in.alu), condition, name(in.rn), second);
    if (in.alu == Alu::Mov && in.operand > Operand::Register) {
        // A move with a shift is written as that shift.
        if (in.operand == Operand::Rrx)
            return fmt::format("rrx{}{} {}, {}", s, condition, name(in.rd), name(in.rm));
        const std::string amount = shifts_by_register(in.operand) ? std::string(name(in.rs))
                                                                  : fmt::format("#{}", in.amount);
        return fmt::format("{}{}{} {}, {}, {}", shift_name(in.operand), s, condition, name(in.rd),
                           name(in.rm), amount);
    }
    if (!has_first_operand(in.alu))
        return fmt::format("{}{}{} {}, {}", name(in.alu), s, condition, name(in.rd), second);
    return fmt::format("{}{}{} {}, {}, {}", name(in.alu), s, condition, name(in.rd), name(in.rn),
                       second);
}

std::string multiply(const Instruction& in) {
    const std::string_view s = in.sets_flags ? "s" : "";
    const std::string_view condition = suffix(in.condition);
    if (in.kind == Kind::MultiplyLong) {
        return fmt::format("{}{}{}{} {}, {}, {}, {}", in.is_signed ? "sm" : "um",
                           in.accumulate ? "lal" : "ull", s, condition, name(in.rn), name(in.rd),
                           name(in.rm), name(in.rs));
    }
    if (in.accumulate)
        return fmt::format("mla{}{} {}, {}, {}, {}", s, condition, name(in.rd), name(in.rm),
                           name(in.rs), name(in.rn));
    return fmt::format("mul{}{} {}, {}, {}", s, condition, name(in.rd), name(in.rm), name(in.rs));
}

std::string half_multiply(const Instruction& in) {
    const std::string_view condition = suffix(in.condition);
    const char x = in.x ? 't' : 'b';
    const char y = in.y ? 't' : 'b';
    switch (in.half_op) {
        case HalfOp::Smla:
            return fmt::format("smla{}{}{} {}, {}, {}, {}", x, y, condition, name(in.rd),
                               name(in.rm), name(in.rs), name(in.rn));
        case HalfOp::Smlaw:
            return fmt::format("smlaw{}{} {}, {}, {}, {}", y, condition, name(in.rd), name(in.rm),
                               name(in.rs), name(in.rn));
        case HalfOp::Smulw:
            return fmt::format("smulw{}{} {}, {}, {}", y, condition, name(in.rd), name(in.rm),
                               name(in.rs));
        case HalfOp::Smlal:
            return fmt::format("smlal{}{}{} {}, {}, {}, {}", x, y, condition, name(in.rn),
                               name(in.rd), name(in.rm), name(in.rs));
        default:
            return fmt::format("smul{}{}{} {}, {}, {}", x, y, condition, name(in.rd), name(in.rm),
                               name(in.rs));
    }
}

std::string saturate(const Instruction& in) {
    constexpr std::array<std::string_view, 4> kNames{"qadd", "qsub", "qdadd", "qdsub"};
    const auto which =
        static_cast<std::size_t>(in.half_op) - static_cast<std::size_t>(HalfOp::Qadd);
    return fmt::format("{}{} {}, {}, {}", kNames[which], suffix(in.condition), name(in.rd),
                       name(in.rm), name(in.rn));
}

/// "[r1]", "[r1, #4]!", "[r1], -r2, lsl #2".
std::string address(const Instruction& in) {
    std::string offset;
    if (in.operand != Operand::Immediate)
        offset = (in.add ? "" : "-") + shifted_register(in);
    else if (in.immediate != 0 || in.writeback)
        offset = number(in.immediate);
    if (!in.before) return fmt::format("[{}], {}", name(in.rn), offset);
    const std::string_view mark = in.writeback ? "!" : "";
    if (offset.empty()) return fmt::format("[{}]{}", name(in.rn), mark);
    return fmt::format("[{}, {}]{}", name(in.rn), offset, mark);
}

std::string transfer(const Instruction& in) {
    constexpr std::array<std::string_view, 6> kWidths{"", "b", "h", "sb", "sh", "d"};
    const std::string_view width = kWidths[static_cast<std::size_t>(in.datum)];
    const bool user = in.user && (in.datum == Datum::Word || in.datum == Datum::Byte);
    return fmt::format("{}{}{}{} {}, {}", in.load ? "ldr" : "str", width, user ? "t" : "",
                       suffix(in.condition), name(in.rd), address(in));
}

/// "{r0, r1, lr}".
std::string register_list(u32 list) {
    std::string text;
    for (u32 left = list; left != 0; left &= left - 1) {
        if (!text.empty()) text += ", ";
        text += name(static_cast<u8>(std::countr_zero(left)));
    }
    return "{" + text + "}";
}

std::string block_transfer(const Instruction& in) {
    const std::string_view condition = suffix(in.condition);
    const std::string list = register_list(in.list) + (in.user ? "^" : "");
    const bool stack = in.rn == 13 && in.writeback && !in.user;
    if (stack && in.load && in.add && !in.before) return fmt::format("pop{} {}", condition, list);
    if (stack && !in.load && !in.add && in.before) return fmt::format("push{} {}", condition, list);
    const std::string_view direction = in.add ? (in.before ? "ib" : "") : (in.before ? "db" : "da");
    // A Thumb load that includes its base does not write it back.
    const bool shows_writeback =
        in.writeback && !(in.bytes == 2 && in.load && (in.list >> in.rn & 1));
    return fmt::format("{}{}{} {}{}, {}", in.load ? "ldm" : "stm", direction, condition,
                       name(in.rn), shows_writeback ? "!" : "", list);
}

std::string status(const Instruction& in) {
    const std::string_view which = in.spsr ? "SPSR" : "CPSR";
    if (in.kind == Kind::StatusRead)
        return fmt::format("mrs{} {}, {}", suffix(in.condition), name(in.rd), which);
    std::string fields;
    for (const auto& [bit, letter] : {std::pair{3, 'f'}, {2, 's'}, {1, 'x'}, {0, 'c'}}) {
        if (in.list >> bit & 1) fields += letter;
    }
    return fmt::format(
        "msr{} {}_{}, {}", suffix(in.condition), which, fields,
        in.operand == Operand::Immediate ? number(in.immediate) : std::string(name(in.rm)));
}

std::string coprocessor(const Instruction& in) {
    const u32 bits = in.bits;
    return fmt::format("{}{} {}, {}, {}, cr{}, cr{}, {{{}}}", in.load ? "mrc" : "mcr",
                       suffix(in.condition), bits >> 8 & 15, bits >> 21 & 7, name(in.rd),
                       bits >> 16 & 15, bits & 15, bits >> 5 & 7);
}

std::string branch(const Instruction& in, u32 pc) {
    const u32 target = pc + in.immediate;
    switch (in.kind) {
        case Kind::BranchToRegister:
            return fmt::format("{}{} {}", in.link ? "blx" : "bx", suffix(in.condition),
                               name(in.rm));
        case Kind::BranchExchange:
            // In Thumb state this is half an instruction.
            if (in.bytes == 2)
                return fmt::format("blx (second half) lr + {}", number(in.immediate));
            return fmt::format("blx 0x{:x}", target);
        case Kind::BranchSuffix:
            return fmt::format("bl (second half) lr + {}", number(in.immediate));
        case Kind::BranchPrefix: return fmt::format("bl (first half) lr = 0x{:x}", target);
        default:
            return fmt::format("b{}{} 0x{:x}", in.link ? "l" : "", suffix(in.condition), target);
    }
}

std::string text_of(const Instruction& in, u32 pc) {
    const std::string_view condition = suffix(in.condition);
    switch (in.kind) {
        case Kind::Undefined: return undefined(in);
        case Kind::Data: return data(in);
        case Kind::Multiply:
        case Kind::MultiplyLong: return multiply(in);
        case Kind::MultiplyHalves: return half_multiply(in);
        case Kind::Saturate: return saturate(in);
        case Kind::CountZeros:
            return fmt::format("clz{} {}, {}", condition, name(in.rd), name(in.rm));
        case Kind::Transfer: return transfer(in);
        case Kind::TransferBlock: return block_transfer(in);
        case Kind::Swap:
            return fmt::format("swp{}{} {}, {}, [{}]", in.datum == Datum::Byte ? "b" : "",
                               condition, name(in.rd), name(in.rm), name(in.rn));
        case Kind::Preload: return "pld " + address(in);
        case Kind::StatusRead:
        case Kind::StatusWrite: return status(in);
        case Kind::Coprocessor: return coprocessor(in);
        case Kind::Interrupt: return fmt::format("svc{} 0x{:08x}", condition, in.immediate);
        case Kind::Breakpoint:
            return fmt::format("bkpt 0x{:04x}", in.bytes == 2
                                                    ? in.bits & 0xff
                                                    : (in.bits >> 4 & 0xfff0) | (in.bits & 15));
        default: return branch(in, pc);
    }
}

}  // namespace

std::string disassemble_arm(std::uint32_t instruction, std::uint32_t pc) {
    return text_of(decode_arm(instruction), pc);
}

std::string disassemble_thumb(std::uint16_t instruction, std::uint16_t next, std::uint32_t pc) {
    const Instruction in = decode_thumb(instruction);
    if (in.kind == Kind::BranchPrefix) {
        const Instruction second = decode_thumb(next);
        const u32 target = pc + in.immediate + second.immediate;
        if (second.kind == Kind::BranchSuffix) return fmt::format("bl 0x{:x}", target);
        if (second.kind == Kind::BranchExchange) return fmt::format("blx 0x{:x}", target & ~3u);
    }
    return text_of(in, pc);
}

std::string disassemble_window(std::span<const std::uint8_t> memory, std::uint32_t memory_base,
                               std::uint32_t pc, bool thumb, int before, int after) {
    const u32 size = thumb ? 2 : 4;
    std::string text;
    for (int i = -before; i <= after; ++i) {
        const u32 address = pc + static_cast<u32>(i) * size;
        const u32 offset = address - memory_base;
        if (offset >= memory.size() || memory.size() - offset < size) continue;
        u32 bits = 0;
        std::memcpy(&bits, &memory[offset], size);
        u16 next = 0;
        if (memory.size() - offset >= 4) std::memcpy(&next, &memory[offset + 2], 2);
        text += fmt::format("{} {:08x}  {:0{}x}  {}\n", i == 0 ? '>' : ' ', address, bits, 2 * size,
                            thumb ? disassemble_thumb(static_cast<u16>(bits), next, address)
                                  : disassemble_arm(bits, address));
    }
    return text;
}

}  // namespace spinnlab::emulator::arm
