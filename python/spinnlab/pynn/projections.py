# SPDX-License-Identifier: Apache-2.0
"""Projection: PyNN's interface on the core's connections; no object a synapse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import common
from pyNN.parameters import LazyArray
from pyNN.space import Space

from spinnlab.display import Card, Shown
from spinnlab.pynn import cards, simulator
from spinnlab.pynn.assemblies import Assembly
from spinnlab.pynn.connections import Connection, Row
from spinnlab.pynn.connectors import (
    CoreRecipe,
    FromListConnector,
    core_recipe,
    host_draws,
)
from spinnlab.pynn.core_pairs import core_pairs
from spinnlab.pynn.ends import populations_of
from spinnlab.pynn.errors import ConfigurationException, not_there
from spinnlab.pynn.expected import expected
from spinnlab.pynn.pair_values import values_of
from spinnlab.pynn.part_check import check_parts
from spinnlab.pynn.parts import Part
from spinnlab.pynn.populations import Population, PopulationView
from spinnlab.pynn.projection_arguments import (
    check_signs,
    check_synapse_type,
    told_what_connects,
)
from spinnlab.pynn.synapses import StaticSynapse


class Projection(Shown, common.Projection):
    """Connections of one kind between two groups of neurons."""

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Any = None,
        label: str | None = None,
        download_synapses: bool = False,
        partition_id: str | None = None,
    ) -> None:
        simulator.state.require_setup("Projection()")
        if source is not None:
            not_there("projections from a part of a neuron (source)")
        check_synapse_type(synapse_type)
        for end in (presynaptic_population, postsynaptic_population):
            _check_end(end)
        _check_receptor(postsynaptic_population, receptor_type)
        super().__init__(
            presynaptic_population,
            postsynaptic_population,
            connector,
            synapse_type,
            source,
            receptor_type or "excitatory",
            space or Space(),
            label,
        )
        self.state = simulator.state
        self.label: str = label or self.label or f"projection {len(self.state.projections)}"
        self._columns: list[tuple[Any, int, dict[str, Any]]] = []
        #: What the original expects of the connector, where making them has shown it.
        self.largest_chance: float | None = None
        self.estimates: dict[str, float] | None = None
        self._check_shapes()
        self.parts = self._checked(self._make_parts())
        self._table: tuple[NDArray[Any], ...] | None = None
        self.state.projections.append(self)
        self.state.changed()

    def require_current(self, what: str) -> None:
        """Raises after end(), and where the last setup() forgot this projection."""
        if self.state is not simulator.state:
            raise ConfigurationException(
                f"{what}: {self.label} was made before the last setup(). Make it again after it."
            )
        self.state.require_setup(what)

    @property
    def receptor_index(self) -> int:
        return list(self.post.receptor_types).index(self.receptor_type)

    # ---- making

    def _check_shapes(self) -> None:
        """Arrays of weights and delays have a value for each pair, or for each row of a list."""
        shapes = [self.shape]
        if isinstance(self._connector, FromListConnector):
            shapes.append((len(self._connector.conn_list),))
        for name in ("weight", "delay"):
            base = self.synapse_type.parameter_space[name].base_value
            if isinstance(base, np.ndarray) and base.ndim and base.shape not in shapes:
                allowed = " or ".join(str(shape) for shape in shapes)
                raise ConfigurationException(
                    f"{self.label}: a {name} of shape {base.shape}; give a number, a distribution, "
                    f"a function of the distance, or an array of shape {allowed}, sources first."
                )

    def _checked(self, parts: list[Part]) -> list[Part]:
        check_parts(self.state, self.label, self.receptor_index, parts)
        return parts

    def _make_parts(self) -> list[Part]:
        # Not the translated ones: those hold copies of generators that projections share.
        parameters = self.synapse_type.parameter_space
        recipe = None
        if not isinstance(self.pre, Assembly) and not isinstance(self.post, Assembly):
            recipe = core_recipe(
                self._connector,
                parameters["weight"],
                parameters["delay"],
                self.post.grand_parent.neurons_a_core,
            )
        if recipe is not None:
            if self._connector.callback is not None:
                self.state.say_once(
                    f"{self.label}: callback=... of the {type(self._connector).__name__} is not "
                    "called: the engine makes these connections.",
                    "callback",
                )
            check_signs(self.label, self._connector, recipe.weight)
            ends = (self.pre.grand_parent, self.post.grand_parent)
            return [Part(*ends, recipe, _members(self.pre), _members(self.post))]
        if self.state.setup_options.get("rng") == "spinnaker":
            drawn = host_draws(self._connector, parameters["weight"], parameters["delay"])
            if drawn is not None:
                not_there(f'rng="spinnaker" for {drawn}')
        pre, post, weights, delays = self._draw_on_host()
        check_signs(self.label, self._connector, weights)
        return self._parts_from_lists(pre, post, _one_or_all(weights), _one_or_all(delays))

    def _draw_on_host(self) -> tuple[NDArray[Any], ...]:
        """Lets PyNN draw what the core does not; (pre, post, weight, delay) in the two ends."""
        if isinstance(self._connector, FromListConnector):
            return self._list_with_expressions(self._connector)
        if (pairs := core_pairs(self)) is not None:
            values = self._connector._parameters_from_synapse_type(self)
            return *pairs, *(values_of(values[name], *pairs) for name in ("weight", "delay"))
        self._columns = []
        with told_what_connects(self.label, self._connector):
            self._connector.connect(self)
        columns, self._columns = self._columns, []
        pre = [np.asarray(p, dtype=np.int64).ravel() for p, _, _ in columns]
        sizes = [len(p) for p in pre]
        post = np.repeat([post for _, post, _ in columns], sizes).astype(np.int64)

        def joined(name: str) -> NDArray[np.float64]:
            parts = [
                np.broadcast_to(np.asarray(values[name], dtype=float), (n,))
                for (_, _, values), n in zip(columns, sizes, strict=True)
            ]
            return np.concatenate(parts) if parts else np.zeros(0)

        sources = np.concatenate(pre) if pre else np.zeros(0, dtype=np.int64)
        self._check_indexes(sources, post)
        return sources, post, joined("weight"), joined("delay")

    def _check_indexes(self, *indexes: NDArray[np.int64]) -> None:
        """What a connector hands over lies within the two ends."""
        for name, index, size in zip(("source", "target"), indexes, self.shape, strict=True):
            outside = index[(index < 0) | (index >= size)]
            if len(outside):
                raise ConfigurationException(
                    f"{self.label}: {type(self._connector).__name__} connects the {name} "
                    f"{outside[0]}; {name}s are 0 to {size - 1}."
                )

    def _list_with_expressions(self, connector: FromListConnector) -> tuple[NDArray[Any], ...]:
        table = connector.conn_list
        pre, post = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        space_of_values = connector._parameters_from_synapse_type(self)
        values = []
        for name in ("weight", "delay"):
            own = connector.column(name)
            if own is None:
                own = values_of(space_of_values[name], pre, post)
            values.append(np.asarray(own, dtype=float))
        return pre, post, *values

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: int,
        location_selector: Any = None,
        **values: Any,
    ) -> None:
        """PyNN's connectors hand over one target at a time."""
        self._columns.append((presynaptic_indices, int(postsynaptic_index), values))

    def _parts_from_lists(
        self,
        pre: NDArray[Any],
        post: NDArray[Any],
        weight: NDArray[np.float64] | float,
        delay: NDArray[np.float64] | float,
    ) -> list[Part]:
        estimates = {}
        if not isinstance(self.pre, Assembly) and not isinstance(self.post, Assembly):
            estimates = expected(self._connector, self) or {}
        pre_population, pre_neuron = _resolve(self.pre, pre)
        post_population, post_neuron = _resolve(self.post, post)
        parts = []
        for i, source in enumerate(populations_of(self.pre)):
            for j, target in enumerate(populations_of(self.post)):
                mine = (pre_population == i) & (post_population == j)
                if not mine.any() and (pre_population.size or i or j):
                    continue
                lists = {
                    "pre": np.ascontiguousarray(pre_neuron[mine], dtype=np.uint32),
                    "post": np.ascontiguousarray(post_neuron[mine], dtype=np.uint32),
                }
                recipe = CoreRecipe(
                    ("FromListConnector", lists | estimates),
                    weight if isinstance(weight, float) else np.ascontiguousarray(weight[mine]),
                    delay if isinstance(delay, float) else np.ascontiguousarray(delay[mine]),
                )
                parts.append(Part(source, target, recipe, None, None))
        return parts

    # ---- reading

    def connection_table(self) -> tuple[NDArray[Any], ...]:
        """pre, post (indexes in the two ends), weight, delay; by source, then target.

        Before a run weights and delays are as given or drawn, after it as the machine holds them.
        """
        if self._table is None:
            run = self.state.current_run
            parts = [run.connections(part) for part in self.parts]
            pre = np.concatenate(
                [self._index_in(self.pre, p, t[0]) for p, t in _pairs(self, parts)]
            )
            post = np.concatenate(
                [self._index_in(self.post, p, t[1]) for p, t in _pairs(self, parts, end=1)]
            )
            weight = np.concatenate([t[2] for t in parts])
            delay = np.concatenate([t[3] for t in parts])
            if len(parts) > 1:
                order = np.lexsort((post, pre))
                pre, post, weight, delay = pre[order], post[order], weight[order], delay[order]
            self._table = (pre, post, weight, delay)
        return self._table

    def likely_synapses(self) -> float:
        """How many connections there are, as far as it can be said without making them."""
        return sum(part.likely_synapses() for part in self.parts)

    def _card(self) -> Card:
        return cards.projection(self)

    def forget_table(self) -> None:
        """The next question reads the connections again."""
        self._table = None

    @staticmethod
    def _index_in(end: Any, population: Population, neurons: NDArray[Any]) -> NDArray[np.int64]:
        if isinstance(end, Population):
            return neurons.astype(np.int64)
        ids = neurons.astype(np.int64) + int(population.first_id)
        return np.asarray(end.id_to_index(ids), dtype=np.int64)

    @property
    def connections(self) -> list[Connection]:
        return [Connection(self, i) for i in range(len(self))]

    def __len__(self) -> int:
        return len(self.connection_table()[0])

    def __getitem__(self, i: Any) -> Any:
        """One connection, or a list of those of a slice."""
        chosen = range(len(self))[i]
        if isinstance(chosen, range):
            return [Connection(self, row) for row in chosen]
        return Connection(self, chosen)

    def __iter__(self) -> Iterator[Connection]:
        return (Connection(self, i) for i in range(len(self)))

    def get(
        self,
        attribute_names: Any,
        format: str,
        gather: Any = True,
        with_address: bool = True,
        multiple_synapses: str = "last",
    ) -> Any:
        """PyNN's get; of several connections between two neurons the last counts.

        Neurons have their indexes in the populations also where the ends are views, as in
        sPyNNaker.
        """
        single = isinstance(attribute_names, str)
        names = [attribute_names] if single else list(attribute_names)
        if format == "list":
            return self._get_list(names, with_address, single)
        if format not in ("array", "nparray"):
            raise ConfigurationException(f'format is "list" or "array", not {format!r}')
        if multiple_synapses not in ("last", "first", "sum", "min", "max"):
            raise ConfigurationException(f"multiple_synapses cannot be {multiple_synapses!r}")
        arrays = [self._get_array(self._column(name), multiple_synapses) for name in names]
        single |= format == "nparray" and len(arrays) == 1  # sPyNNaker's older word
        return arrays[0] if single else arrays

    def _column(self, name: str) -> NDArray[Any]:
        columns = {
            "presynaptic_index": 0, "source": 0, "postsynaptic_index": 1, "target": 1,
            "weight": 2, "weights": 2, "delay": 3, "delays": 3,
        }  # fmt: skip
        if name not in columns:
            raise ConfigurationException(
                f"{self.label}: connections have no {name}, only weight and delay"
            )
        column = columns[name]
        values = self.connection_table()[column]
        if column < 2 and isinstance(end := (self.pre, self.post)[column], PopulationView):
            return end.member_indexes()[values].astype(np.int64)
        return values

    def _get_list(self, names: list[str], with_address: bool, single: bool) -> list[Any]:
        if with_address:
            names = ["presynaptic_index", "postsynaptic_index"] + [
                n for n in names if n not in ("source", "target")
            ]
        columns = [self._column(name).tolist() for name in names]
        if not with_address and single:
            return columns[0]
        return [Row(row) for row in zip(*columns, strict=True)]

    def _get_array(self, values: NDArray[Any], multiple: str) -> NDArray[np.float64]:
        pre, post = self._column("source"), self._column("target")
        sizes = [
            end.grand_parent.size if isinstance(end, PopulationView) else end.size
            for end in (self.pre, self.post)
        ]
        array = np.full(sizes, np.nan)
        if multiple == "last":
            array[pre, post] = values
        elif multiple == "first":
            array[pre[::-1], post[::-1]] = values[::-1]
        else:
            start = {"sum": 0.0, "min": np.inf, "max": -np.inf}[multiple]
            array[pre, post] = start
            {"sum": np.add, "min": np.minimum, "max": np.maximum}[multiple].at(
                array, (pre, post), values
            )
        return array

    def set(self, **attributes: Any) -> None:
        """New weights or delays: numbers, distributions, arrays, distance expressions.

        Spikes that are on their way keep those that they were sent with.
        """
        self.require_current("Projection.set()")
        pre, post, weight, delay = self.connection_table()
        columns = {"weight": weight, "delay": delay}
        for name, value in attributes.items():
            if name not in columns:
                raise ConfigurationException(f"{self.label}: connections have no {name}")
            columns[name] = self._new_values(value, pre, post)
        self.parts = self._checked(
            self._parts_from_lists(pre, post, columns["weight"], columns["delay"])
        )
        self._table = None
        self.state.changed()

    def set_one(self, row: int, name: str, value: float) -> None:
        """A new weight or delay of one connection, a row of the table."""
        values = np.array(self._column(name))
        values[row] = value
        self.set(**{name: values})

    def _new_values(self, value: Any, pre: NDArray[Any], post: NDArray[Any]) -> NDArray[np.float64]:
        if isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim == 1):
            given = np.asarray(value, dtype=float)
            if len(given) != len(pre):
                raise ConfigurationException(
                    f"{self.label}: {len(given)} values for {len(pre)} connections"
                )
            return given
        lazy = LazyArray(value, shape=self.shape, dtype=float)
        if callable(lazy.base_value):
            lazy = lazy(self._connector._generate_distance_map(self))
        return values_of(lazy, pre, post)

    def describe(self, template: Any = "projection_default.txt", engine: Any = "default") -> Any:
        if template is None:
            return {"label": self.label, "size": len(self)}
        return f'Projection "{self.label}" from {self.pre.label} to {self.post.label}'


