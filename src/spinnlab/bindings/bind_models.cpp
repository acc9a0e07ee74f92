// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "spinnlab/bindings/module.hpp"
#include "spinnlab/neurons/model_info.hpp"

namespace spinnlab::bindings {

namespace nb = nanobind;

void bind_models(nb::module_& module) {
    using neurons::FieldInfo;
    using neurons::ModelInfo;
    using neurons::RecordableInfo;
    nb::class_<FieldInfo>(module, "FieldInfo", "A parameter or state variable of a model.")
        .def_prop_ro("name", [](const FieldInfo& f) { return std::string(f.name); })
        .def_prop_ro("unit", [](const FieldInfo& f) { return std::string(f.unit); })
        .def_prop_ro("kind",
                     [](const FieldInfo& f) {
                         return f.kind == neurons::FieldKind::Parameter ? "parameter" : "state";
                     })
        .def_ro("default", &FieldInfo::default_value)
        .def_ro("minimum", &FieldInfo::minimum)
        .def_ro("maximum", &FieldInfo::maximum)
        .def_prop_ro("doc", [](const FieldInfo& f) { return std::string(f.doc); });
    nb::class_<RecordableInfo>(module, "RecordableInfo", "A variable that can be recorded.")
        .def_prop_ro("name", [](const RecordableInfo& r) { return std::string(r.name); })
        .def_prop_ro("unit", [](const RecordableInfo& r) { return std::string(r.unit); });
    nb::class_<ModelInfo>(module, "ModelInfo", "A neuron model of the catalogue.")
        .def_prop_ro("name", [](const ModelInfo& m) { return std::string(m.name); })
        .def_prop_ro("doc", [](const ModelInfo& m) { return std::string(m.doc); })
        .def_ro("conductance", &ModelInfo::conductance)
        .def_prop_ro("fields",
                     [](const ModelInfo& m) {
                         return std::vector<FieldInfo>(m.fields.begin(), m.fields.end());
                     })
        .def_prop_ro("receptors",
                     [](const ModelInfo& m) {
                         return std::vector<std::string>(m.receptors.begin(), m.receptors.end());
                     })
        .def_prop_ro("recordables", [](const ModelInfo& m) {
            return std::vector<RecordableInfo>(m.recordables.begin(), m.recordables.end());
        });
    module.def(
        "models",
        [] {
            const auto all = neurons::catalogue();
            return std::vector<ModelInfo>(all.begin(), all.end());
        },
        "All neuron models.");
}

}  // namespace spinnlab::bindings
