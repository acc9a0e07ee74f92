// SPDX-License-Identifier: Apache-2.0
// Reading ELF files and making images: what is right comes out whole, whatever is wrong is told.
#include "elf_loader.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

#include "aplx.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

using Bytes = std::vector<std::uint8_t>;

void put16(Bytes& bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::uint8_t>(value);
    bytes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

void put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
    put16(bytes, at, static_cast<std::uint16_t>(value));
    put16(bytes, at + 2, static_cast<std::uint16_t>(value >> 16));
}

struct TestSegment {
    std::uint32_t address;
    Bytes bytes;
    std::uint32_t memory_bytes;
};

constexpr std::size_t kProgramHeaders = 52;

/// An ELF file with these segments, two functions in its symbol table, entry 0.
Bytes make_elf(const std::vector<TestSegment>& segments) {
    Bytes file(kProgramHeaders + 32 * segments.size());
    const Bytes start = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    std::copy(start.begin(), start.end(), file.begin());
    put16(file, 16, 2);
    put16(file, 18, 40);
    put32(file, 28, kProgramHeaders);
    put16(file, 42, 32);
    put16(file, 44, static_cast<std::uint16_t>(segments.size()));
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const std::size_t header = kProgramHeaders + 32 * i;
        put32(file, header, 1);
        put32(file, header + 4, static_cast<std::uint32_t>(file.size()));
        put32(file, header + 8, segments[i].address);
        put32(file, header + 12, segments[i].address);
        put32(file, header + 16, static_cast<std::uint32_t>(segments[i].bytes.size()));
        put32(file, header + 20, segments[i].memory_bytes);
        file.insert(file.end(), segments[i].bytes.begin(), segments[i].bytes.end());
    }
    const std::size_t strings = file.size();
    const std::string names("\0start\0c_main\0", 14);
    file.insert(file.end(), names.begin(), names.end());
    const std::size_t symbols = file.size();
    file.resize(symbols + 32);
    put32(file, symbols, 7);  // c_main, Thumb, 8 bytes at 0x10
    put32(file, symbols + 4, 0x11);
    put32(file, symbols + 8, 8);
    file[symbols + 12] = 2;
    put32(file, symbols + 16, 1);  // start, ARM, size unknown, at 0
    file[symbols + 28] = 2;
    const std::size_t sections = file.size();
    file.resize(sections + 2 * 40);
    put32(file, 32, static_cast<std::uint32_t>(sections));
    put16(file, 46, 40);
    put16(file, 48, 2);
    put32(file, sections + 4, 2);
    put32(file, sections + 16, static_cast<std::uint32_t>(symbols));
    put32(file, sections + 20, 32);
    put32(file, sections + 24, 1);
    put32(file, sections + 40 + 4, 3);
    put32(file, sections + 40 + 16, static_cast<std::uint32_t>(strings));
    put32(file, sections + 40 + 20, static_cast<std::uint32_t>(names.size()));
    return file;
}

Bytes counting(std::size_t size, std::uint8_t from) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) {
        byte = from++;
    }
    return bytes;
}

Bytes good_elf() {
    return make_elf({{0x00400000, counting(45, 100), 200}, {0, counting(70, 1), 70}});
}

/// What a loader makes of an image: the bytes of the core's memories after it, by address.
std::map<std::uint32_t, std::uint8_t> load(const Bytes& image) {
    std::map<std::uint32_t, std::uint8_t> memory;
    for (const AplxOperation& operation : read_aplx(image, "image")) {
        const bool fills = operation.code == AplxCode::Fill;
        const std::uint32_t bytes = ((fills ? operation.second : operation.third) + 31) / 32 * 32;
        for (std::uint32_t i = 0; operation.code != AplxCode::Execute && i < bytes; ++i) {
            const std::uint32_t from = operation.second + i;
            memory[operation.address + i] =
                fills ? static_cast<std::uint8_t>(operation.third >> 8 * (i % 4)) : image.at(from);
        }
    }
    return memory;
}

std::string refusal(const Bytes& file) {
    try {
        (void)read_elf(file, "test.elf");
    } catch (const MachineError& error) {
        EXPECT_FALSE(error.way_out().empty());
        return error.what();
    }
    return "";
}

TEST(ElfLoader, GivesSegmentsByAddressAndFunctions) {
    const Program program = read_elf(good_elf(), "test.elf");
    ASSERT_EQ(program.segments.size(), 2u);
    EXPECT_EQ(program.segments[0].address, 0u);
    EXPECT_EQ(program.segments[0].bytes, counting(70, 1));
    EXPECT_EQ(program.segments[1].address, 0x00400000u);
    EXPECT_EQ(program.segments[1].memory_bytes, 200u);
    EXPECT_EQ(program.function_at(0x10), "c_main");
    EXPECT_EQ(program.function_at(0x14), "c_main+0x4");
    EXPECT_EQ(program.function_at(0x18), "");  // behind its end
    EXPECT_EQ(program.function_at(0x4), "start+0x4");
    EXPECT_TRUE(program.functions[1].thumb);
}

