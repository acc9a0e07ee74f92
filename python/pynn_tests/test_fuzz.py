# SPDX-License-Identifier: Apache-2.0
"""Any argument gives a result or a typed exception with a way out, never a crash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinnlab import _core

ODD_NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, 1, -1, 0.1, 1e-300, 1e300, 255, 256, 257, 65536, 2**31, 2**32]),
)
ANYTHING = st.one_of(
    ODD_NUMBERS,
    st.none(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(ODD_NUMBERS, max_size=4),
    st.tuples(st.text(max_size=8), ODD_NUMBERS),
    st.tuples(),
    st.sampled_from([10**400, -(10**400)]),
    st.dictionaries(st.text(max_size=6), ODD_NUMBERS, max_size=3),
    st.builds(np.array, st.lists(st.floats(), max_size=6)),
)


def mostly(good: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nine times in ten what is right, so that what is wrong elsewhere gets far."""
    return st.integers(0, 9).flatmap(lambda k: good if k else odd)


MODELS = [model.name for model in _core.models()]
INDEXES = st.builds(
    lambda values: np.array(values, np.uint32), st.lists(st.integers(0, 400), max_size=5)
)
CONNECTORS = mostly(
    st.tuples(
        st.sampled_from(
            [
                "AllToAllConnector", "OneToOneConnector", "FixedProbabilityConnector",
                "FixedNumberPreConnector", "FixedNumberPostConnector", "FixedTotalNumberConnector",
                "FromListConnector", "OddConnector",
            ]
        ),
        st.fixed_dictionaries(
            {
                "allow_self_connections": st.booleans(),
                "with_replacement": st.booleans(),
                "p_connect": mostly(st.floats(0, 1), ODD_NUMBERS),
                "n": mostly(st.integers(0, 7), ODD_NUMBERS),
                "pre": INDEXES,
                "post": INDEXES,
            }
        ),
    ),
    ANYTHING,
)  # fmt: skip
NUMBERS = mostly(st.floats(0, 5), ODD_NUMBERS)
VALUES = mostly(
    st.one_of(
        st.floats(0, 5),
        st.tuples(
            st.sampled_from(
                ["uniform", "normal", "normal_clipped", "exponential", "exponential_clipped", "odd"]
            ),
            st.fixed_dictionaries(dict.fromkeys(("low", "high", "mu", "sigma", "beta"), NUMBERS)),
        ),
    ),
    ANYTHING,
)
#: What a caller may get: mistakes of a network have types of ours, wrong Python types Python's.
EXPECTED = (Exception,)
#: Never: our bug under a user's hand, or a C++ exception that nobody gave a type.
BUGS = ("InternalError", "SystemError", "RuntimeError")


def attempt(call: Any, *arguments: Any, **options: Any) -> Any:
    """The result, or None where a typed exception says why not."""
    try:
        return call(*arguments, **options)
    except EXPECTED as error:
        name = type(error).__name__
        assert name not in BUGS, f"{name}: {error}"
        assert str(error), name
        if hasattr(error, "way_out"):
            assert error.way_out
        return None


@settings(max_examples=300, deadline=None)
@given(
    timestep=mostly(st.sampled_from([0.1, 1.0]), ODD_NUMBERS),
    model=mostly(st.sampled_from(MODELS), st.text(max_size=8)),
    size=mostly(st.integers(1, 600), ODD_NUMBERS),
    field=st.sampled_from(["v", "tau_m", "i_offset", "cm", "nonsense", "v_thresh", "a"]),
    value=mostly(NUMBERS, ANYTHING),
    options=st.dictionaries(
        st.sampled_from(["neurons_per_core", "spikes_per_second", "seed", "odd", "chip"]),
        mostly(st.integers(0, 300), ANYTHING),
        max_size=1,
    ),
)
def test_neurons(
    timestep: Any, model: Any, size: Any, field: Any, value: Any, options: Any
) -> None:
    network = attempt(_core.Network, timestep)
    if network is None:
        return
    population = attempt(network.add_neurons, "p", model, size, {field: value}, options)
    if population is None or size > 2000:
        return
    image = attempt(_core.compile, network)
    if image is None:
        return
    simulation = attempt(_core.Simulation, image)
    if simulation is None:
        return
    attempt(simulation.advance, 3)
    attempt(simulation.state, population, field)
    attempt(simulation.set_state, population, field, value)
    attempt(simulation.advance, 2)


@settings(max_examples=300, deadline=None)
@given(
    connector=CONNECTORS,
    weight=VALUES,
    delay=VALUES,
    receptor=mostly(st.integers(0, 1), ODD_NUMBERS),
    seed=mostly(st.integers(0, 9), st.one_of(st.none(), ODD_NUMBERS)),
)
def test_projections(connector: Any, weight: Any, delay: Any, receptor: Any, seed: Any) -> None:
    network = _core.Network(1.0)
    pre = network.add_neurons("pre", "IF_curr_exp", 7, {})
    post = network.add_neurons("post", "IF_curr_exp", 300, {})
    projection = attempt(
        network.add_projection, "p", pre, post, receptor, connector, weight, delay, seed=seed
    )
    if projection is None:
        return
    attempt(network.connections, projection)
    image = attempt(_core.compile, network)
    if image is None:
        return
    simulation = attempt(_core.Simulation, image)
    if simulation is not None:
        attempt(simulation.advance, 5)


@settings(max_examples=200, deadline=None)
@given(
    rate=VALUES,
    start=mostly(NUMBERS, ANYTHING),
    duration=mostly(NUMBERS, ANYTHING),
    times=st.lists(st.floats(), max_size=5),
    first=st.lists(st.integers(0, 10), max_size=5),
    size=mostly(st.integers(1, 300), ODD_NUMBERS),
    variable=st.sampled_from(["spikes", "v", "packets-per-timestep", "x"]),
    interval=mostly(st.integers(1, 5), ODD_NUMBERS),
)
def test_sources_and_recordings(
    rate: Any, start: Any, duration: Any, times: Any, first: Any, size: Any, variable: Any,
    interval: Any,
) -> None:  # fmt: skip
    network = _core.Network(1.0)
    attempt(network.add_poisson, "noise", size, rate, start, duration)
    attempt(
        network.add_spike_array, "array", size, np.array(first, np.uint64), np.array(times, float)
    )
    cells = network.add_neurons("cells", "IF_curr_exp", 5, {})
    attempt(network.set_recordings, cells, [(variable, interval, None)])
    attempt(network.set_recordings, size, [(variable, 1, np.array(first, np.uint32))])
    image = attempt(_core.compile, network)
    if image is None or image.cores > 20:
        return
    simulation = attempt(_core.Simulation, image)
    if simulation is None:
        return
    attempt(simulation.advance, 4)
    attempt(simulation.spikes, cells)
    attempt(simulation.samples, cells, variable)
    attempt(simulation.spikes, size)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400))
def test_a_recording_file_may_hold_anything(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("recording") / "odd.spinnrec"
    file.write_bytes(data)
    opened = attempt(_core.RecordingFile.open, str(file))
    if opened is not None:
        attempt(lambda: opened.streams)
