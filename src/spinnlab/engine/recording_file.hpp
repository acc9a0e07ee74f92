// SPDX-License-Identifier: Apache-2.0
// The file behind a run's recordings: mapped memory that outlives the process.
//
// A page-sized head with a description of what is recorded (JSON, as long as it needs), then chunks
// one behind the other, each a 64-byte header and its data. Whatever was written before a kill is
// in the page cache and so in the file; opening it walks the chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinnlab::engine {

/// Header of a chunk in the file.
struct ChunkHeader {
    static constexpr std::uint64_t kMagic = 0x4b4e5548'434c5053;  // "SPLCHUNK"
    /// Stream of the chunks that say what the other streams are, as JSON.
    static constexpr std::uint32_t kTable = 0xffffffff;
    /// Stream of the one chunk that holds how many steps are complete, in 32 bits.
    static constexpr std::uint32_t kProgress = 0xfffffffe;
    std::uint64_t magic = kMagic;
    std::uint64_t capacity_bytes = 0;  ///< of the data behind the header
    std::uint64_t used_bytes = 0;      ///< complete data
    std::uint64_t first_row = 0;       ///< of the stream, for rows of samples
    std::uint32_t stream = 0;
    std::uint32_t reserved[7] = {};
};
static_assert(sizeof(ChunkHeader) == 64);

/// One mapped chunk.
class Chunk {
 public:
    Chunk(std::byte* mapping, std::size_t mapped_bytes) : mapping_(mapping), size_(mapped_bytes) {}
    ~Chunk();
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;

    [[nodiscard]] ChunkHeader& header() const { return *reinterpret_cast<ChunkHeader*>(mapping_); }
    [[nodiscard]] std::byte* data() const { return mapping_ + sizeof(ChunkHeader); }
    [[nodiscard]] std::span<const std::byte> used() const {
        return {data(), static_cast<std::size_t>(header().used_bytes)};
    }

 private:
    std::byte* mapping_;
    std::size_t size_;
};

class RecordingFile {
 public:
    /// A new file, or memory that ends with the process where `path` is empty.
    /// Throws RunError where it cannot be made.
    static RecordingFile create(const std::optional<std::filesystem::path>& path);
    /// What an earlier run left; for reading. Throws RunError for anything else than such a file.
    static RecordingFile open(const std::filesystem::path& path);

    RecordingFile(RecordingFile&& other) noexcept;
    RecordingFile& operator=(RecordingFile&& other) noexcept;
    ~RecordingFile();

    /// What the streams are; once, before the first chunk.
    void describe(std::string_view json);
    [[nodiscard]] const std::string& description() const { return description_; }

    /// Adds a chunk with room for at least `bytes`; from any thread.
    /// Throws RunError when the disk is full; everything recorded so far stays.
    Chunk& add_chunk(std::uint32_t stream, std::uint64_t bytes, std::uint64_t first_row);

    /// Chunks in the file, in the order in which they were added.
    [[nodiscard]] std::span<const std::unique_ptr<Chunk>> chunks() const { return chunks_; }

    /// Throws RunError where the disk has less than `bytes` left.
    void check_room(std::uint64_t bytes) const;

 private:
    RecordingFile() = default;
    Chunk& map_chunk(std::uint64_t offset, std::uint64_t mapped_bytes);
    void read_chunks();

    int descriptor_ = -1;
    std::optional<std::filesystem::path> path_{};
    bool writable_ = true;
    std::string description_{};
    std::uint64_t end_ = 0;  ///< of the file
    std::vector<std::unique_ptr<Chunk>> chunks_{};
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

}  // namespace spinnlab::engine
