// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/engine/delivery.hpp"

#include <algorithm>
#include <cstring>

namespace spinnlab::engine {

namespace {

constexpr std::size_t kLineBytes = 64;
/// Rows touched ahead: about 1 KiB of them, more would flush a small first-level cache
/// (measured with the prototype of the design on two kinds of machine).
constexpr std::size_t kBytesAhead = 1024;
/// Row sets beyond this (2 MiB) do not stay in the second-level cache.
constexpr std::size_t kFarWords = 1u << 19;

template <bool Saturate>
void add(std::uint32_t& sum, std::uint32_t weight) {
    sum += weight;
    if constexpr (Saturate) sum = std::min<std::uint32_t>(sum, 1u << 30);
}

template <bool Saturate>
void add_packed(const std::uint32_t* synapses, std::uint32_t count, std::uint32_t* sums) {
    std::uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        std::uint64_t a;
        std::uint64_t b;
        std::memcpy(&a, synapses + i, sizeof a);
        std::memcpy(&b, synapses + i + 2, sizeof b);
        add<Saturate>(sums[a & 0xffff], static_cast<std::uint32_t>(a) >> 16);
        add<Saturate>(sums[a >> 32 & 0xffff], static_cast<std::uint32_t>(a >> 48));
        add<Saturate>(sums[b & 0xffff], static_cast<std::uint32_t>(b) >> 16);
        add<Saturate>(sums[b >> 32 & 0xffff], static_cast<std::uint32_t>(b >> 48));
    }
    for (; i < count; ++i) add<Saturate>(sums[synapses[i] & 0xffff], synapses[i] >> 16);
}

template <bool Saturate>
void add_constant(std::uint32_t weight, const std::uint32_t* words, std::uint32_t count,
                  std::uint32_t* sums) {
    const auto* targets = reinterpret_cast<const std::uint16_t*>(words);
    std::uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        std::uint64_t four;
        std::memcpy(&four, targets + i, sizeof four);
        add<Saturate>(sums[four & 0xffff], weight);
        add<Saturate>(sums[four >> 16 & 0xffff], weight);
        add<Saturate>(sums[four >> 32 & 0xffff], weight);
        add<Saturate>(sums[four >> 48], weight);
    }
    for (; i < count; ++i) add<Saturate>(sums[targets[i]], weight);
}

/// Page walks of software prefetches do not overlap, those of loads do: the first line of the next
/// rows is loaded, the others are prefetched.
class TouchAhead {
 public:
    TouchAhead(const RowSet& rows, const std::vector<Cursor>& due)
        : words_(rows.words.data()),
          kind_(rows.kind),
          due_(due),
          active_(rows.words.size() > kFarWords) {
        const std::size_t mean_bytes =
            rows.words.size() * 4 / std::max<std::uint64_t>(rows.sub_rows, 1) + 1;
        distance_ = std::clamp<std::size_t>(kBytesAhead / mean_bytes, 1, 16);
        if (active_) touch(0);
    }
    void before(std::size_t i) {
        if (active_ && i % distance_ == 0) touch(i + distance_);
    }

 private:
    void touch(std::size_t first) {
        const std::size_t end = std::min(first + distance_, due_.size());
        for (std::size_t i = first; i < end; ++i) {
            sink_ = sink_ + *static_cast<const volatile std::uint32_t*>(words_ + due_[i].word());
        }
        for (std::size_t i = first; i < end; ++i) {
            const auto* at = reinterpret_cast<const char*>(words_ + due_[i].word());
            const char* end_of_row = at + sub_row_words(kind_, due_[i].count()) * 4 + 4;
            for (at += kLineBytes; at < end_of_row; at += kLineBytes) __builtin_prefetch(at);
        }
    }

    const std::uint32_t* words_;
    RowKind kind_;
    const std::vector<Cursor>& due_;
    std::size_t distance_;
    bool active_;
    std::uint32_t sink_ = 0;
};

template <RowKind Kind, bool Saturate>
std::uint64_t deliver(const RowSet& rows, Calendar& calendar, std::uint32_t step,
                      std::uint32_t* sums) {
    std::vector<Cursor>& due = calendar.due(step);
    TouchAhead ahead(rows, due);
    std::uint64_t events = 0;
    // Sub-rows with a gap of 0 (other weights of the same delay) join `due` while it is walked.
    for (std::size_t k = 0; k < due.size(); ++k) {
        ahead.before(k);
        const std::uint32_t word = due[k].word();
        const std::uint32_t count = due[k].count();
        const std::uint32_t* at = rows.words.data() + word;
        events += count;
        if constexpr (Kind == RowKind::Packed) {
            add_packed<Saturate>(at, count, sums);
        } else {
            add_constant<Saturate>(*at, at + 1, count, sums);
        }
        const auto next = static_cast<std::uint32_t>(word + sub_row_words(Kind, count));
        const std::uint32_t link = rows.words[next];
        if (link != 0) calendar.add(step, next + 1, link);
    }
    due.clear();
    return events;
}

}  // namespace

std::uint64_t deliver_due(const RowSet& rows, Calendar& calendar, std::uint32_t step,
                          std::uint32_t* accumulators) {
    if (rows.kind == RowKind::Packed) {
        return rows.saturating
                   ? deliver<RowKind::Packed, true>(rows, calendar, step, accumulators)
                   : deliver<RowKind::Packed, false>(rows, calendar, step, accumulators);
    }
    return rows.saturating ? deliver<RowKind::Constant, true>(rows, calendar, step, accumulators)
                           : deliver<RowKind::Constant, false>(rows, calendar, step, accumulators);
}

}  // namespace spinnlab::engine
