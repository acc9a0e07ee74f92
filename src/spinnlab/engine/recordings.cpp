// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/recordings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "spinnlab/base/errors.hpp"

namespace spinnlab::engine {

namespace {

constexpr std::uint64_t kFirstSpikeChunk = 64u << 10;
constexpr std::uint64_t kLargestSpikeChunk = 4u << 20;
constexpr std::uint64_t kSampleChunk = 4u << 20;

constexpr const char* kSpikes = "spikes";

/// Rows are padded to whole blocks, so that kernels write into them directly.
std::uint32_t columns_of(const image::PopulationImage& population,
                         const network::Recording& recording) {
    if (recording.variable == network::kPacketsPerTimestep) return population.n_slices;
    const auto n = recording.indexes.empty() ? population.size
                                             : static_cast<std::uint32_t>(recording.indexes.size());
    return (n + neurons::kLanes - 1) / neurons::kLanes * neurons::kLanes;
}

/// Values of a row without its padding.
std::uint32_t real_columns(const StreamInfo& info) {
    if (info.variable == network::kPacketsPerTimestep) return info.columns;
    return info.indexes.empty() ? info.population_size
                                : static_cast<std::uint32_t>(info.indexes.size());
}

nlohmann::json to_json(const StreamInfo& info) {
    return {{"stream", info.stream},
            {"population", info.population},
            {"size", info.population_size},
            {"variable", info.variable},
            {"interval_steps", info.interval_steps},
            {"first_step", info.first_step},
            {"columns", info.columns},
            {"indexes", info.indexes}};
}

StreamInfo from_json(const nlohmann::json& json) {
    StreamInfo info;
    info.stream = json.at("stream");
    info.population = json.at("population");
    info.population_size = json.at("size");
    info.variable = json.at("variable");
    info.interval_steps = json.at("interval_steps");
    info.first_step = json.at("first_step");
    info.columns = json.at("columns");
    info.indexes = json.at("indexes").get<std::vector<std::uint32_t>>();
    return info;
}

/// Steps by which rows are known before their step has run: packets count the step before.
std::uint32_t is_ahead(const std::string& variable) {
    return variable == network::kPacketsPerTimestep ? 1 : 0;
}

constexpr std::uint32_t next_multiple(std::uint32_t step, std::uint32_t interval) {
    return (step + interval - 1) / interval * interval;
}

}  // namespace

// ---- one writer's spikes

void SpikeTrack::append(std::uint32_t step, std::span<const std::uint32_t> neurons) {
    while (!neurons.empty()) {
        if (chunk_ == nullptr ||
            chunk_->header().used_bytes + sizeof(SpikeRecord) > chunk_->header().capacity_bytes) {
            next_chunk();
        }
        ChunkHeader& header = chunk_->header();
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(
            neurons.size(), (header.capacity_bytes - header.used_bytes) / sizeof(SpikeRecord)));
        auto* out = reinterpret_cast<SpikeRecord*>(chunk_->data() + header.used_bytes);
        for (std::size_t i = 0; i < n; ++i) out[i] = {step, neurons[i]};
        header.used_bytes += n * sizeof(SpikeRecord);
        neurons = neurons.subspan(n);
    }
}

void SpikeTrack::next_chunk() {
    const std::uint64_t bytes =
        chunk_ == nullptr ? kFirstSpikeChunk
                          : std::min(2 * chunk_->header().capacity_bytes, kLargestSpikeChunk);
    chunk_ = &file_->add_chunk(stream_, bytes - sizeof(ChunkHeader), 0);
}

// ---- samples

SampleTrack::SampleTrack(RecordingFile& file, std::uint32_t stream, std::uint32_t columns,
                         std::uint32_t interval_steps, std::uint32_t first_step)
    : file_(&file),
      stream_(stream),
      columns_(columns),
      interval_(interval_steps),
      first_step_(next_multiple(first_step, interval_steps)),
      rows_per_chunk_(std::max<std::uint64_t>(1, kSampleChunk / (std::uint64_t{columns} * 4))) {}

std::uint64_t SampleTrack::rows_before(std::uint32_t step) const {
    return step <= first_step_ ? 0 : (step - first_step_ + interval_ - 1) / interval_;
}

std::uint64_t SampleTrack::bytes_for(std::uint64_t steps) const {
    return (steps / interval_ + 1) * columns_ * sizeof(std::int32_t);
}

void SampleTrack::reserve(std::uint32_t end_step) {
    while (chunks_.size() * rows_per_chunk_ < rows_before(end_step)) {
        chunks_.push_back(&file_->add_chunk(stream_,
                                            rows_per_chunk_ * columns_ * sizeof(std::int32_t),
                                            chunks_.size() * rows_per_chunk_));
    }
}

