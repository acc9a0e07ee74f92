# SPDX-License-Identifier: Apache-2.0
"""Population, PopulationView and Assembly: PyNN's, with arrays of ids instead of id objects."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import common
from pyNN.parameters import LazyArray, ParameterSpace, simplify

from spinnlab.display import Card, Shown
from spinnlab.pynn import cards, output_files, simulator
from spinnlab.pynn.answers import ByName, InitialValues, Uniform
from spinnlab.pynn.assemblies import Assembly
from spinnlab.pynn.cells import (
    SpikeSourceArray,
    SpikeSourcePoisson,
    spike_times_parameter,
)
from spinnlab.pynn.distributions import is_random
from spinnlab.pynn.errors import (
    ConfigurationException,
    SpynnakerException,
    UnknownParameterError,
    UnknownStateError,
    not_there,
)
from spinnlab.pynn.model_settings import neurons_a_core
from spinnlab.pynn.old_recording import OldRecording
from spinnlab.pynn.population_arguments import (
    cell_instance,
    checked_size,
    evaluated,
    give_length,
    one_variable,
    require_cores,
    say_past_times,
    selected,
    taken_options,
    unique_label,
    values_of,
)
from spinnlab.pynn.recorder import Recorder
from spinnlab.pynn.state_names import OLD_STATE_NAMES

logger = logging.getLogger("spinnlab")


class _Cells(OldRecording):
    """What Population and PopulationView share on top of PyNN."""

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int | np.integer):
            return simulator.ID(int(self.all_cells[index]), self.grand_parent)
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[simulator.ID]:
        return (simulator.ID(int(n), self.grand_parent) for n in self.all_cells)

    def all(self) -> Iterator[simulator.ID]:
        return iter(self)

    def is_local(self, _id: Any) -> bool:
        return True

    def set(self, **parameters: Any) -> None:
        """PyNN's set; initial values and lists of spike times are taken too."""
        self.grand_parent.require_current("set()")
        states = self.celltype.default_initial_values
        initial = {
            OLD_STATE_NAMES.get(name, name): parameters.pop(name)
            for name in list(parameters)
            if name not in self.celltype.default_parameters
            and OLD_STATE_NAMES.get(name, name) in states
        }
        if "spike_times" in parameters:
            parameters["spike_times"] = spike_times_parameter(parameters["spike_times"])
        for name in parameters:
            if name not in self.celltype.default_parameters:
                raise UnknownParameterError(
                    name, type(self.celltype).__name__, self.celltype.default_parameters
                )
        if parameters:
            with values_of(self.label, parameters):
                super().set(**parameters)
        if initial:
            self.set_state(**initial)

    def get(self, parameter_names: Any, gather: bool = False, simplify: bool = True) -> Any:
        """PyNN's get; what is the same for all neurons can be read as a number and as a list."""
        one = isinstance(parameter_names, str)
        names = [parameter_names] if one else list(parameter_names)
        for name in names:
            if name not in self.celltype.default_parameters:
                raise UnknownParameterError(
                    name, type(self.celltype).__name__, self.celltype.default_parameters
                )
        given = super().get(names, gather=False, simplify=simplify)
        values = [
            Uniform(value, self.size) if isinstance(value, float) else value for value in given
        ]
        return values[0] if one else ByName(names, values)

    def set_initial_value(self, variable: str, value: Any) -> None:
        self.initialize(**{variable: value})

    def initialize(self, **initial_values: Any) -> None:
        self.grand_parent.require_current("initialize()")
        self._require_state(initial_values)
        if self.grand_parent.is_loaded:
            names = ", ".join(f"{name}=..." for name in initial_values)
            self.grand_parent.state.say_once(
                f"{self.grand_parent.label}: initialize({names}) counts from the next reset() on; "
                f"set_state({names}) sets the values now."
            )
        for name, value in initial_values.items():
            with values_of(self.label, [name]):
                column = LazyArray(value, shape=(self.size,), dtype=float)
            self._set_initial_value_array(name, column)

    def _require_state(self, names: Any) -> None:
        known = self.celltype.default_initial_values
        for name in names:
            if name not in known:
                raise UnknownStateError(
                    f"{self.label} has no state variable {name}; "
                    f"it has {', '.join(known) or 'none'}."
                )

    def set_state(self, **values: Any) -> None:
        """Sets state variables now; initial values stay as they are once a run has begun."""
        self.grand_parent.require_current("set_state()")
        if not self.grand_parent.is_loaded:
            self.initialize(**values)
            return
        self._require_state(values)
        run = self.grand_parent.state.run_object
        members = self.member_indexes()
        for name, value in values.items():
            with values_of(self.label, [name]):
                column = LazyArray(value, shape=(len(members),), dtype=float)
            given = evaluated(self.label, name, column)
            whole = run.state_of(self.grand_parent, name)
            whole[members] = given
            run.set_state_of(self.grand_parent, name, whole)

    @property
    def current_values(self) -> dict[str, list[float]]:
        """State variables as they are now, one value a neuron."""
        members, population = self.member_indexes(), self.grand_parent
        run = self.grand_parent.state.run_object
        names = self.celltype.default_initial_values
        if not population.is_loaded:
            return {name: population.initial_column(name)[members].tolist() for name in names}
        return {name: run.state_of(population, name)[members].tolist() for name in names}

    def member_indexes(self) -> NDArray[np.uint32]:
        """Indexes of these cells in their population."""
        return np.asarray(self.all_cells - self.grand_parent.first_id, dtype=np.uint32)

    def spinnaker_get_data(
        self, variable: Any, as_matrix: bool = False, view_indexes: Any = None
    ) -> NDArray[np.float64]:
        """Recorded data as rows of (neuron, time, value), spikes as (neuron, time)."""
        variable = one_variable(self.label, variable)
        indexes = self.member_indexes() if view_indexes is None else np.asarray(view_indexes)
        return self.recorder.table(variable, indexes, as_matrix)

    def find_units(self, variable: Any) -> str:
        name = getattr(variable, "name", variable)
        return str(self.celltype.units[name])

    def get_spike_counts(self, gather: bool = True) -> dict[int, int]:
        """Number of spikes of each neuron, by its index."""
        return self.recorder.spike_counts(self.member_indexes())

    def get_data(
        self,
        variables: Any = "all",
        gather: bool = True,
        clear: bool = False,
        annotations: Any = None,
        locations: Any = None,
    ) -> Any:
        """A Neo block with one segment for each reset."""
        return self.recorder.get(variables, self._filter(), clear, annotations)

    def write_data(
        self,
        io: Any,
        variables: Any = "all",
        gather: bool = True,
        clear: bool = False,
        annotations: Any = None,
        locations: Any = None,
    ) -> None:
        """Writes the block through Neo, or as CSV for a file name that ends so."""
        self.recorder.write(io, variables, self._filter(), clear, annotations)

    def _filter(self) -> NDArray[np.uint32] | None:
        return None if self.grand_parent is self else self.member_indexes()

    def record(
        self,
        variables: Any,
        to_file: Any = None,
        sampling_interval: float | None = None,
        locations: Any = None,
        indexes: Any = None,
    ) -> None:
        """PyNN's record; `indexes` as in old scripts."""
        if indexes is not None:
            self[list(indexes)].record(variables, to_file, sampling_interval)
            return
        self.grand_parent.require_current("record()")
        file = output_files.checked(self.label, to_file)
        members = self._filter()
        if variables is None:
            if sampling_interval is not None:
                raise ConfigurationException("record(None) takes no sampling interval")
            self.recorder.stop(members)
        else:
            self.recorder.record(variables, members, sampling_interval)
            if file is not None:
                self.grand_parent.state.write_on_end.append((self, variables, file))

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _set_initial_value_array(self, variable: str, initial_values: LazyArray) -> None:
        self.grand_parent.set_initial_column(
            variable,
            initial_values,
            None if self.grand_parent is self else self.member_indexes(),
        )


