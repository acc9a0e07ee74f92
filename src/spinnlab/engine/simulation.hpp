// SPDX-License-Identifier: Apache-2.0
// A run: one image, its state, its recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinnlab/base/thread_pool.hpp"
#include "spinnlab/engine/executor.hpp"
#include "spinnlab/engine/recordings.hpp"
#include "spinnlab/image/machine_image.hpp"
#include "spinnlab/neurons/kernels.hpp"

namespace spinnlab::engine {

enum class ExecutorKind : std::uint8_t { Fast, Reference };

struct Options {
    int threads = 0;               ///< 0: as many as pay for this network, at most the processors
    std::uint32_t partitions = 0;  ///< 0: one a thread, or what 16-bit targets need
    ExecutorKind executor = ExecutorKind::Fast;
    std::optional<neurons::Isa> isa{};                 ///< none: the best that is there
    std::optional<std::filesystem::path> recording{};  ///< none: in memory
    /// Called about ten times a second while synapses are expanded, on the caller's thread; what it
    /// throws ends the loading.
    std::function<void()> while_loading{};
};

/// How far a run is.
struct Progress {
    std::uint32_t step = 0;
    std::uint32_t end_step = 0;
    double wall_s = 0.0;       ///< of this call of advance()
    std::uint64_t spikes = 0;  ///< of this call
};

class Simulation {
 public:
    /// Loads: expands all synapses into the executor's layout.
    Simulation(std::shared_ptr<const image::MachineImage> image, Options options);

    /// Runs `steps` steps, or until `keep_going` returns false, which is asked about fifty times a
    /// second. Throws RunError, with everything recorded up to then kept. Where that happens within
    /// a window (a full disk), some neurons are ahead of others: every later call throws RunError,
    /// what was recorded can still be read.
    void advance(std::uint32_t steps, const std::function<bool(const Progress&)>& keep_going = {});

    /// Goes on with a changed network: populations of the same label, model and size keep their
    /// state, recordings go on. Spikes in flight bring what they were sent with: weights and delays
    /// of before the change. Where that fails (no memory for the new synapses), the simulation is
    /// as it was; where it fails while input is taken over, every later call of advance() or
    /// adopt() throws RunError; states and what was recorded can still be read.
    void adopt(std::shared_ptr<const image::MachineImage> image);

    [[nodiscard]] std::uint32_t now() const { return now_; }
    [[nodiscard]] const image::MachineImage& image() const { return *image_; }
    [[nodiscard]] Recordings& recordings() { return recordings_; }
    [[nodiscard]] const Recordings& recordings() const { return recordings_; }
    [[nodiscard]] const Executor& executor() const { return *executor_; }
    /// Events from step 0 on, whatever networks were adopted meanwhile.
    [[nodiscard]] Counters counters(image::PopulationIndex population) const;
    [[nodiscard]] Totals totals() const;
    [[nodiscard]] int threads() const { return threads_.usable(); }
    /// Runs on at most so many threads from now on, of those that it was made with (less than 1
    /// means 1). Results do not depend on it.
    void limit_threads(int threads) { threads_.limit(threads); }

    /// A state field of all neurons of a population. Throws NetworkError for an unknown name.
    [[nodiscard]] std::vector<double> state(image::PopulationIndex population,
                                            const std::string& field) const;
    /// One value for all neurons or one each.
    void set_state(image::PopulationIndex population, const std::string& field,
                   std::span<const double> values);

 private:
    [[nodiscard]] std::unique_ptr<Executor> make_executor(const image::MachineImage& image,
                                                          const image::Deliveries& deliveries,
                                                          const Executor* same_synapses);
    void run_window(const Window& window);
    void check_whole() const;
    /// The state of populations that are the same in `image` goes to its executor.
    void copy_state(const image::MachineImage& image, Executor& made) const;
    [[nodiscard]] std::vector<Counters> counters_so_far() const;

    std::shared_ptr<const image::MachineImage> image_;
    image::Deliveries deliveries_;
    Options options_;
    ThreadPool threads_;
    Recordings recordings_;
    std::unique_ptr<Executor> executor_;
    std::vector<Counters> earlier_{};  ///< by population, of executors before this one
    Totals earlier_totals_{};
    std::uint32_t now_ = 0;
    bool is_within_window_ = false;  ///< stays so where the executor throws
};

}  // namespace spinnlab::engine