void SampleTrack::commit(std::uint32_t end_step) {
    const std::uint64_t rows = rows_before(end_step);
    const std::uint64_t row_bytes = columns_ * sizeof(std::int32_t);
    for (std::size_t i = chunks_.size(); i-- > 0;) {
        ChunkHeader& header = chunks_[i]->header();
        const std::uint64_t complete =
            rows <= header.first_row
                ? 0
                : std::min(rows - header.first_row, rows_per_chunk_) * row_bytes;
        if (header.used_bytes == complete) break;
        header.used_bytes = complete;
    }
}

std::int32_t* SampleTrack::row(std::uint32_t step) const {
    const std::uint64_t row = (step - first_step_) / interval_;
    return reinterpret_cast<std::int32_t*>(chunks_[row / rows_per_chunk_]->data()) +
           row % rows_per_chunk_ * columns_;
}

// ---- reading

RecordingReader::RecordingReader(const RecordingFile& file) : file_(&file) {
    for (const auto& chunk : file.chunks()) {
        if (chunk->header().stream == ChunkHeader::kProgress) {
            std::memcpy(&complete_steps_, chunk->data(), sizeof complete_steps_);
        }
        if (chunk->header().stream != ChunkHeader::kTable) continue;
        const auto bytes = chunk->used();
        const auto* text = reinterpret_cast<const char*>(bytes.data());
        for (const auto& entry : nlohmann::json::parse(text, text + bytes.size())) {
            streams_.push_back(from_json(entry));
        }
    }
}

Wanted::Wanted(const StreamInfo& stream)
    : neurons_(stream.indexes.empty() ? 0 : stream.population_size) {
    for (const std::uint32_t i : stream.indexes) neurons_[i] = true;
}

void RecordingReader::visit_spikes(const std::string& population, std::uint32_t from_step,
                                   const Visit& visit) const {
    for (const StreamInfo& info : streams_) {
        if (info.population != population || info.variable != kSpikes) continue;
        const Wanted wanted(info);
        for (const auto& chunk : file_->chunks()) {
            if (chunk->header().stream != info.stream) continue;
            const auto bytes = chunk->used();
            const std::span records(reinterpret_cast<const SpikeRecord*>(bytes.data()),
                                    bytes.size() / sizeof(SpikeRecord));
            // One thread fills a chunk, step after step: a live view reads only the end of it.
            const auto before = [](std::uint32_t step) {
                return [step](const SpikeRecord& record) { return record.step < step; };
            };
            const auto first = std::ranges::partition_point(records, before(from_step));
            const auto end = std::ranges::partition_point(records, before(complete_steps_));
            if (first < end) visit(info, wanted, std::span(first, end));
        }
    }
}

std::vector<SpikeRecord> RecordingReader::spikes(const std::string& population,
                                                 std::uint32_t from_step) const {
    std::vector<SpikeRecord> found;
    const StreamInfo* stream = nullptr;
    std::size_t begin = 0;  // of the stream
    const auto finish_stream = [&] {
        const auto first = found.begin() + static_cast<std::ptrdiff_t>(begin);
        std::sort(first, found.end());
        // The original keeps one bit a neuron and sample; without an interval doubles are the
        // several spikes that a Poisson source may have in a step.
        if (stream != nullptr && stream->interval_steps > 1) {
            found.erase(std::unique(first, found.end()), found.end());
        }
        begin = found.size();
    };
    visit_spikes(
        population, from_step,
        [&](const StreamInfo& info, const Wanted& wanted, std::span<const SpikeRecord> records) {
            if (&info != stream) finish_stream();
            stream = &info;
            for (SpikeRecord record : records) {
                if (!wanted(record)) continue;
                record.step = next_multiple(record.step, info.interval_steps);
                found.push_back(record);
            }
        });
    finish_stream();
    return found;
}