def _one_or_all(values: NDArray[np.float64]) -> NDArray[np.float64] | float:
    """One number where all are the same: statistics of a list would round."""
    return float(values[0]) if len(values) and np.all(values == values[0]) else values


def _pairs(projection: Projection, tables: list[Any], end: int = 0) -> list[tuple[Population, Any]]:
    ends = [(part.pre, part.post)[end] for part in projection.parts]
    return list(zip(ends, tables, strict=True))


def _check_end(end: Any) -> None:
    """Raises for what is no group of neurons, or one of an earlier simulation."""
    if not isinstance(end, Population | PopulationView | Assembly):
        raise ConfigurationException(
            f"{end!r} cannot be an end of a projection: give a Population, a view or an Assembly."
        )
    for population in populations_of(end):
        population.require_current("Projection()")


def _check_receptor(post: Any, receptor_type: str | None) -> None:
    receptors = getattr(post, "receptor_types", ())
    if not receptors:
        raise ConfigurationException(
            f"{getattr(post, 'label', post)} is a spike source: it takes no input."
        )
    if receptor_type is not None and receptor_type not in receptors:
        raise ConfigurationException(
            f"{post.label} has no receptor {receptor_type!r}; it has {', '.join(receptors)}."
        )


def _members(end: Any) -> NDArray[np.uint32] | None:
    return end.member_indexes() if isinstance(end, PopulationView) else None


def _resolve(end: Any, indexes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For indexes in a view or assembly: which of its populations, and which neuron there."""
    if isinstance(end, Population):
        return np.zeros(len(indexes), dtype=np.int64), indexes.astype(np.int64)
    inside = indexes < end.size
    ids = np.asarray(end.all_cells, dtype=np.int64)[np.where(inside, indexes, 0).astype(np.int64)]
    which = np.full(len(indexes), -1, dtype=np.int64)
    neuron = np.zeros(len(indexes), dtype=np.int64)
    for i, population in enumerate(populations_of(end)):
        first = int(population.first_id)
        mine = (ids >= first) & (ids < first + population.size)
        which[mine], neuron[mine] = i, ids[mine] - first
    return np.where(inside, which, -1), neuron
