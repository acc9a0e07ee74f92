// SPDX-License-Identifier: Apache-2.0
// What a run records: spikes as they come, samples as rows of one value a neuron.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinnlab/engine/recording_file.hpp"
#include "spinnlab/image/machine_image.hpp"

namespace spinnlab::engine {

struct SpikeRecord {
    std::uint32_t step = 0;
    std::uint32_t neuron = 0;
    friend auto operator<=>(const SpikeRecord&, const SpikeRecord&) = default;
};

/// Spikes of one population that one thread writes.
class SpikeTrack {
 public:
    SpikeTrack(RecordingFile& file, std::uint32_t stream) : file_(&file), stream_(stream) {}

    /// Throws RunError when the disk is full.
    void append(std::uint32_t step, std::span<const std::uint32_t> neurons);
    [[nodiscard]] std::uint32_t stream() const { return stream_; }

 private:
    void next_chunk();

    RecordingFile* file_;
    std::uint32_t stream_;
    Chunk* chunk_ = nullptr;
};

/// Rows of 32-bit samples, one row every `interval` steps; the threads write their own columns.
class SampleTrack {
 public:
    SampleTrack(RecordingFile& file, std::uint32_t stream, std::uint32_t columns,
                std::uint32_t interval_steps, std::uint32_t first_step);

    /// Makes room for the rows of the steps before `end_step`; one thread, between windows.
    void reserve(std::uint32_t end_step);
    /// The rows of the steps before `end_step` are complete.
    void commit(std::uint32_t end_step);

    [[nodiscard]] bool due(std::uint32_t step) const { return step % interval_ == 0; }
    /// Where the row of `step` is; any thread, after reserve().
    [[nodiscard]] std::int32_t* row(std::uint32_t step) const;

    [[nodiscard]] std::uint32_t stream() const { return stream_; }
    [[nodiscard]] std::uint32_t columns() const { return columns_; }
    /// Bytes that `steps` more steps need.
    [[nodiscard]] std::uint64_t bytes_for(std::uint64_t steps) const;

 private:
    [[nodiscard]] std::uint64_t rows_before(std::uint32_t step) const;

    RecordingFile* file_;
    std::uint32_t stream_;
    std::uint32_t columns_;
    std::uint32_t interval_;
    std::uint32_t first_step_;  ///< of row 0, a multiple of the interval
    std::uint64_t rows_per_chunk_;
    std::vector<Chunk*> chunks_{};
};

/// What one stream of a file holds.
struct StreamInfo {
    std::uint32_t stream = 0;
    std::string population{};  ///< label
    std::uint32_t population_size = 0;
    std::string variable{};
    std::uint32_t interval_steps = 1;
    std::uint32_t first_step = 0;          ///< nothing earlier stands in it
    std::uint32_t columns = 0;             ///< values a row, padding included; 0: spikes
    std::vector<std::uint32_t> indexes{};  ///< recorded neurons; empty: all
};

/// Rows of samples: `values[row * columns + i]`, s16.15.
struct Samples {
    std::vector<std::uint32_t> steps{};
    std::vector<std::int32_t> values{};
    std::uint32_t columns = 0;
};

/// Whether a stream has the neuron of a spike: writers tell of all neurons.
class Wanted {
 public:
    explicit Wanted(const StreamInfo& stream);
    bool operator()(const SpikeRecord& record) const {
        return neurons_.empty() || neurons_[record.neuron];
    }

 private:
    std::vector<bool> neurons_;
};

/// Everything recorded in one file, over all changes of what is recorded.
class RecordingReader {
 public:
    /// Reads the table of streams. The file must outlive the reader.
    explicit RecordingReader(const RecordingFile& file);

    [[nodiscard]] std::span<const StreamInfo> streams() const { return streams_; }
    /// By step, then neuron. With an interval, spikes stand at the next multiple of it, once each.
    [[nodiscard]] std::vector<SpikeRecord> spikes(const std::string& population,
                                                  std::uint32_t from_step = 0) const;
    /// The same as they were written, with every spike at its own step: visit(stream, which of its
    /// neurons count, what one thread wrote, by step).
    using Visit =
        std::function<void(const StreamInfo&, const Wanted&, std::span<const SpikeRecord>)>;
    void visit_spikes(const std::string& population, std::uint32_t from_step,
                      const Visit& visit) const;
    [[nodiscard]] Samples samples(const std::string& population, const std::string& variable,
                                  std::uint32_t from_step = 0) const;

 private:
    const RecordingFile* file_;
    std::uint32_t complete_steps_ = 0;  ///< what was being written at a kill stands behind them
    std::vector<StreamInfo> streams_{};
};

/// The tracks of a running simulation.
class Recordings {
 public:
    /// `path` empty: kept in memory.
    Recordings(const std::optional<std::filesystem::path>& path, double timestep_ms);

    /// Ends the streams of before and starts those that `image` asks for at `step`.
    void start(const image::MachineImage& image, std::uint32_t step);

    /// Null where the variable is not recorded.
    [[nodiscard]] const SampleTrack* samples(image::PopulationIndex population,
                                             const std::string& variable) const;
    /// A track for one writer; null where spikes are not recorded.
    [[nodiscard]] std::unique_ptr<SpikeTrack> spike_track(image::PopulationIndex population);

    /// Throws RunError where the disk has no room for `steps` more steps of samples.
    void check_room(std::uint64_t steps) const;
    /// Room for the samples of the steps before `end_step`.
    void reserve(std::uint32_t end_step);
    /// The steps before `end_step` are complete.
    void commit(std::uint32_t end_step);

    /// To read all that was recorded so far.
    [[nodiscard]] RecordingReader reader() const { return RecordingReader(file_); }
    /// What was recorded at `from_step` and later.
    [[nodiscard]] std::vector<SpikeRecord> read_spikes(const std::string& population,
                                                       std::uint32_t from_step = 0) const;
    [[nodiscard]] Samples read_samples(const std::string& population, const std::string& variable,
                                       std::uint32_t from_step = 0) const;

 private:
    using Key = std::pair<image::PopulationIndex, std::string>;
    RecordingFile file_;
    Chunk* progress_;
    std::uint32_t next_stream_ = 0;
    std::map<Key, std::unique_ptr<SampleTrack>> sample_tracks_{};
    std::map<image::PopulationIndex, std::uint32_t> spike_streams_{};
};

}  // namespace spinnlab::engine