class PopulationView(_Cells, common.PopulationView):
    """Some cells of a population."""

    _assembly_class = Assembly
    _simulator = simulator

    def __init__(self, parent: Any, selector: Any, label: str | None = None) -> None:
        super().__init__(parent, selected(parent, selector), label)

    @property
    def grand_parent(self) -> Population:
        population: Population = self.grandparent
        return population

    @property
    def initial_values(self) -> dict[str, Any]:
        population = self.grand_parent
        members = self.member_indexes()
        return {
            name: InitialValues(population.initial_column(name)[members], shape=(self.size,))
            for name in self.celltype.default_initial_values
        }

    @initial_values.setter
    def initial_values(self, values: dict[str, Any]) -> None:
        self.initialize(**values)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        return self.grand_parent.parameters_of(names, self.member_indexes())

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self.grand_parent.set_columns(parameter_space, self.member_indexes())


class Population(Shown, _Cells, common.Population):
    """Cells of one type."""

    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Any = None,
        structure: Any = None,
        initial_values: Any = None,
        label: str | None = None,
        additional_parameters: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        simulator.state.require_setup("Population()")
        size, structure = checked_size(size, structure)
        celltype = cell_instance(cellclass, cellparams)
        require_cores(int(np.prod(size)), celltype)
        self.state = simulator.state
        self.options = self.state.population_options | taken_options(
            dict(additional_parameters or {}) | options
        )
        self._take_settings_of_the_model(type(celltype).__name__)
        self.core_index = -1
        self._parameters: dict[str, Any] = {}
        self._initial: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            super().__init__(
                size,
                celltype,
                structure=structure,
                initial_values=celltype.given_initial_values | dict(initial_values or {}),
                label=unique_label(label),
            )
        #: The core keeps recordings and state under it; `label` may be changed at any time.
        self.core_label: str = self.label
        self.core_index = len(self.state.populations)
        self.state.populations.append(self)
        self.state.changed()

    def _take_settings_of_the_model(self, model: str) -> None:
        """What set_number_of_neurons_per_core() and its like said before this population."""
        for option, settings in (
            ("neurons_per_core", self.state.neurons_per_core),
            ("allow_delay_extensions", self.state.delay_extensions),
        ):
            if model in settings and self.options.get(option) is None:
                self.options[option] = settings[model]

    @property
    def is_loaded(self) -> bool:
        """Whether the present run knows this population, so that its state is the machine's."""
        run = self.state.run_object
        return run is not None and run.loaded is not None and 0 <= self.core_index < run.populations

    def require_current(self, what: str) -> None:
        """Raises where this population belongs to a simulation before the last setup()."""
        if self.state is not simulator.state:
            raise ConfigurationException(
                f"{what}: {self.label} was made before the last setup(). Make it again after it."
            )
        self.state.require_setup(what)

    @property
    def grand_parent(self) -> Population:
        return self

    def _card(self) -> Card:
        return cards.population(self)

    @staticmethod
    def create(cellclass: Any, cellparams: Any = None, n: int = 1) -> Population:
        return Population(n, cellclass, cellparams)

    def _create_cells(self) -> None:
        first = simulator.state.id_counter
        simulator.state.id_counter += self.size
        self.all_cells = np.arange(first, first + self.size)
        self._mask_local = np.ones(self.size, dtype=bool)
        space_of_parameters = self.celltype.native_parameters
        give_length(self.label, space_of_parameters, self.size)
        self.set_columns(space_of_parameters, None)

    def id_to_index(self, id: Any) -> Any:
        indexes = np.asarray(id) - self.first_id
        if np.any(indexes < 0) or np.any(indexes >= self.size):
            raise ValueError(f"{id} is not the id of a cell of {self.label}")
        return indexes if np.ndim(indexes) else int(indexes)

    def index_to_id(self, index: Any) -> Any:
        return self.all_cells[index]

    id_to_local_index = id_to_index

    # ---- parameters: a number for all cells, or an array with one for each

    def set_columns(self, given: ParameterSpace, members: NDArray[np.uint32] | None) -> None:
        """Takes new values of some parameters, for all cells or for `members`."""
        self._refuse_new_streams()
        n = self.size if members is None else len(members)
        give_length(self.label, given, n)
        for name, lazy in given.items():
            self._refuse_random(name, lazy)
            value = evaluated(self.label, name, lazy)
            if name == "spike_times":
                say_past_times(self, value)
            if members is None:
                self._parameters[name] = value
                continue
            old = self._parameters[name]
            column = np.empty(self.size, dtype=object if name == "spike_times" else float)
            column[:] = old if not np.ndim(old) else np.asarray(old, dtype=column.dtype)
            if np.ndim(value):
                column[members] = value
            else:
                for i in members:
                    column[i] = value
            self._parameters[name] = simplify(column) if column.dtype != object else column
        self.state.changed()

    def column(self, name: str) -> Any:
        """One parameter: a number for all cells, or an array with one for each."""
        return self._parameters[name]

    def parameters_of(
        self, names: tuple[str, ...], members: NDArray[np.uint32] | None
    ) -> ParameterSpace:
        chosen = {}
        for name in names or tuple(self._parameters):
            value = self._parameters[name]
            chosen[name] = value[members] if members is not None and np.ndim(value) else value
        n = self.size if members is None else len(members)
        return ParameterSpace(chosen, self.celltype.get_schema(), shape=(n,))

    def _get_parameters(self, *names: str) -> ParameterSpace:
        return self.parameters_of(names, None)

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self.set_columns(parameter_space, None)

    # ---- initial values

    @property
    def initial_values(self) -> dict[str, Any]:
        return {
            name: InitialValues(self.initial_column(name), shape=(self.size,), dtype=float)
            for name in self._initial
        }

    @initial_values.setter
    def initial_values(self, values: dict[str, Any]) -> None:
        """PyNN sets a dictionary and fills it; what counts is _set_initial_value_array."""

    def _set_cell_initial_value(self, cell: Any, variable: str, value: Any) -> None:
        self[[self.id_to_index(cell)]].initialize(**{variable: value})

    def initial_column(self, name: str) -> Any:
        """Initial values of a state variable, one a cell."""
        value = self._initial[name]
        return np.broadcast_to(np.asarray(value, dtype=float), (self.size,))

    def set_initial_column(
        self, name: str, given: LazyArray, members: NDArray[np.uint32] | None
    ) -> None:
        self._refuse_random(name, given)
        value = evaluated(self.label, name, given)
        if members is None:
            self._initial[name] = value
        else:
            column = np.array(self.initial_column(name))
            column[members] = value
            self._initial[name] = column
        self.state.changed()

    def _refuse_new_streams(self) -> None:
        """With the original's generator a source goes on in its stream in another way than ours."""
        run = self.state.run_object
        if (
            isinstance(self.celltype, SpikeSourcePoisson)
            and self.state.setup_options.get("rng") == "spinnaker"
            and run is not None
            and run.simulation is not None
        ):
            not_there(f'{self.label}: other rates after a run with rng="spinnaker"')

    def _refuse_random(self, name: str, value: LazyArray) -> None:
        """With the original's generator its cores draw these values, which ours do not yet.

        Rates of Poisson sources are drawn by PyNN on either way.
        """
        if isinstance(self.celltype, SpikeSourcePoisson | SpikeSourceArray):
            return
        if self.state.setup_options.get("rng") == "spinnaker" and is_random(value):
            not_there(f'{self.label}: {name} from a RandomDistribution with rng="spinnaker"')

    # ---- what the core is told

    def fields(self) -> dict[str, Any]:
        """Parameters and initial values of neurons, as the core takes them."""
        columns = {**self._parameters, **self._initial}
        return {
            name: float(value) if np.ndim(value) == 0 else np.ascontiguousarray(value, dtype=float)
            for name, value in columns.items()
        }

    def spike_trains(self) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
        """Spike times of all neurons, one behind the other, and where each begins."""
        trains = self._parameters["spike_times"]
        if not isinstance(trains, np.ndarray) or trains.dtype != object:
            trains = [trains] * self.size
        arrays = [np.asarray(getattr(t, "value", t), dtype=float).ravel() for t in trains]
        first = np.zeros(self.size + 1, dtype=np.uint64)
        first[1:] = np.cumsum([len(a) for a in arrays])
        return first, np.concatenate(arrays) if arrays else np.zeros(0)

    def core_options(self) -> dict[str, Any]:
        """Options of this population for the core."""
        return {k: v for k, v in self.options.items() if k != "max_rate" and v is not None}

    @property
    def neurons_a_core(self) -> int:
        """The most on a core, where memory does not ask for less."""
        return min(256, int(np.prod(self.options.get("neurons_per_core") or 256)))

    def set_max_atoms_per_core(self, n: Any) -> None:
        """At most so many neurons a core; beyond 256 an error, as in the original."""
        number = neurons_a_core(f"{self.label}: set_max_atoms_per_core()", n)
        if isinstance(self.celltype, SpikeSourcePoisson | SpikeSourceArray):
            limit = 500 if isinstance(self.celltype, SpikeSourcePoisson) else number
        else:
            limit = 256
        if number > limit:
            raise SpynnakerException(f"{self.label}: {number} neurons a core, {limit} is the most.")
        self.options["neurons_per_core"] = number
        self.state.changed()

    def add_placement_constraint(self, x: int, y: int, p: int | None = None) -> None:
        """Fixes the chip, and the core of the first neurons."""
        self.options["chip"] = (int(x), int(y))
        if p is not None:
            self.options["core"] = int(p)
        self.state.changed()

    @property
    def description(self) -> str:
        """One line, for blocks and segments."""
        return f'Population "{self.label}" of {self.size} {type(self.celltype).__name__}'
