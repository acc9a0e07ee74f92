// SPDX-License-Identifier: Apache-2.0
// A chip's memories. Resident only where touched.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace spinnlab::emulator {

/// 128 MiB, zero until written; a host page costs memory only once something was written to it.
class Sdram {
 public:
    Sdram();
    ~Sdram();
    Sdram(const Sdram&) = delete;
    Sdram& operator=(const Sdram&) = delete;

    [[nodiscard]] std::span<std::uint8_t> bytes() { return {data_, kBytes}; }
    /// All zero again; gives the pages back.
    void clear();

    static constexpr std::size_t kBytes = std::size_t{1} << 27;

 private:
    std::uint8_t* data_;
};

inline constexpr std::uint32_t kSystemRamBase = 0xe5000000;  ///< alias 0xf5000000
inline constexpr std::uint32_t kSystemRamBytes = 0x8000;

using SystemRam = std::array<std::uint8_t, kSystemRamBytes>;

/// Little-endian access to host memory that holds emulated bytes; addresses need no alignment.
template <typename Word>
[[nodiscard]] Word load(const std::uint8_t* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

template <typename Word>
void store(std::uint8_t* at, Word word) {
    std::memcpy(at, &word, sizeof word);
}

}  // namespace spinnlab::emulator
