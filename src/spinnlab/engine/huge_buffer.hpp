// SPDX-License-Identifier: Apache-2.0
// Zeroed memory on huge pages: rows of synapses are read at random, page walks would dominate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace spinnlab::engine {

/// `n` zeroed values of T. Pages are resident only once touched.
/// Throws RunError where the system gives no memory.
class HugeBytes {
 public:
    HugeBytes() = default;
    explicit HugeBytes(std::size_t bytes);
    ~HugeBytes();
    HugeBytes(HugeBytes&& other) noexcept { swap(other); }
    HugeBytes& operator=(HugeBytes&& other) noexcept {
        swap(other);
        return *this;
    }
    HugeBytes(const HugeBytes&) = delete;
    HugeBytes& operator=(const HugeBytes&) = delete;

    [[nodiscard]] std::byte* data() const { return start_; }
    [[nodiscard]] std::size_t size() const { return bytes_; }

 private:
    void swap(HugeBytes& other) noexcept {
        std::swap(mapping_, other.mapping_);
        std::swap(mapped_bytes_, other.mapped_bytes_);
        std::swap(start_, other.start_);
        std::swap(bytes_, other.bytes_);
    }
    void* mapping_ = nullptr;
    std::size_t mapped_bytes_ = 0;
    std::byte* start_ = nullptr;
    std::size_t bytes_ = 0;
};

template <typename T>
class HugeBuffer {
 public:
    HugeBuffer() = default;
    explicit HugeBuffer(std::size_t n) : bytes_(n * sizeof(T)), n_(n) {}

    [[nodiscard]] T* data() const { return reinterpret_cast<T*>(bytes_.data()); }
    [[nodiscard]] std::size_t size() const { return n_; }
    [[nodiscard]] std::span<T> span() const { return {data(), n_}; }
    T& operator[](std::size_t i) const { return data()[i]; }

 private:
    HugeBytes bytes_{};
    std::size_t n_ = 0;
};

}  // namespace spinnlab::engine
