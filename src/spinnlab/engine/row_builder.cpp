// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/row_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/engine/delivered.hpp"
#include "spinnlab/engine/misfiled_delays.hpp"
#include "spinnlab/synapses/expand.hpp"

namespace spinnlab::engine {

namespace {

using image::MachineImage;
using image::PopulationIndex;

/// Constant rows save the weight of every synapse and cost two words a sub-row.
constexpr std::uint64_t kWorthConstantRow = 8;

/// Synapses of one target go to as many rows all over the memory: what a block of them touches is
/// asked for before it is used.
constexpr std::size_t kBlock = 64;

void ask_for(const void* address) { __builtin_prefetch(address, 1); }

/// One projection onto one piece.
struct Contribution {
    const image::ProjectionImage* projection = nullptr;
    const Piece* piece = nullptr;
    std::uint32_t weight_class = 0;  ///< column within a delay, in constant rows
};

/// How many synapses every source has for every delay (and weight), then where the next one goes.
class Columns {
 public:
    Columns(std::uint32_t sources, std::uint32_t classes) : sources_(sources), classes_(classes) {}

    /// Makes room for delays lo .. hi; keeps what was counted.
    void cover(std::uint32_t lo, std::uint32_t hi) {
        if (lo >= first_delay_ && hi < first_delay_ + delays_) return;
        const std::uint32_t old_first = first_delay_;
        const std::uint32_t old_delays = delays_;
        const std::uint32_t end = std::max(hi + 1, old_first + old_delays);
        first_delay_ = old_delays == 0 ? lo : std::min(lo, old_first);
        // Distributions reach a little further with every source: leave room on the way up.
        delays_ = end - first_delay_ + (old_delays == 0 ? 0 : old_delays / 4);
        HugeBuffer<std::uint32_t> grown(std::size_t{sources_} * width());
        if (old_delays != 0) {
            const std::size_t old_width = std::size_t{old_delays} * classes_;
            const std::size_t shift = std::size_t{old_first - first_delay_} * classes_;
            for (std::size_t s = 0; s < sources_; ++s) {
                std::copy_n(cells_.data() + s * old_width, old_width,
                            grown.data() + s * width() + shift);
            }
        }
        cells_ = std::move(grown);
    }

    [[nodiscard]] std::uint32_t* of_source(std::uint32_t source) const {
        return cells_.data() + std::size_t{source} * width();
    }
    [[nodiscard]] std::uint32_t column(std::uint32_t delay, std::uint32_t weight_class) const {
        return (delay - first_delay_) * classes_ + weight_class;
    }
    /// use(pointers to the cells of the synapses from `first` on, first), block by block. Each
    /// block is on its way from memory before it is used.
    template <typename Use>
    void for_each_block(std::span<const std::uint32_t> sources,
                        std::span<const std::uint16_t> delays, std::uint32_t weight_class,
                        Use use) const {
        std::array<std::uint32_t*, kBlock> cells;
        for (std::size_t first = 0; first < sources.size(); first += kBlock) {
            const std::size_t n = std::min(kBlock, sources.size() - first);
            for (std::size_t i = 0; i < n; ++i) {
                cells[i] = of_source(sources[first + i]) + column(delays[first + i], weight_class);
                ask_for(cells[i]);
            }
            use(std::span<std::uint32_t* const>(cells.data(), n), first);
        }
    }
    [[nodiscard]] std::uint32_t delay_of(std::uint32_t column) const {
        return first_delay_ + column / classes_;
    }
    [[nodiscard]] std::uint32_t class_of(std::uint32_t column) const { return column % classes_; }
    [[nodiscard]] std::size_t width() const { return std::size_t{delays_} * classes_; }
    [[nodiscard]] std::uint32_t sources() const { return sources_; }

