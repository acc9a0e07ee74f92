# SPDX-License-Identifier: Apache-2.0
"""The PyNN back end of the native way: what `import pyNN.spiNNaker as sim` gives.

Populations, projections and recordings are PyNN's; what runs them is the compiled core
`spinnlab._core`, with SpiNNaker's arithmetic. `run.py` is what `run()` does.
"""

from __future__ import annotations

from typing import Any

import spinnlab.pynn.engine_check  # isort: skip  (before the engine)
import spinnlab.pynn.lazy_csa  # isort: skip  # noqa: F401  (before PyNN)
from pyNN import common as _common
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.space import (
    Cuboid,
    Grid2D,
    Grid3D,
    Line,
    RandomStructure,
    Space,
    Sphere,
)

from spinnlab import absent_modules as _absent_modules
from spinnlab import provenance as _provenance
from spinnlab.pynn import absent as _absent
from spinnlab.pynn import distributions as _distributions
from spinnlab.pynn import external_devices, extra_models
from spinnlab.pynn import notebook_errors as _notebook_errors
from spinnlab.pynn import numpy_aliases as _numpy_aliases
from spinnlab.pynn.assemblies import Assembly
from spinnlab.pynn.cells import CELLS, SpikeSourceArray, SpikeSourcePoisson
from spinnlab.pynn.connectors import (
    AllToAllConnector,
    CloneConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromFileConnector,
    FromListConnector,
    OneToOneConnector,
)
from spinnlab.pynn.control import (
    end,
    get_current_time,
    get_machine,
    get_max_delay,
    get_min_delay,
    get_time_step,
    num_processes,
    rank,
    reset,
    run,
    run_for,
    run_until,
    setup,
    summary,
)
from spinnlab.pynn.distributions import NativeRNG
from spinnlab.pynn.errors import ConfigurationException
from spinnlab.pynn.host_connectors import (
    ArrayConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)
from spinnlab.pynn.live_view import live
from spinnlab.pynn.model_settings import (
    set_allow_delay_extensions,
    set_number_of_neurons_per_core,
    set_number_of_synapse_cores,
)
from spinnlab.pynn.populations import Population, PopulationView
from spinnlab.pynn.projections import Projection
from spinnlab.pynn.recordings import runs
from spinnlab.pynn.synapses import StaticSynapse

IF_cond_exp = CELLS["IF_cond_exp"]
IF_curr_exp = CELLS["IF_curr_exp"]
IF_curr_alpha = CELLS["IF_curr_alpha"]
IF_curr_delta = CELLS["IF_curr_delta"]
Izhikevich = CELLS["Izhikevich"]
MultapseConnector = FixedTotalNumberConnector
ClonedConnector = CloneConnector
SpiNNakerProjection = Projection

globals().update({name: _absent.absent_class(name) for name in _absent.OF_THE_BACKEND})

create = _common.build_create(Population)
connect = _common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)


def record(
    variables: Any,
    source: Any,
    filename: Any = None,
    sampling_interval: float | None = None,
    annotations: Any = None,
) -> None:
    """Records variables of a population, view, assembly or cell; writes a file at end()."""
    if isinstance(source, _common.IDMixin):
        source = source.as_view()
    source.record(variables, to_file=filename, sampling_interval=sampling_interval)
    if annotations:
        source.annotate(**annotations)


def initialize(cells: Any, **initial_values: Any) -> None:
    """Sets initial values of state variables."""
    cells.initialize(**initial_values)


def _set(cells: Any, **parameters: Any) -> None:
    """Sets parameters of a population, view, assembly or cell."""
    if isinstance(cells, _common.IDMixin):
        cells = cells.as_view()
    if not isinstance(cells, Population | PopulationView | Assembly):
        raise ConfigurationException(
            f"set({cells!r}, ...): give a Population, a view, an Assembly or a cell of one."
        )
    cells.set(**parameters)


def name() -> str:
    """The name of this back end."""
    return "SpiNNLab"


def list_standard_models() -> list[str]:
    """Names of PyNN's standard models that are there."""
    return [
        "IF_cond_exp",
        "IF_curr_exp",
        "IF_curr_alpha",
        "IF_curr_delta",
        "Izhikevich",
        "SpikeSourceArray",
        "SpikeSourcePoisson",
    ]


def distance(
    src_cell: Any,
    tgt_cell: Any,
    mask: Any = None,
    scale_factor: float = 1.0,
    offset: float = 0.0,
    periodic_boundaries: Any = None,
) -> float:
    """Distance between two cells."""
    from pyNN.space import distance as pynn_distance

    return float(pynn_distance(src_cell, tgt_cell, mask, scale_factor, offset, periodic_boundaries))


__version__ = _provenance.version()

_absent_modules.answer_for_the_original()
_numpy_aliases.serve_scripts()
_distributions.register()


def __getattr__(name: str) -> Any:
    # Not a plain name: `from pyNN.spiNNaker import *` would hide Python's own `set`.
    return _set if name == "set" else _absent.attribute_of_the_backend(name)


__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "Assembly",
    "CSAConnector",
    "CloneConnector",
    "ClonedConnector",
    "Cuboid",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "Grid2D",
    "Grid3D",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IndexBasedProbabilityConnector",
    "Izhikevich",
    "Line",
    "MultapseConnector",
    "NativeRNG",
    "NumpyRNG",
    "OneToOneConnector",
    "Population",
    "PopulationView",
    "Projection",
    "RandomDistribution",
    "RandomStructure",
    "SmallWorldConnector",
    "Space",
    "Sphere",
    "SpiNNakerProjection",
    "SpikeSourceArray",
    "SpikeSourcePoisson",
    "StaticSynapse",
    "__version__",
    "connect",
    "create",
    "distance",
    "end",
    "external_devices",
    "extra_models",
    "get_current_time",
    "get_machine",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "list_standard_models",
    "live",
    "name",
    "num_processes",
    "rank",
    "record",
    "reset",
    "run",
    "run_for",
    "run_until",
    "runs",
    "set_allow_delay_extensions",
    "set_number_of_neurons_per_core",
    "set_number_of_synapse_cores",
    "setup",
    "summary",
]
# Also for `pyNN.spiNNaker`, which is one line: `from spynnaker.pyNN import *`.
__all__ += ["__getattr__"]
__all__ += _absent.OF_THE_BACKEND  # noqa: PLE0605

_notebook_errors.shorten_in_notebooks()
