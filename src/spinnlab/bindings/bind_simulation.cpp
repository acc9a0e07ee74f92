// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <set>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/bindings/arrays.hpp"
#include "spinnlab/bindings/module.hpp"
#include "spinnlab/engine/delayed_rows.hpp"
#include "spinnlab/engine/recording_file.hpp"
#include "spinnlab/engine/simulation.hpp"
#include "spinnlab/engine/spike_picture.hpp"
#include "spinnlab/image/compile.hpp"

namespace spinnlab::bindings {

namespace {

using engine::Progress;
using engine::Simulation;
using image::MachineImage;
using Image = std::shared_ptr<const MachineImage>;

/// nanobind holds one C++ class a Python class; the image is shared by simulations.
struct ImageHandle {
    Image image;
};

ImageHandle compile(const network::Network& network, const std::optional<std::string>& machine,
                    std::optional<int> boards, bool strict) {
    const nb::gil_scoped_release unlocked;
    image::CompileOptions options;
    if (machine) options.machine = machine::parse_spec(*machine);
    options.boards = boards;
    options.strict = strict;
    return {std::make_shared<const MachineImage>(image::compile(network, options))};
}

nb::list summary(const ImageHandle& self) {
    nb::list rows;
    for (const auto& population : self.image->populations) {
        nb::dict row;
        row["label"] = population.label;
        row["size"] = population.size;
        row["cores"] = population.n_slices;
        row["atoms_per_core"] = population.atoms_per_core;
        row["core_sdram_bytes"] =
            nb::make_tuple(population.core_sdram.fixed_bytes, population.core_sdram.bytes_per_step);
        if (const auto* neurons = std::get_if<image::NeuronImage>(&population.cells)) {
            row["model"] = std::string(neurons->model->name);
            row["shifts"] =
                nb::cast(std::vector<int>(neurons->shifts.begin(), neurons->shifts.end()));
            row["weight_scales"] = nb::cast(neurons->weight_scales);
            row["delay_slots"] = neurons->delay_slots;
        }
        rows.append(row);
    }
    return rows;
}

/// One core of a population or of its delay stage; key and mask are None where it sends nothing.
nb::tuple core_row(std::uint32_t lo, std::uint32_t hi, const machine::CoreId& core, bool sends,
                   std::uint32_t key, std::uint32_t mask) {
    const auto number = [sends](std::uint32_t n) { return sends ? nb::cast(n) : nb::none(); };
    return nb::make_tuple(lo, hi, core.chip.x, core.chip.y, core.core, number(key), number(mask));
}

nb::list cores_of(const ImageHandle& self, image::PopulationIndex population) {
    nb::list rows;
    for (const auto& slice : self.image->slices) {
        if (slice.population != population) continue;
        rows.append(core_row(slice.lo, slice.hi, slice.core, slice.sends, slice.key, slice.mask));
    }
    return rows;
}

nb::list delay_cores_of(const ImageHandle& self, image::PopulationIndex population) {
    nb::list rows;
    for (const auto& delay : self.image->delays) {
        const auto& slice = self.image->slices[delay.source];
        if (slice.population != population) continue;
        rows.append(core_row(slice.lo, slice.hi, delay.core, true, delay.key, delay.mask));
    }
    return rows;
}

/// pre and delay (steps) of connections as the original's Projection.get() tells them.
nb::tuple as_read(const ImageHandle& self, std::uint32_t projection,
                  const Array<std::uint32_t>& pre, const Array<std::uint32_t>& delay_steps) {
    std::vector<std::uint32_t> sources = to_vector(pre);
    std::vector<std::uint32_t> delays = to_vector(delay_steps);
    if (sources.size() != delays.size()) {
        throw NetworkError(fmt::format("{} sources, {} delays", sources.size(), delays.size()),
                           "Give one delay for each source.");
    }
    engine::read_as_the_original(*self.image, self.image->projections.at(projection), sources,
                                 delays);
    return nb::make_tuple(to_array(std::move(sources)), to_array(std::move(delays)));
}

std::size_t routing_entries(const ImageHandle& self) {
    std::size_t n = 0;
    for (const auto& [chip, table] : self.image->mapping.tables) n += table.size();
    return n;
}

std::size_t chips_in_use(const ImageHandle& self) {
    std::set<machine::ChipXY> chips;
    for (const auto& core : self.image->mapping.placements) chips.insert(core.chip);
    return chips.size();
}

ImageHandle without_entry(const ImageHandle& self, int x, int y, std::size_t index) {
    MachineImage changed = *self.image;
    auto& table = changed.mapping.tables.at({x, y});
    if (index >= table.size()) {
        throw MachineError(
            fmt::format("the router of chip ({}, {}) has {} entries", x, y, table.size()),
            "Name one of them.");
    }
    table.erase(table.begin() + static_cast<std::ptrdiff_t>(index));
    return {std::make_shared<const MachineImage>(std::move(changed))};
}

nb::list chips_of_machine(const ImageHandle& self) {
    nb::list chips;
    for (const auto& chip : self.image->machine.chips()) {
        chips.append(
            nb::make_tuple(chip.xy.x, chip.xy.y, chip.n_cores, chip.ethernet.x, chip.ethernet.y));
    }
    return chips;
}

void bind_image(nb::module_& module) {
    nb::class_<ImageHandle>(module, "Image", "A compiled network: slices, keys, tables, recipes.")
        .def_prop_ro("boards",
                     [](const ImageHandle& s) { return s.image->machine.ethernet_chips().size(); })
        .def_prop_ro("chips", &chips_in_use)
        .def_prop_ro("machine_chips", &chips_of_machine,
                     "(x, y, cores, x and y of its board's Ethernet chip) of each chip.")
        .def_prop_ro("cores",
                     [](const ImageHandle& s) { return s.image->mapping.placements.size(); })
        .def_prop_ro("width", [](const ImageHandle& s) { return s.image->machine.width(); })
        .def_prop_ro("height", [](const ImageHandle& s) { return s.image->machine.height(); })
        .def_prop_ro("notes", [](const ImageHandle& s) { return s.image->notes; })
        .def_prop_ro("routing_entries", &routing_entries)
        .def("summary", &summary)
        .def(
            "check",
            [](const ImageHandle& s) { mapping::check(s.image->mapping, s.image->machine); },
            "Follows every key hop by hop; raises an error where another core hears it.")
        .def("as_read", &as_read, nb::arg("projection"), nb::arg("pre"), nb::arg("delay_steps"),
             "Sources and delays (steps) of connections as the original's Projection.get() tells "
             "them; with `faithful` alone they differ from what they are.")
        .def("cores_of", &cores_of, nb::arg("population"),
             "(lo, hi, x, y, core, key, mask) of each core of a population.")
        .def("delay_cores_of", &delay_cores_of, nb::arg("population"),
             "The same of the cores that repeat its spikes later.")
        .def("delete_routing_entry", &without_entry, nb::arg("chip_x"), nb::arg("chip_y"),
             nb::arg("index"));
    module.def("compile", &compile, nb::arg("network"), nb::kw_only(),
               nb::arg("machine") = nb::none(), nb::arg("boards") = nb::none(),
               nb::arg("strict") = false);
}

neurons::Isa to_isa(const std::string& name) {
    for (const auto isa :
         {neurons::Isa::Scalar, neurons::Isa::Sse4, neurons::Isa::Avx2, neurons::Isa::Avx512}) {
        if (neurons::isa_name(isa) == name) return isa;
    }
    throw RunError(fmt::format("there is no instruction set \"{}\"", name),
                   "Choose one of spinnlab._core.isas(), or \"best\".");
}

engine::Options to_options(int threads, const std::string& executor, const std::string& isa,
                           const std::optional<std::string>& recording_file,
                           std::uint32_t partitions) {
    engine::Options options;
    options.threads = threads;
    options.partitions = partitions;
    if (executor != "fast" && executor != "reference") {
        throw RunError(fmt::format("there is no executor \"{}\"", executor),
                       "Choose \"fast\" or \"reference\".");
    }
    if (executor == "reference") options.executor = engine::ExecutorKind::Reference;
    if (isa != "best") options.isa = to_isa(isa);
    if (recording_file) options.recording = *recording_file;
    return options;
}

using KeepGoing = std::function<bool(const Progress&)>;

void advance(Simulation& self, std::uint32_t steps, const std::optional<KeepGoing>& progress) {
    const nb::gil_scoped_release unlocked;
    // Without a callback signals are still looked at, so that Ctrl-C ends the run.
    self.advance(steps, [&](const Progress& now) {
        const nb::gil_scoped_acquire locked;
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        return !progress || (*progress)(now);
    });
}

nb::tuple spikes_to_arrays(const std::vector<engine::SpikeRecord>& records) {
    std::vector<std::uint32_t> steps(records.size());
    std::vector<std::uint32_t> neurons(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        steps[i] = records[i].step;
        neurons[i] = records[i].neuron;
    }
    return nb::make_tuple(to_array(std::move(steps)), to_array(std::move(neurons)));
}

nb::tuple samples_to_arrays(engine::Samples samples) {
    const std::vector<std::size_t> shape = {samples.steps.size(), samples.columns};
    return nb::make_tuple(to_array(std::move(samples.steps)),
                          to_array(std::move(samples.values), shape));
}

const std::string& label_of(const Simulation& simulation, std::uint32_t population) {
    return simulation.image().populations.at(population).label;
}

nb::list provenance(const Simulation& self) {
    nb::list rows;
    for (std::uint32_t p = 0; p < self.image().populations.size(); ++p) {
        const auto counters = self.counters(p);
        nb::dict row;
        row["label"] = label_of(self, p);
        row["spikes"] = counters.spikes;
        row["saturations"] = counters.saturations;
        rows.append(row);
    }
    return rows;
}

void bind_recordings(nb::class_<Simulation>& type) {
    type.def(
        "spikes",
        [](const Simulation& self, std::uint32_t p, std::uint32_t from_step) {
            return spikes_to_arrays(self.recordings().read_spikes(label_of(self, p), from_step));
        },
        nb::arg("population"), nb::arg("from_step") = 0,
        "Steps and neurons, by step, then neuron.");
    type.def(
        "spike_picture",
        [](const Simulation& self, std::uint32_t p, std::uint32_t first_step, std::uint32_t steps,
           std::uint32_t width, std::uint32_t height, std::uint32_t dot) {
            const engine::PictureArea area{
                first_step,          std::max(steps, 1u),  self.image().populations.at(p).size,
                std::max(width, 1u), std::max(height, 1u), std::max(dot, 1u)};
            auto picture = engine::draw_spikes(self.recordings().reader(), label_of(self, p), area);
            return nb::make_tuple(to_array(std::move(picture.covered), {area.height, area.width}),
                                  picture.spikes);
        },
        nb::arg("population"), nb::arg("first_step"), nb::arg("steps"), nb::arg("width"),
        nb::arg("height"), nb::arg("dot"),
        "Pixels (height x width) that hold a spike; the number of spikes.");
    type.def(
        "samples",
        [](const Simulation& self, std::uint32_t p, const std::string& variable,
           std::uint32_t from_step) {
            return samples_to_arrays(
                self.recordings().read_samples(label_of(self, p), variable, from_step));
        },
        nb::arg("population"), nb::arg("variable"), nb::arg("from_step") = 0,
        "Steps of the rows; rows x recorded neurons, s16.15.");
}

void bind_recording_file(nb::module_& module) {
    struct File {
        std::unique_ptr<engine::RecordingFile> file;
        std::unique_ptr<engine::RecordingReader> reader;
    };
    nb::class_<File>(module, "RecordingFile", "What an earlier run left.")
        .def_static(
            "open",
            [](const std::string& path) {
                auto file =
                    std::make_unique<engine::RecordingFile>(engine::RecordingFile::open(path));
                auto reader = std::make_unique<engine::RecordingReader>(*file);
                return File{std::move(file), std::move(reader)};
            },
            nb::arg("path"))
        .def_prop_ro("description", [](const File& self) { return self.file->description(); })
        .def_prop_ro("streams",
                     [](const File& self) {
                         nb::list rows;
                         for (const auto& stream : self.reader->streams()) {
                             nb::dict row;
                             row["population"] = stream.population;
                             row["size"] = stream.population_size;
                             row["variable"] = stream.variable;
                             row["interval_steps"] = stream.interval_steps;
                             row["indexes"] = to_array(stream.indexes);
                             rows.append(row);
                         }
                         return rows;
                     })
        .def(
            "spikes",
            [](const File& self, const std::string& population) {
                return spikes_to_arrays(self.reader->spikes(population));
            },
            nb::arg("population"))
        .def(
            "samples",
            [](const File& self, const std::string& population, const std::string& variable) {
                return samples_to_arrays(self.reader->samples(population, variable));
            },
            nb::arg("population"), nb::arg("variable"));
}

}  // namespace

void bind_simulation(nb::module_& module) {
    bind_image(module);
    nb::class_<Progress>(module, "Progress", "How far a run is.")
        .def_ro("step", &Progress::step)
        .def_ro("end_step", &Progress::end_step)
        .def_ro("wall_s", &Progress::wall_s)
        .def_ro("spikes", &Progress::spikes);
    nb::class_<Simulation> type(module, "Simulation", "A run of an image.");
    type.def(
        "__init__",
        [](Simulation* self, const ImageHandle& image, int threads, const std::string& executor,
           const std::string& isa, const std::optional<std::string>& recording_file,
           std::uint32_t partitions) {
            auto options = to_options(threads, executor, isa, recording_file, partitions);
            options.while_loading = [] {
                const nb::gil_scoped_acquire locked;
                if (PyErr_CheckSignals() != 0) throw nb::python_error();
            };
            const nb::gil_scoped_release unlocked;
            new (self) Simulation(image.image, options);
        },
        nb::arg("image"), nb::kw_only(), nb::arg("threads") = 0, nb::arg("executor") = "fast",
        nb::arg("isa") = "best", nb::arg("recording_file") = nb::none(), nb::arg("partitions") = 0);
    type.def_prop_ro("now_steps", &Simulation::now);
    type.def_prop_ro("threads", &Simulation::threads);
    type.def("limit_threads", &Simulation::limit_threads, nb::arg("threads"));
    type.def_prop_ro("spikes_total", [](const Simulation& self) { return self.totals().spikes; });
    type.def_prop_ro("synaptic_events",
                     [](const Simulation& self) { return self.totals().synaptic_events; });
    type.def_prop_ro("synapses", [](const Simulation& self) { return self.executor().synapses(); });
    type.def("advance", &advance, nb::arg("steps"), nb::arg("progress") = nb::none());
    type.def(
        "adopt",
        [](Simulation& self, const ImageHandle& image) {
            const nb::gil_scoped_release unlocked;
            self.adopt(image.image);
        },
        nb::arg("image"));
    bind_recordings(type);
    type.def(
        "state",
        [](const Simulation& self, std::uint32_t p, const std::string& field) {
            return to_array(self.state(p, field));
        },
        nb::arg("population"), nb::arg("field"));
    type.def(
        "set_state",
        [](Simulation& self, std::uint32_t p, const std::string& field, nb::handle values) {
            self.set_state(p, field, to_values(values));
        },
        nb::arg("population"), nb::arg("field"), nb::arg("values"));
    type.def("provenance", &provenance);
    bind_recording_file(module);
    module.def("isas", [] {
        std::vector<std::string> names;
        for (const auto isa :
             {neurons::Isa::Scalar, neurons::Isa::Sse4, neurons::Isa::Avx2, neurons::Isa::Avx512}) {
            if (neurons::isa_available(isa)) names.emplace_back(neurons::isa_name(isa));
        }
        return names;
    });
}

}  // namespace spinnlab::bindings