 private:
    std::uint32_t sources_;
    std::uint32_t classes_;
    std::uint32_t first_delay_ = 0;
    std::uint32_t delays_ = 0;
    HugeBuffer<std::uint32_t> cells_{};
};

/// The rows of one source population in one row set.
struct Group {
    PopulationIndex pre = 0;
    std::vector<Contribution> contributions{};
    std::vector<std::uint16_t> weights{};  ///< stored weight of each class, in constant rows
    std::uint64_t first_word = 0;
    std::optional<Columns> columns{};
};

class CountSink final : public synapses::SynapseSink {
 public:
    CountSink(Group& group, std::uint32_t weight_class)
        : columns_(*group.columns), group_(group), class_(weight_class) {}

    // One weight for all is not drawn, and is there in any case.
    [[nodiscard]] bool wants_weights() const override { return false; }

    void row(std::uint32_t pre, std::span<const std::uint32_t> /*post*/,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override {
        if (!prepare(weight, delay)) return;
        std::uint32_t* cells = columns_.of_source(pre);
        for (const std::uint16_t d : delay) ++cells[columns_.column(d, class_)];
    }
    void column(std::uint32_t /*post*/, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override {
        if (!prepare(weight, delay)) return;
        columns_.for_each_block(pre, delay, class_, [](auto cells, std::size_t) {
            for (std::uint32_t* cell : cells) ++*cell;
        });
    }

 private:
    bool prepare(std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) {
        if (delay.empty()) return false;
        const auto [lo, hi] = std::ranges::minmax(delay);
        columns_.cover(lo, hi);
        if (!group_.weights.empty()) group_.weights[class_] = weight.front();
        return true;
    }

    Columns& columns_;
    Group& group_;
    std::uint32_t class_;
};

class FillSink final : public synapses::SynapseSink {
 public:
    FillSink(const Group& group, RowSet& rows, const Contribution& contribution)
        : columns_(*group.columns),
          words_(rows.words.data() + group.first_word),
          kind_(rows.kind),
          class_(contribution.weight_class),
          // Neurons of the population to targets of the partition; wraps on purpose.
          shift_(contribution.piece->first_target - contribution.piece->lo) {}

    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override {
        std::uint32_t* cells = columns_.of_source(pre);
        for (std::size_t i = 0; i < post.size(); ++i) {
            put(cells[columns_.column(delay[i], class_)]++, post[i] + shift_, weight[i]);
        }
    }
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override {
        columns_.for_each_block(pre, delay, class_, [&](auto cells, std::size_t first) {
            for (const std::uint32_t* cell : cells) ask_for(address(*cell));
            for (std::size_t i = 0; i < cells.size(); ++i) {
                put((*cells[i])++, post + shift_, weight[first + i]);
            }
        });
    }

 private:
    [[nodiscard]] const void* address(std::uint32_t position) const {
        if (kind_ == RowKind::Packed) return words_ + position;
        return reinterpret_cast<const std::uint16_t*>(words_) + position;
    }
    void put(std::uint32_t position, std::uint32_t target, std::uint16_t weight) const {
        if (kind_ == RowKind::Packed) {
            words_[position] = std::uint32_t{weight} << 16 | target;
        } else {
            reinterpret_cast<std::uint16_t*>(words_)[position] = static_cast<std::uint16_t>(target);
        }
    }

    const Columns& columns_;
    std::uint32_t* words_;
    RowKind kind_;
    std::uint32_t class_;
    std::uint32_t shift_;
};

/// Passes everything on and looks at the watch after so many synapses.
class WatchedSink final : public synapses::SynapseSink {
 public:
    WatchedSink(synapses::SynapseSink& next, LoadWatch& watch) : next_(next), watch_(watch) {}

    [[nodiscard]] bool wants_weights() const override { return next_.wants_weights(); }

    void row(std::uint32_t pre, std::span<const std::uint32_t> post,
             std::span<const std::uint16_t> weight, std::span<const std::uint16_t> delay) override {
        count(post.size());
        next_.row(pre, post, weight, delay);
    }
    void column(std::uint32_t post, std::span<const std::uint32_t> pre,
                std::span<const std::uint16_t> weight,
                std::span<const std::uint16_t> delay) override {
        count(pre.size());
        next_.column(post, pre, weight, delay);
    }

 private:
    void count(std::size_t synapses) {
        constexpr std::size_t kBetween = 1u << 16;
        since_ += synapses + 1;
        if (since_ < kBetween) return;
        since_ = 0;
        watch_.look();
    }

    synapses::SynapseSink& next_;
    LoadWatch& watch_;
    std::size_t since_ = 0;
};

/// Calls expand for one contribution, without the synapses that no table delivers.
void expand(const MachineImage& image, const image::Deliveries& deliveries, LoadWatch& watch,
            const Contribution& contribution, synapses::SynapseSink& sink) {
    const auto& projection = *contribution.projection;
    WatchedSink watched(sink, watch);
    DeliveredOnly filter(image, deliveries, projection, contribution.piece->lo,
                         contribution.piece->hi, watched);
    MisfiledDelays misfiled(image, projection, filter.sink());
    synapses::expand(projection.recipe, projection.scaling, contribution.piece->lo,
                     contribution.piece->hi, misfiled.sink());
}

class Builder {
 public:
    Builder(const MachineImage& image, const image::Deliveries& deliveries,
            std::span<const Piece> pieces, const std::vector<bool>& left_out, LoadWatch& watch)
        : image_(image), deliveries_(deliveries), watch_(watch) {
        for (std::size_t j = 0; j < image.projections.size(); ++j) {
            if (left_out[j]) continue;
            const auto& projection = image.projections[j];
            for (const Piece& piece : pieces) {
                if (piece.population == projection.post) add({&projection, &piece});
            }
        }
    }

    std::vector<RowSet> build() {
        std::vector<RowSet> sets;
        for (auto& [key, groups] : groups_) {
            RowSet rows;
            std::tie(rows.receptor, rows.kind) = key;
            rows.starts.resize(image_.populations.size());
            count(groups);
            lay_out(rows, groups);
            fill(rows, groups);
            if (rows.synapses != 0) sets.push_back(std::move(rows));
        }
        return sets;
    }

 private:
    using SetKey = std::tuple<std::uint32_t, RowKind>;

    void add(Contribution contribution) {
        const auto& projection = *contribution.projection;
        const bool constant = std::holds_alternative<synapses::Constant>(projection.recipe.weight);
        const std::uint32_t targets = contribution.piece->hi - contribution.piece->lo;
        const RowKind kind =
            constant && synapses::mean_row(projection.recipe, targets) >= kWorthConstantRow
                ? RowKind::Constant
                : RowKind::Packed;
        auto& groups = groups_[{projection.receptor, kind}];
        auto group = std::ranges::find(groups, projection.pre, &Group::pre);
        if (group == groups.end()) group = groups.insert(groups.end(), Group{projection.pre});
        if (kind == RowKind::Constant) {
            contribution.weight_class = static_cast<std::uint32_t>(group->weights.size());
            group->weights.push_back(0);
        }
        group->contributions.push_back(contribution);
    }

    void count(std::vector<Group>& groups) const {
        for (Group& group : groups) {
            group.columns.emplace(
                image_.populations[group.pre].size,
                std::max<std::uint32_t>(1, static_cast<std::uint32_t>(group.weights.size())));
            for (const Contribution& contribution : group.contributions) {
                CountSink sink(group, contribution.weight_class);
                expand(image_, deliveries_, watch_, contribution, sink);
            }
        }
    }

    /// Turns counts into positions and writes the links and constant weights.
    void lay_out(RowSet& rows, std::vector<Group>& groups) const {
        std::uint64_t words = 0;
        for (Group& group : groups) {
            group.first_word = words;
            words += measure(rows.kind, group);
        }
        if (words > std::numeric_limits<std::uint32_t>::max() / 2) {
            throw CapacityError(
                fmt::format("one share of the network needs {} GiB of synapses, 8 GiB is the limit",
                            words >> 28),
                "Run it with more threads, or make the projections sparser.");
        }
        rows.words = HugeBuffer<std::uint32_t>(words);
        for (Group& group : groups) link(rows, group);
    }

    static std::uint64_t measure(RowKind kind, const Group& group) {
        std::uint64_t words = 0;
        for_each_sub_row(*group.columns, [&](auto, std::uint32_t gap, std::uint32_t& count) {
            const std::uint32_t hops = gap == 0 ? 0 : (gap - 1) / Link::kMaxGap;
            words += hops * (sub_row_words(kind, 0) + 1);
            words += sub_row_words(kind, count) + 1;
        });
        return words;
    }

    /// visit(source, gap to the sub-row before, cell) for every sub-row, in the order of the rows.
    template <typename Visit>
    static void for_each_sub_row(const Columns& columns, Visit visit) {
        for (std::uint32_t s = 0; s < columns.sources(); ++s) {
            std::uint32_t* cells = columns.of_source(s);
            std::uint32_t before = 0;
            for (std::uint32_t c = 0; c < columns.width(); ++c) {
                if (cells[c] == 0) continue;
                const std::uint32_t delay = columns.delay_of(c);
                visit(std::pair{s, c}, delay - before, cells[c]);
                before = delay;
            }
        }
    }

    void link(RowSet& rows, Group& group) const {
        auto& starts = rows.starts[group.pre];
        starts.resize(group.columns->sources());
        std::uint32_t* words = rows.words.data();
        std::uint64_t next = group.first_word;
        std::uint32_t* link_before = nullptr;
        std::uint32_t source_before = std::numeric_limits<std::uint32_t>::max();
        const auto append = [&](std::uint32_t gap, std::uint32_t count, std::uint16_t weight) {
            *link_before = Link::make(gap, count);
            const std::uint64_t first = next;
            if (rows.kind == RowKind::Constant) words[next] = weight;
            next += sub_row_words(rows.kind, count);
            link_before = &words[next++];
            return first;
        };
        for_each_sub_row(*group.columns, [&](auto where, std::uint32_t gap, std::uint32_t& cell) {
            const auto [source, column] = where;
            if (source != source_before) {
                starts[source].word = static_cast<std::uint32_t>(next);
                link_before = &starts[source].link;
                source_before = source;
            }
            if (cell > Link::kMaxCount) {
                throw CapacityError(
                    fmt::format("neuron {} of {} has {} synapses of one delay, {} is the limit",
                                source, image_.populations[group.pre].label, cell, Link::kMaxCount),
                    "Spread them over several projections or delays.");
            }
            for (; gap > Link::kMaxGap; gap -= Link::kMaxGap) append(Link::kMaxGap, 0, 0);
            const std::uint16_t weight = rows.kind == RowKind::Constant
                                             ? group.weights[group.columns->class_of(column)]
                                             : std::uint16_t{0};
            rows.synapses += cell;
            rows.longest_delay_steps =
                std::max(rows.longest_delay_steps, group.columns->delay_of(column));
            ++rows.sub_rows;
            const std::uint64_t first = append(gap, cell, weight) - group.first_word;
            // From here on the cell says where the next synapse goes, in units of the kind.
            cell =
                static_cast<std::uint32_t>(rows.kind == RowKind::Packed ? first : 2 * (first + 1));
        });
    }

    void fill(RowSet& rows, std::vector<Group>& groups) const {
        for (Group& group : groups) {
            for (const Contribution& contribution : group.contributions) {
                FillSink sink(group, rows, contribution);
                expand(image_, deliveries_, watch_, contribution, sink);
            }
            group.columns.reset();
        }
    }

    const MachineImage& image_;
    const image::Deliveries& deliveries_;
    LoadWatch& watch_;
    std::map<SetKey, std::vector<Group>> groups_{};
};

}  // namespace

std::vector<RowSet> build_rows(const MachineImage& image, const image::Deliveries& deliveries,
                               std::span<const Piece> pieces, const std::vector<bool>& left_out,
                               LoadWatch& watch) {
    return Builder(image, deliveries, pieces, left_out, watch).build();
}

}  // namespace spinnlab::engine