TEST(ElfLoader, ImageFillsMemoryAsTheFileSays) {
    const Program program = read_elf(make_elf({{0, counting(70, 1), 70},
                                               {0x48, counting(3, 9), 90},
                                               {0x00400000, {}, 33},
                                               {0x00400024, counting(45, 100), 200}}),
                                     "test.elf");
    const Bytes image = make_aplx(program, "test.elf");
    EXPECT_EQ(image.size() % 32, 0u);
    const auto memory = load(image);
    for (const Segment& segment : program.segments) {
        for (std::uint32_t i = 0; i < segment.memory_bytes; ++i) {
            const int expected = i < segment.bytes.size() ? segment.bytes[i] : 0;
            ASSERT_EQ(memory.at(segment.address + i), expected) << "at " << segment.address + i;
        }
    }
    EXPECT_EQ(read_aplx(image, "image").back().code, AplxCode::Execute);
}

TEST(ElfLoader, RefusesWhatIsNoProgramForACore) {
    EXPECT_NE(refusal({}).find("ELF header"), std::string::npos);
    EXPECT_NE(refusal(Bytes(100)).find("not an ELF file"), std::string::npos);
    Bytes x86 = good_elf();
    put16(x86, 18, 3);
    EXPECT_NE(refusal(x86).find("machine 3"), std::string::npos);
    Bytes object = good_elf();
    put16(object, 16, 1);
    EXPECT_NE(refusal(object).find("object of type 1"), std::string::npos);
    Bytes dynamic = good_elf();
    put32(dynamic, kProgramHeaders, 2);
    EXPECT_NE(refusal(dynamic).find("dynamically"), std::string::npos);
    Bytes thumb_entry = good_elf();
    put32(thumb_entry, 24, 0x11);
    EXPECT_NE(refusal(thumb_entry).find("entry 0x00000011"), std::string::npos);
    EXPECT_NE(refusal(make_elf({})).find("nothing to load"), std::string::npos);
}

TEST(ElfLoader, RefusesSegmentsThatDoNotFit) {
    EXPECT_NE(refusal(make_elf({{0x60000000, counting(4, 0), 4}})).find("neither in the ITCM"),
              std::string::npos);
    EXPECT_NE(refusal(make_elf({{0x7ef0, counting(17, 0), 17}})).find("neither"),
              std::string::npos);
    EXPECT_NE(refusal(make_elf({{0x0040fffc, {}, 8}})).find("neither"), std::string::npos);
    EXPECT_NE(refusal(make_elf({{0xfffffff0, {}, 0xffffffff}})).find("neither"), std::string::npos);
    EXPECT_NE(refusal(make_elf({{2, counting(4, 0), 4}})).find("multiple of 4"), std::string::npos);
    EXPECT_NE(refusal(make_elf({{0, counting(8, 0), 4}})).find("8 bytes in the file"),
              std::string::npos);
    EXPECT_NE(refusal(make_elf({{0, counting(8, 0), 8}, {4, counting(8, 0), 8}})).find("overlap"),
              std::string::npos);
    Bytes beyond = good_elf();
    put32(beyond, kProgramHeaders + 4, 0xffffffff);
    EXPECT_NE(refusal(beyond).find("beyond the file's end"), std::string::npos);
}

TEST(ElfLoader, RefusesRoundingBeyondTheMemory) {
    const Program program =
        read_elf(make_elf({{0, counting(4, 0), 4}, {0x0040fff0, {}, 8}}), "test.elf");
    EXPECT_THROW((void)make_aplx(program, "test.elf"), MachineError);
}

TEST(ElfLoader, SurvivesEveryTruncation) {
    const Bytes whole = good_elf();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "")
            << size;
    }
}

TEST(ElfLoader, SurvivesRandomDamage) {
    std::mt19937 random(1);
    const Bytes whole = good_elf();
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        Bytes file = whole;
        for (int i = 0; i < 1 + round % 4; ++i) {
            file[random() % file.size()] = static_cast<std::uint8_t>(random());
        }
        try {
            const Program program = read_elf(file, "damaged");
            (void)program.function_at(static_cast<std::uint32_t>(random()));
            (void)load(make_aplx(program, "damaged"));
            ++accepted;
        } catch (const MachineError&) {
        }
    }
    EXPECT_GT(accepted, 1000);  // damage in the contents is none of the loader's business
}

TEST(Aplx, RefusesBrokenTables) {
    const Bytes image = make_aplx(read_elf(good_elf(), "test.elf"), "test.elf");
    EXPECT_THROW((void)read_aplx(Bytes{}, "empty"), MachineError);
    EXPECT_THROW((void)read_aplx(Bytes(4096), "zeros"), MachineError);
    Bytes cut(image.begin(), image.begin() + 32);
    EXPECT_THROW((void)read_aplx(cut, "cut"), MachineError);
    Bytes wild = image;
    put32(wild, 4, 0x00500000);
    EXPECT_THROW((void)read_aplx(wild, "wild"), MachineError);
    Bytes no_end;
    for (int i = 0; i < 5000; ++i) {
        no_end.insert(no_end.end(), {3, 0, 0, 0, 0, 0, 0x40, 0, 32, 0, 0, 0, 0, 0, 0, 0});
    }
    EXPECT_THROW((void)read_aplx(no_end, "no end"), MachineError);
}

TEST(Aplx, SurvivesRandomDamage) {
    std::mt19937 random(2);
    const Bytes whole = make_aplx(read_elf(good_elf(), "test.elf"), "test.elf");
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        Bytes image = whole;
        image[random() % 80] = static_cast<std::uint8_t>(random());
        image[random() % image.size()] = static_cast<std::uint8_t>(random());
        try {
            accepted += read_aplx(image, "damaged").empty() ? 0 : 1;
        } catch (const MachineError&) {
        }
    }
    EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace spinnlab::machine_app
