# SPDX-License-Identifier: Apache-2.0
"""Synapse types."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations, synapses

from spinnlab.pynn import simulator
from spinnlab.pynn.expressions import value
from spinnlab.pynn.given_values import told_what_was_given


class StaticSynapse(synapses.StaticSynapse):
    """Fixed weights (nA, or uS for conductances) and delays (ms; None: the smallest).

    Numbers, arrays, RandomDistributions, functions of the distance, or texts like "0.1*exp(-d)".
    """

    translations = build_translations(("weight", "weight"), ("delay", "delay"))
    #: Not PyNN's: the receptor decides the sign, the core checks the rest.
    parameter_checks: dict[str, Any] = {}

    def __init__(self, weight: Any = 0.0, delay: Any = None, **ignored: Any) -> None:
        ignored.pop("pad_to_length", None)
        if delay is None:
            delay = self._get_minimum_delay()
        with told_what_was_given("StaticSynapse", {"weight": weight, "delay": delay}):
            super().__init__(weight=value(weight), delay=value(delay), **ignored)

    def _get_minimum_delay(self) -> float:
        return float(simulator.state.min_delay)
