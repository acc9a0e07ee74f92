# SPDX-License-Identifier: Apache-2.0
"""Initial values where older PyNN versions wanted them: among the parameters.

`v_init=` in a model's parameters, `set(v=...)`, `set("v", x)`, `set({"v": x})`, `tset` and
`set_initial_value` on a population or a view. Before a run they set the initial value; between
runs `set` changes the present one.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

SUFFIX = "_init"


def accept_init_names(abstract_pynn_model: ModuleType) -> None:
    """Models take `v_init` for the state variable `v`, and so on for every state variable."""
    base = abstract_pynn_model.AbstractPyNNModel
    metaclass = type(base)
    construct = metaclass.__call__

    def __call__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if issubclass(cls, base) and any(name.endswith(SUFFIX) for name in kwargs):
            states = cls.default_initial_values
            kwargs = {_state_name(name, states): value for name, value in kwargs.items()}
        return construct(cls, *args, **kwargs)

    metaclass.__call__ = __call__


def accept_in_population(population: ModuleType) -> None:
    """`Population.set` and its older relatives take state variables."""
    _accept(population.Population)


def accept_in_view(population_view: ModuleType) -> None:
    """`PopulationView.set` and its older relatives take state variables."""
    _accept(population_view.PopulationView)


def _accept(kind: Any) -> None:
    set_parameters = kind.set

    def set(self: Any, *args: Any, **parameters: Any) -> None:  # PyNN's name
        from spynnaker.pyNN.data import SpynnakerDataView

        states = self._vertex.get_state_variables()
        for name, value in {**_positional(args), **parameters}.items():
            state = _state_name(name, states)
            if state not in states:
                set_parameters(self, **{name: value})
            elif SpynnakerDataView.is_ran_last():
                self.set_state(**{state: value})
            else:
                self.initialize(**{state: value})

    def tset(self: Any, parametername: str, value_array: Any) -> None:
        """Sets one parameter of each neuron from an array, as PyNN 0.7 did."""
        self.set(**{parametername: value_array})

    def set_initial_value(self: Any, variable: str, value: Any) -> None:
        """Sets the initial value of one state variable, as sPyNNaker did up to release 6."""
        self.initialize(**{_state_name(variable, self._vertex.get_state_variables()): value})

    kind.set = set
    kind.tset = tset
    kind.set_initial_value = set_initial_value


def _positional(args: tuple[Any, ...]) -> dict[str, Any]:
    """`set("v", x)` and `set({"v": x})` of PyNN 0.7 as keywords."""
    if len(args) == 2:
        return {args[0]: args[1]}
    if len(args) == 1 and isinstance(args[0], dict):
        return dict(args[0])
    if args:
        raise TypeError("set() takes name=value pairs, a name and a value, or one dictionary")
    return {}


def _state_name(name: str, states: Any) -> str:
    stem = name.removesuffix(SUFFIX)
    return stem if stem != name and stem in states else name
