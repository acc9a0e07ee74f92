# SPDX-License-Identifier: Apache-2.0
"""Cell classes, made from the compiled core's catalogue; the spike sources.

A class has the model's parameters with their defaults; its state variables may be given like
parameters and are taken as initial values, as sPyNNaker takes them.
"""

from __future__ import annotations

from typing import Any

from pyNN.parameters import Sequence
from pyNN.standardmodels import StandardCellType, build_translations, cells

from spinnlab import _core
from spinnlab.pynn.errors import UnknownParameterError
from spinnlab.pynn.given_values import told_what_was_given
from spinnlab.pynn.model_settings import ModelSettings
from spinnlab.pynn.state_names import OLD_STATE_NAMES

#: PyNN's "for ever": durations from here on never end.
FOR_EVER_MS = 1e9
#: PyNN's own classes of the models that it defines.
PYNN_MODELS = ("IF_curr_exp", "IF_cond_exp", "IF_curr_alpha", "IF_curr_delta", "Izhikevich")


class _TakesInitialValues(ModelSettings, StandardCellType):
    """Takes state variables given as parameters out, and keeps them for the population."""

    def __init__(self, **parameters: Any) -> None:
        self.given_initial_values = {}
        known = {*self.default_parameters, *self.default_initial_values, *OLD_STATE_NAMES}
        for name in parameters:
            if name not in known:
                raise UnknownParameterError(name, type(self).__name__, self.default_parameters)
        for name in list(parameters):
            variable = OLD_STATE_NAMES.get(name, name)
            if variable in self.default_initial_values and name not in self.default_parameters:
                self.given_initial_values[variable] = parameters.pop(name)
        with told_what_was_given(type(self).__name__, parameters):
            super().__init__(**parameters)

    def can_record(self, variable: str, location: Any = None) -> bool:
        return variable in self.recordable


def _make(model: _core.ModelInfo) -> type:
    """The class of one model."""
    parameters = [field for field in model.fields if field.kind == "parameter"]
    state = [field for field in model.fields if field.kind == "state"]
    recordables = {info.name: info.unit for info in model.recordables}
    base = getattr(cells, model.name) if model.name in PYNN_MODELS else StandardCellType
    units = {field.name: field.unit for field in model.fields} | recordables
    return type(
        model.name,
        (_TakesInitialValues, base),
        {
            "__doc__": model.doc,
            "__module__": __name__,
            "default_parameters": {field.name: field.default for field in parameters},
            "default_initial_values": {field.name: field.default for field in state},
            "recordable": ["spikes", *recordables, "packets-per-timestep"],
            # PyNN labels all synaptic variables in uS, scripts look for that name.
            "units": units
            | {"spikes": "dimensionless", "packets-per-timestep": "dimensionless"}
            | {name: "uS" for name in recordables if name.startswith("gsyn")},
            "receptor_types": tuple(model.receptors),
            "conductance_based": model.conductance,
            "injectable": True,
            "is_source": False,
            "translations": build_translations(*((f.name, f.name) for f in parameters)),
            "core_model": model.name,
            "core_fields": [field.name for field in model.fields],
        },
    )


CELLS: dict[str, type] = {model.name: _make(model) for model in _core.models()}


class SpikeSourceArray(ModelSettings, cells.SpikeSourceArray):
    """Fires at the given times: one list (ms) for all neurons, or one for each."""

    translations = build_translations(("spike_times", "spike_times"))
    default_initial_values: dict[str, float] = {}
    given_initial_values: dict[str, Any] = {}
    is_source = True

    def __init__(self, spike_times: Any = ()) -> None:
        with told_what_was_given("SpikeSourceArray", {"spike_times": spike_times}):
            super().__init__(spike_times=spike_times_parameter(spike_times))

    def can_record(self, variable: str, location: Any = None) -> bool:
        return variable == "spikes"


def spike_times_parameter(times: Any) -> Any:
    """Lists of lists as PyNN's sequences; anything else as it is."""
    if callable(times) or isinstance(times, Sequence):
        return times
    values = list(times)
    if values and all(hasattr(v, "__len__") or isinstance(v, Sequence) for v in values):
        return [v if isinstance(v, Sequence) else Sequence(sorted(v)) for v in values]
    if any(hasattr(v, "__len__") for v in values):  # [[1, 2], 3, ...]: a number is a list of one
        return [Sequence(sorted(v) if hasattr(v, "__len__") else [v]) for v in values]
    return Sequence(sorted(values))


class SpikeSourcePoisson(ModelSettings, cells.SpikeSourcePoisson):
    """Poisson processes with a rate (Hz), from start (ms) for duration (ms; None: for ever)."""

    default_parameters = {"rate": 0.0, "start": 0.0, "duration": 1e10}
    translations = build_translations(
        ("rate", "rate"), ("start", "start"), ("duration", "duration")
    )
    default_initial_values: dict[str, float] = {}
    given_initial_values: dict[str, Any] = {}
    is_source = True

    def __init__(
        self, rate: Any = 0.0, start: Any = 0.0, duration: Any = None, **parameters: Any
    ) -> None:
        parameters |= {"rate": rate, "start": start, "duration": duration}
        if parameters.get("duration", 0) is None:
            del parameters["duration"]
        with told_what_was_given("SpikeSourcePoisson", parameters):
            super().__init__(**parameters)

    def can_record(self, variable: str, location: Any = None) -> bool:
        return variable == "spikes"
