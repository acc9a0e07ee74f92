// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/recording_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::string_view kHead = "SpiNNLab recording 1\n";

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
    return (bytes + kPage - 1) / kPage * kPage;
}

std::string name_of(const std::optional<std::filesystem::path>& path) {
    return path ? path->string() : "memory";
}

RunError cannot(std::string_view what, const std::optional<std::filesystem::path>& path,
                int error) {
    return RunError(fmt::format("recordings: {} {}: {}", what, name_of(path), std::strerror(error)),
                    error == ENOSPC ? "Free some space, record fewer variables or neurons, or "
                                      "record at longer intervals."
                                    : "Choose another folder for recordings.");
}

/// Head of the file: a line of text, the length of the description, the description.
struct Head {
    char text[24] = {};
    std::uint64_t description_bytes = 0;
};

}  // namespace

Chunk::~Chunk() { munmap(mapping_, size_); }

RecordingFile RecordingFile::create(const std::optional<std::filesystem::path>& path) {
    RecordingFile file;
    file.path_ = path;
    if (path) {
        file.descriptor_ = ::open(path->c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    } else {
        file.descriptor_ = memfd_create("spinnlab-recordings", MFD_CLOEXEC);
    }
    if (file.descriptor_ < 0) throw cannot("cannot create", path, errno);
    return file;
}

RecordingFile RecordingFile::open(const std::filesystem::path& path) {
    RecordingFile file;
    file.path_ = path;
    file.writable_ = false;
    file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file.descriptor_ < 0) throw cannot("cannot open", path, errno);
    Head head;
    if (pread(file.descriptor_, &head, sizeof head, 0) != sizeof head ||
        kHead != std::string_view(head.text, strnlen(head.text, sizeof head.text))) {
        throw RunError(fmt::format("{} is not a recording of SpiNNLab", path.string()),
                       "Name a file that a run left.");
    }
    struct stat status = {};
    fstat(file.descriptor_, &status);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (head.description_bytes > size) {
        throw RunError(fmt::format("{} is cut off in its head", path.string()),
                       "Nothing can be read from it.");
    }
    file.description_.resize(head.description_bytes);
    if (pread(file.descriptor_, file.description_.data(), head.description_bytes, sizeof head) !=
        static_cast<ssize_t>(head.description_bytes)) {
        throw cannot("cannot read", path, errno);
    }
    file.end_ = whole_pages(sizeof head + head.description_bytes);
    file.read_chunks();
    return file;
}

void RecordingFile::read_chunks() {
    struct stat status = {};
    fstat(descriptor_, &status);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    while (end_ + sizeof(ChunkHeader) <= size) {
        ChunkHeader header;
        if (pread(descriptor_, &header, sizeof header, static_cast<off_t>(end_)) != sizeof header ||
            header.magic != ChunkHeader::kMagic || header.used_bytes > header.capacity_bytes ||
            header.capacity_bytes > size - end_ - sizeof header) {
            return;  // the kill came before this chunk was made
        }
        map_chunk(end_, sizeof header + header.capacity_bytes);
    }
}

RecordingFile::RecordingFile(RecordingFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      writable_(other.writable_),
      description_(std::move(other.description_)),
      end_(other.end_),
      chunks_(std::move(other.chunks_)),
      mutex_(std::move(other.mutex_)) {}

RecordingFile& RecordingFile::operator=(RecordingFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    std::swap(writable_, other.writable_);
    std::swap(description_, other.description_);
    std::swap(end_, other.end_);
    std::swap(chunks_, other.chunks_);
    std::swap(mutex_, other.mutex_);
    return *this;
}

RecordingFile::~RecordingFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

void RecordingFile::describe(std::string_view json) {
    Head head;
    std::memcpy(head.text, kHead.data(), kHead.size());
    head.description_bytes = json.size();
    description_ = json;
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    bytes += json;
    end_ = whole_pages(bytes.size());
    if (ftruncate(descriptor_, static_cast<off_t>(end_)) != 0 ||
        pwrite(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw cannot("cannot write", path_, errno);
    }
}

Chunk& RecordingFile::add_chunk(std::uint32_t stream, std::uint64_t bytes,
                                std::uint64_t first_row) {
    const std::scoped_lock lock(*mutex_);
    const std::uint64_t mapped = whole_pages(sizeof(ChunkHeader) + bytes);
    const std::uint64_t offset = end_;
    // On a disk the space is taken now: a full disk is an error here, not a signal in a store.
    const int error =
        path_ ? posix_fallocate(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(mapped))
        : ftruncate(descriptor_, static_cast<off_t>(offset + mapped)) == 0 ? 0
                                                                           : errno;
    if (error != 0) throw cannot("no more room in", path_, error);
    Chunk& chunk = map_chunk(offset, mapped);
    ChunkHeader header;
    header.capacity_bytes = mapped - sizeof header;
    header.first_row = first_row;
    header.stream = stream;
    chunk.header() = header;
    return chunk;
}

Chunk& RecordingFile::map_chunk(std::uint64_t offset, std::uint64_t mapped_bytes) {
    const int protection = writable_ ? PROT_READ | PROT_WRITE : PROT_READ;
    void* mapping = mmap(nullptr, mapped_bytes, protection, MAP_SHARED, descriptor_,
                         static_cast<off_t>(offset));
    if (mapping == MAP_FAILED) throw cannot("cannot map", path_, errno);
    end_ = offset + mapped_bytes;
    chunks_.push_back(std::make_unique<Chunk>(static_cast<std::byte*>(mapping), mapped_bytes));
    return *chunks_.back();
}

void RecordingFile::check_room(std::uint64_t bytes) const {
    if (!path_) return;
    struct statvfs room = {};
    if (fstatvfs(descriptor_, &room) != 0) return;
    const std::uint64_t free_bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
    if (bytes <= free_bytes) return;
    throw RunError(fmt::format("recording needs {} MiB, {} has {} MiB left", (bytes >> 20) + 1,
                               path_->parent_path().string(), free_bytes >> 20),
                   "Free some space, record fewer variables or neurons, record at longer "
                   "intervals, or run for a shorter time.");
}

}  // namespace spinnlab::engine
