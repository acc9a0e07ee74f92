# SPDX-License-Identifier: Apache-2.0
"""Connectors: PyNN's classes, and what of them the compiled core generates by itself.

A connector whose pairs, weights and delays the core can draw becomes a recipe of a few numbers.
Everything else (arrays, distance expressions, functions, PyNN subclasses of users) draws on the
host in PyNN's order and hands over lists.
"""

from __future__ import annotations

import math
import os
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors
from pyNN.parameters import LazyArray
from pyNN.random import NumpyRNG, RandomDistribution

from spinnlab.pynn.distributions import is_random
from spinnlab.pynn.errors import ConfigurationException, SpynnakerException, not_there

#: Distributions that the core draws.
CORE_DISTRIBUTIONS = (
    "uniform",
    "uniform_int",
    "normal",
    "normal_clipped",
    "normal_clipped_to_boundary",
    "exponential",
    "exponential_clipped",
)
EXTRA_ARGUMENTS = ("verbose",)
#: What PyNN gives connectors without a generator.
PYNN_DEFAULT_SEED = 151985012


@dataclass
class CoreRecipe:
    """What the core is told about one projection, or one part of it."""

    connector: tuple[str, dict[str, Any]]
    weight: Any
    delay: Any
    seed: int | None = None


class SPyNNakerArguments:
    """Takes sPyNNaker's additional arguments and drops them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name in EXTRA_ARGUMENTS:
            kwargs.pop(name, None)
        if kwargs.pop("n_connections", None) is not None:
            not_there(f"n_connections of the {type(self).__name__}")
        try:
            super().__init__(*args, **kwargs)
        except AssertionError as error:
            raise ConfigurationException(_refused(self, args, kwargs)) from error


def _refused(connector: Any, args: Any, kwargs: Any) -> str:
    """What was given, where PyNN's assertions have no text."""
    shown = reprlib.repr
    given = [shown(a) for a in args] + [f"{name}={shown(v)}" for name, v in kwargs.items()]
    return (
        f"{type(connector).__name__}({', '.join(given)}) cannot be: numbers of connections are "
        "whole and at least 0, allow_self_connections is True or False."
    )


def _with_extra_arguments(base: type) -> type:
    return type(
        base.__name__,
        (SPyNNakerArguments, base),
        {"__doc__": base.__doc__, "__module__": __name__},
    )


AllToAllConnector = _with_extra_arguments(connectors.AllToAllConnector)
CloneConnector = _with_extra_arguments(connectors.CloneConnector)
OneToOneConnector = _with_extra_arguments(connectors.OneToOneConnector)


def whole_number(value: Any, what: str) -> int:
    """A count, also as NumPy's number or as a float that is nearly whole, as in the original."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not math.isfinite(number) or abs(number - round(number)) >= 0.001 or round(number) < 0:
        raise ConfigurationException(f"{what} is {value!r}: give a whole number, 0 or more.")
    return round(number)


class _FixedNumber(SPyNNakerArguments):
    """Takes `n` as a whole number of any kind, or as a distribution of such."""

    def __init__(self, n: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(n, RandomDistribution):
            n = whole_number(n, f"n of the {type(self).__name__}")
        super().__init__(n, *args, **kwargs)


class FixedNumberPostConnector(_FixedNumber, connectors.FixedNumberPostConnector):
    """Each source has `n` targets."""


class FixedNumberPreConnector(_FixedNumber, connectors.FixedNumberPreConnector):
    """Each target has `n` sources."""


class FixedTotalNumberConnector(_FixedNumber, connectors.FixedTotalNumberConnector):
    """`n` connections in all; from a distribution, `n` is drawn once."""

    def __init__(self, n: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(n, RandomDistribution):
            n = n.next()
        super().__init__(n, *args, **kwargs)


class FixedProbabilityConnector(SPyNNakerArguments, connectors.FixedProbabilityConnector):
    """PyNN's, with a check of the probability."""

    def __init__(self, p_connect: float, *args: Any, **kwargs: Any) -> None:
        try:
            is_chance = 0 <= float(p_connect) <= 1
        except (TypeError, ValueError):
            is_chance = False
        if not is_chance:
            raise ConfigurationException(f"p_connect is {p_connect!r}: give a number from 0 to 1.")
        super().__init__(float(p_connect), *args, **kwargs)


