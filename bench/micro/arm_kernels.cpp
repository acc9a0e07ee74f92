// SPDX-License-Identifier: Apache-2.0
// Question: how many emulated instructions a second does the ARM core execute on the work that
// SpiNNaker programs spend their time on? Each kernel runs to its end, its result is compared with
// the same C code compiled for the host, and the best of several runs counts, in CPU time.
// Beside it: the throw-away prototype, if $SPINNLAB_PROTOTYPE names the folder that holds
// emulator/arm.cpp, and qemu-arm, if it is installed.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "spinnlab/emulator/arm/cpu.hpp"

// The kernels once more, for the host. Their file-scope names are the same, hence the namespaces.
namespace neuron_update {
#include "kernels/neuron_update.c"
#undef NEURONS
#undef STEPS
}  // namespace neuron_update
namespace row_processing {
#include "kernels/row_processing.c"
}
namespace synapse_expansion {
#include "kernels/synapse_expansion.c"
}

namespace {

namespace arm = spinnlab::emulator::arm;
namespace fs = std::filesystem;

constexpr int kRuns = 5;
constexpr double kHostedRepeats = 20;  // REPEATS of start_hosted.S

struct Kernel {
    std::string name;
    std::uint32_t (*run_on_host)();
};

class NoDevices final : public arm::Bus {
 public:
    std::optional<std::uint32_t> read(std::uint32_t, arm::Width) override { return std::nullopt; }
    bool write(std::uint32_t, std::uint32_t, arm::Width) override { return false; }
};

double own_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double children_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Outcome {
    std::uint32_t result = 0;
    std::uint64_t instructions = 0;
    double seconds = 0;
};

Outcome run_on_core(const std::vector<std::uint8_t>& code) {
    Outcome best;
    static std::vector<std::uint8_t> sdram(8u << 20);
    NoDevices bus;
    for (int i = 0; i < kRuns; ++i) {
        arm::Cpu cpu(sdram, bus);
        std::copy(code.begin(), code.end(), cpu.itcm().begin());
        cpu.reset(0, 0, 0);
        const double start = own_cpu_seconds();
        if (cpu.run(arm::kNever) != arm::Stop::Waiting) {
            fmt::print(stderr, "the kernel did not come to its end\n");
            std::exit(1);
        }
        const double seconds = own_cpu_seconds() - start;
        if (i == 0 || seconds < best.seconds)
            best = {cpu.registers().r[0], cpu.instructions(), seconds};
    }
    return best;
}

/// Runs a command, returns what it wrote and the CPU time it took; none if it failed.
std::optional<std::pair<std::string, double>> run_command(const std::string& command) {
    const double start = children_cpu_seconds();
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    std::string output;
    char buffer[256];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe))
        output.append(buffer, n);
    if (pclose(pipe) != 0) return std::nullopt;
    return std::pair{output, children_cpu_seconds() - start};
}

/// M instructions/s of qemu-arm, counting the instructions that our core counted.
std::optional<double> run_on_qemu(const fs::path& program, const Outcome& ours) {
    double best = 0;
    for (int i = 0; i < 3; ++i) {
        const auto done = run_command("qemu-arm " + program.string() + " 2>/dev/null");
        std::uint32_t result = 0;
        if (!done || done->first.size() != sizeof result) return std::nullopt;
        std::memcpy(&result, done->first.data(), sizeof result);
        if (result != ours.result) {
            fmt::print(stderr, "qemu-arm gives another result\n");
            std::exit(1);
        }
        const double mips =
            static_cast<double>(ours.instructions) * kHostedRepeats / done->second / 1e6;
        best = std::max(best, mips);
    }
    return best;
}

/// Builds the prototype's core with our driver; empty if it is not there.
fs::path build_prototype() {
    const char* folder = std::getenv("SPINNLAB_PROTOTYPE");
    if (folder == nullptr) return {};
    const fs::path sources = fs::path(folder) / "emulator";
    const fs::path program = fs::temp_directory_path() / fmt::format("prototype-{}", getpid());
    const std::string command = fmt::format(
        "c++ -O3 -std=c++20 -I{0} {1} {0}/arm.cpp {0}/dev.cpp {0}/scamp.cpp -o {2} 2>/dev/null",
        sources.string(), SPINNLAB_BENCH_DIR "/micro/arm_kernels_prototype.cpp", program.string());
    if (std::system(command.c_str()) != 0) {
        fmt::print(stderr, "the prototype in $SPINNLAB_PROTOTYPE={} does not build with\n{}\n",
                   folder, command);
        std::exit(1);
    }
    return program;
}

std::optional<double> run_on_prototype(const fs::path& program, const fs::path& code,
                                       const Outcome& ours) {
    const auto done = run_command(program.string() + " " + code.string());
    if (!done) return std::nullopt;
    std::uint32_t result = 0;
    double mips = 0;
    if (std::sscanf(done->first.c_str(), "%x %lf", &result, &mips) != 2 || result != ours.result) {
        fmt::print(stderr, "the prototype gives another result\n");
        std::exit(1);
    }
    return mips;
}

std::string beside(const char* whose, double ours, const std::optional<double>& theirs) {
    return theirs ? fmt::format("  {} {:6.0f} (x {:.2f})", whose, *theirs, ours / *theirs)
                  : std::string();
}

}  // namespace

int main() {
    const fs::path folder = SPINNLAB_KERNELS_DIR;
    const Kernel kernels[] = {{"neuron_update", neuron_update::run},
                              {"row_processing", row_processing::run},
                              {"synapse_expansion", synapse_expansion::run}};
    if (!fs::exists(folder / "neuron_update.bin")) {
        fmt::print("The kernels are not built: install gcc-arm-none-eabi and configure again.\n");
        return 0;
    }
    const fs::path prototype = build_prototype();
    for (const Kernel& kernel : kernels) {
        const fs::path code = folder / (kernel.name + ".bin");
        const Outcome ours = run_on_core(read_file(code));
        if (const std::uint32_t expected = kernel.run_on_host(); ours.result != expected) {
            fmt::print(stderr, "{}: result {:#x}, but the host computes {:#x}\n", kernel.name,
                       ours.result, expected);
            return 1;
        }
        const double mips = static_cast<double>(ours.instructions) / ours.seconds / 1e6;
        std::optional<double> old;
        if (!prototype.empty()) old = run_on_prototype(prototype, code, ours);
        fmt::print("{:<18} {:>9} instructions  {:6.0f} M/s{}{}\n", kernel.name, ours.instructions,
                   mips, beside("prototype", mips, old),
                   beside("qemu-arm", mips, run_on_qemu(folder / (kernel.name + ".elf"), ours)));
    }
    if (prototype.empty()) {
        fmt::print("Prototype: recorded 72-126 M/s ($SPINNLAB_PROTOTYPE is not set, no ratio).\n");
    } else {
        fs::remove(prototype);
    }
}