Samples RecordingReader::samples(const std::string& population, const std::string& variable,
                                 std::uint32_t from_step) const {
    Samples samples;
    for (const StreamInfo& info : streams_) {
        if (info.population != population || info.variable != variable || info.columns == 0) {
            continue;
        }
        const std::uint32_t columns = real_columns(info);
        if (samples.columns != 0 && samples.columns != columns) {
            throw RunError(fmt::format("{} of {} was recorded from {} and then from {} neurons",
                                       variable, population, samples.columns, columns),
                           "Read the data before the recorded neurons change, or reset.");
        }
        samples.columns = columns;
        const std::uint32_t first = next_multiple(info.first_step, info.interval_steps);
        for (const auto& chunk : file_->chunks()) {
            if (chunk->header().stream != info.stream) continue;
            const auto bytes = chunk->used();
            const auto* values = reinterpret_cast<const std::int32_t*>(bytes.data());
            const std::size_t rows = bytes.size() / sizeof(std::int32_t) / info.columns;
            const std::uint64_t first_row = chunk->header().first_row;
            const std::uint64_t row_due =
                from_step <= first
                    ? 0
                    : (from_step - first + info.interval_steps - 1) / info.interval_steps;
            for (std::size_t r = row_due <= first_row ? 0 : row_due - first_row; r < rows; ++r) {
                const auto step =
                    static_cast<std::uint32_t>(first + (first_row + r) * info.interval_steps);
                // A stream of packets begins with the row that the stream before it ended with.
                const bool is_known = !samples.steps.empty() && step <= samples.steps.back();
                if (is_known) continue;
                samples.steps.push_back(step);
                samples.values.insert(samples.values.end(), values + r * info.columns,
                                      values + r * info.columns + columns);
            }
        }
    }
    return samples;
}

// ---- the running simulation

namespace {

RecordingFile described_file(const std::optional<std::filesystem::path>& path, double timestep_ms) {
    RecordingFile file = RecordingFile::create(path);
    file.describe(nlohmann::json{{"timestep_ms", timestep_ms}}.dump());
    return file;
}

}  // namespace

Recordings::Recordings(const std::optional<std::filesystem::path>& path, double timestep_ms)
    : file_(described_file(path, timestep_ms)),
      progress_(&file_.add_chunk(ChunkHeader::kProgress, sizeof(std::uint32_t), 0)) {
    progress_->header().used_bytes = sizeof(std::uint32_t);
}

void Recordings::start(const image::MachineImage& image, std::uint32_t step) {
    sample_tracks_.clear();
    spike_streams_.clear();
    nlohmann::json table = nlohmann::json::array();
    for (image::PopulationIndex p = 0; p < image.populations.size(); ++p) {
        const auto& population = image.populations[p];
        for (const auto& recording : population.recordings) {
            StreamInfo info{next_stream_++,
                            population.label,
                            population.size,
                            recording.variable,
                            recording.interval_steps,
                            step,
                            0,
                            recording.indexes};
            if (recording.variable == kSpikes) {
                spike_streams_[p] = info.stream;
            } else {
                info.columns = columns_of(population, recording);
                sample_tracks_[{p, recording.variable}] = std::make_unique<SampleTrack>(
                    file_, info.stream, info.columns, info.interval_steps, step);
            }
            table.push_back(to_json(info));
        }
    }
    if (table.empty()) return;
    const std::string text = table.dump();
    Chunk& chunk = file_.add_chunk(ChunkHeader::kTable, text.size(), 0);
    std::memcpy(chunk.data(), text.data(), text.size());
    chunk.header().used_bytes = text.size();
}

const SampleTrack* Recordings::samples(image::PopulationIndex population,
                                       const std::string& variable) const {
    const auto found = sample_tracks_.find({population, variable});
    return found == sample_tracks_.end() ? nullptr : found->second.get();
}

std::unique_ptr<SpikeTrack> Recordings::spike_track(image::PopulationIndex population) {
    const auto found = spike_streams_.find(population);
    if (found == spike_streams_.end()) return nullptr;
    return std::make_unique<SpikeTrack>(file_, found->second);
}

void Recordings::check_room(std::uint64_t steps) const {
    std::uint64_t bytes = 0;
    for (const auto& [key, track] : sample_tracks_) bytes += track->bytes_for(steps);
    file_.check_room(bytes);
}

void Recordings::reserve(std::uint32_t end_step) {
    for (auto& [key, track] : sample_tracks_) track->reserve(end_step + is_ahead(key.second));
}

void Recordings::commit(std::uint32_t end_step) {
    std::memcpy(progress_->data(), &end_step, sizeof end_step);
    for (auto& [key, track] : sample_tracks_) track->commit(end_step + is_ahead(key.second));
}

std::vector<SpikeRecord> Recordings::read_spikes(const std::string& population,
                                                 std::uint32_t from_step) const {
    return RecordingReader(file_).spikes(population, from_step);
}

Samples Recordings::read_samples(const std::string& population, const std::string& variable,
                                 std::uint32_t from_step) const {
    return RecordingReader(file_).samples(population, variable, from_step);
}

}  // namespace spinnlab::engine