class FromListConnector(connectors.Connector):
    """Explicit connections: rows of source, target and maybe weight and delay."""

    parameter_names: tuple[str, ...] = ("conn_list",)

    def __init__(
        self,
        conn_list: Any,
        column_names: Any = None,
        safe: bool = True,
        callback: Any = None,
        verbose: bool = False,
    ) -> None:
        if isinstance(column_names, bool):  # sPyNNaker 8: conn_list, safe, verbose, column_names
            safe, column_names = column_names, None
        super().__init__(safe=safe, callback=callback)
        table = _table_of(conn_list)
        if table.size == 0:
            table = table.reshape(0, 2)
        if table.ndim != 2 or table.shape[1] < 2:
            raise ConfigurationException(
                "A connection list has rows of source, target and maybe weight and delay; "
                f"this one has the shape {table.shape}."
            )
        self.conn_list = table
        n = table.shape[1] - 2
        self.column_names = tuple(column_names or ("weight", "delay")[:n])
        if len(self.column_names) != n:
            raise ValueError(f"{n} columns of values, {len(self.column_names)} names for them")
        for k, name in enumerate(self.column_names):
            if name not in ("weight", "delay") and len(np.unique(table[:, 2 + k])) > 1:
                raise ValueError(f"column {name} must have the same value in every row")

    def column(self, name: str) -> NDArray[np.float64] | None:
        if name not in self.column_names:
            return None
        return np.ascontiguousarray(self.conn_list[:, 2 + self.column_names.index(name)])

    def connect(self, projection: Any) -> None:
        raise NotImplementedError("the core makes these connections")


def _table_of(conn_list: Any) -> NDArray[np.float64]:
    """The rows of a connection list as numbers."""
    if conn_list is None:
        return np.zeros((0, 2))
    try:
        return np.asarray(
            conn_list if isinstance(conn_list, np.ndarray) else list(conn_list), dtype=float
        )
    except (TypeError, ValueError) as error:
        raise ConfigurationException(
            f"A connection list has rows of numbers, all of one length: {error}"
        ) from error


class FromFileConnector(FromListConnector):
    """Connections from a text file, as Projection.save writes them."""

    parameter_names = ("file", "distributed")

    def __init__(
        self,
        file: Any,
        distributed: bool = False,
        safe: bool = True,
        callback: Any = None,
        verbose: bool = False,
    ) -> None:
        from pyNN.recording import files

        is_path = isinstance(file, str | os.PathLike)
        opened = files.StandardTextFile(os.fspath(file), mode="r") if is_path else file
        names = opened.get_metadata().get("columns")
        # A file with one row is read as a vector.
        rows = np.atleast_2d(opened.read())
        super().__init__(
            rows, column_names=_value_columns(names), safe=safe, callback=callback, verbose=verbose
        )
        self.file, self.distributed = file, distributed


def _value_columns(names: Any) -> tuple[str, ...] | None:
    if names is None:
        return None
    words = [str(n) for n in names]
    return tuple(word for word in words if word not in ("i", "j", "pre", "post"))


#: Connectors of which PyNN needs no random number.
DRAWN_BY_NOBODY = (
    AllToAllConnector, CloneConnector, FromListConnector, OneToOneConnector,
    connectors.ArrayConnector,
)  # fmt: skip


def host_draws(connector: Any, *values: LazyArray) -> str | None:
    """What of a projection the host draws at random, where the core does not draw it."""
    if not isinstance(connector, DRAWN_BY_NOBODY):
        return f"connections of the {type(connector).__name__}"
    if any(is_random(value) for value in values):
        return f"random weights or delays of the {type(connector).__name__}"
    return None


# ---- from a PyNN connector to the core's


def value_source(lazy: LazyArray) -> Any:
    """What the core takes for a weight or delay; None where the host must draw it."""
    base = lazy.base_value
    if lazy.operations:
        return None
    if isinstance(base, RandomDistribution):
        if base.name not in CORE_DISTRIBUTIONS or not isinstance(base.rng, NumpyRNG):
            return None
        return base.name, {k: float(v) for k, v in base.parameters.items()}
    if np.ndim(base) == 0 and not callable(base):
        return float(base)
    return None


def seed_of(*things: Any) -> int | None:
    """One seed from all seeded NumPy generators among generators and distributions."""
    seeds = []
    for thing in things:
        rng = thing.rng if isinstance(thing, RandomDistribution) else thing
        if isinstance(rng, NumpyRNG) and rng.seed not in (None, PYNN_DEFAULT_SEED):
            seeds.append(int(rng.seed))
    if not seeds:
        return None
    return int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0])


def core_arguments(connector: Any) -> tuple[str, dict[str, Any]] | None:
    """Name and arguments of a connector that the core knows; None for others."""
    self_ok = getattr(connector, "allow_self_connections", True)
    if self_ok not in (True, False):
        return None
    kind = type(connector)
    if kind is AllToAllConnector:
        return "AllToAllConnector", {"allow_self_connections": self_ok}
    if kind is OneToOneConnector:
        return "OneToOneConnector", {}
    if kind is FixedProbabilityConnector:
        return "FixedProbabilityConnector", {
            "p_connect": float(connector.p_connect),
            "allow_self_connections": self_ok,
        }
    names = {
        FixedNumberPreConnector: "FixedNumberPreConnector",
        FixedNumberPostConnector: "FixedNumberPostConnector",
        FixedTotalNumberConnector: "FixedTotalNumberConnector",
    }
    if (
        kind in names
        and np.ndim(connector.n) == 0
        and not isinstance(connector.n, RandomDistribution)
    ):
        if connector.n < 0:
            raise SpynnakerException(f"{names[kind]}: n is {connector.n}")
        return names[kind], {
            "n": int(connector.n),
            "allow_self_connections": self_ok,
            "with_replacement": bool(connector.with_replacement),
        }
    return None


def _drawn_by_hosts(
    distribution: RandomDistribution, targets: NDArray[np.float64], atoms_a_core: int
) -> NDArray[np.float64]:
    """Values of a seeded distribution for a list, as the original's host draws them.

    A number of the seeded generator is the seed of a new one for each core of the targets; values
    go to the connections in the order of argsort.
    """
    core = (targets // atoms_a_core).astype(np.int64)
    values = np.zeros(len(targets))
    order = np.argsort(core)
    for k in np.unique(core):
        mine = order[core[order] == k]
        seed = int(distribution.rng.next() * 0x7FFFFFFF)
        own = RandomDistribution(
            distribution.name, rng=NumpyRNG(seed=seed), **distribution.parameters
        )
        values[mine] = own.next(len(mine)) if len(mine) > 1 else own.next(1)
    return values


def from_list(
    connector: FromListConnector, weight: Any, delay: Any, targets_a_core: int
) -> CoreRecipe | None:
    """The recipe of a list; its own columns win over the synapse type's values."""
    own_weight, own_delay = connector.column("weight"), connector.column("delay")
    n = len(connector.conn_list)

    def values(own: Any, lazy: LazyArray) -> Any:
        if own is not None:
            return own
        base = lazy.base_value
        if isinstance(base, np.ndarray) and base.shape == (n,) and not lazy.operations:
            return np.ascontiguousarray(base, dtype=float)
        seeded = isinstance(base, RandomDistribution) and seed_of(base) is not None
        if seeded and n and not lazy.operations:
            return _drawn_by_hosts(base, connector.conn_list[:, 1], targets_a_core)
        return value_source(lazy)

    weights, delays = values(own_weight, weight), values(own_delay, delay)
    if weights is None or delays is None:
        return None
    ends = connector.conn_list[:, :2]
    if n and (not np.all(np.isfinite(ends)) or np.any(ends < 0)):
        raise ConfigurationException("A connection list names neurons that cannot be.")
    return CoreRecipe(
        (
            "FromListConnector",
            {
                "pre": np.ascontiguousarray(ends[:, 0], dtype=np.uint32),
                "post": np.ascontiguousarray(ends[:, 1], dtype=np.uint32),
            },
        ),
        weights,
        delays,
        seed_of(weight.base_value, delay.base_value),
    )


def core_recipe(
    connector: Any, weight: LazyArray, delay: LazyArray, targets_a_core: int
) -> CoreRecipe | None:
    """The recipe of a connector with these weights and delays; None: draw on the host."""
    if isinstance(connector, FromListConnector):
        return from_list(connector, weight, delay, targets_a_core)
    own_generator = getattr(connector, "rng", None)
    if own_generator is not None and not isinstance(own_generator, NumpyRNG):
        return None
    arguments = core_arguments(connector)
    weights, delays = value_source(weight), value_source(delay)
    if arguments is None or weights is None or delays is None:
        return None
    seed = seed_of(getattr(connector, "rng", None), weight.base_value, delay.base_value)
    return CoreRecipe(arguments, weights, delays, seed)
