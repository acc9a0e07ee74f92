# SPDX-License-Identifier: Apache-2.0
"""Compares two captures of one script: bit for bit, or by distribution where it draws numbers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab.errors import SpinnlabError

ONE = 32768
#: Two-sided limit for a mean, in standard errors: one false alarm in 15 million comparisons.
SIGMAS = 5.4

Array = NDArray[Any]


@dataclass(frozen=True)
class Captured:
    """What one run of a script recorded."""

    description: dict[str, Any]
    arrays: dict[str, Array]

    @property
    def timestep_ms(self) -> float:
        return float(self.description["timestep_ms"])

    @property
    def random(self) -> list[str]:
        return list(self.description["random"])

    def streams(self) -> dict[tuple[str, int, str], Array]:
        """(population, segment, variable) -> array."""
        return {
            (population["label"], data["segment"], data["variable"]): self.arrays[data["array"]]
            for population in self.description["populations"]
            for data in population["data"]
        }

    def connections(self) -> dict[str, Array]:
        """Label of the projection (with its number) -> rows of pre, post, weight, delay."""
        return {
            f"{n} {projection['label']}": self.arrays[projection["array"]]
            for n, projection in enumerate(self.description["projections"])
            if "array" in projection
        }


@dataclass
class Finding:
    """The comparison of one stream: how much was compared, how much differs, the first place."""

    what: str
    compared: int
    different: int
    first: str = ""


@dataclass
class Verdict:
    """All findings; exact where no random number was drawn."""

    exact: bool
    findings: list[Finding] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return all(finding.different == 0 for finding in self.findings)


def load(file: Path) -> Captured:
    """Reads a capture. Raises SpinnlabError for a script that recorded nothing."""
    with np.load(file) as archive:
        arrays = {name: archive[name] for name in archive.files}
    description = json.loads(str(arrays.pop("description")))
    if "timestep_ms" not in description:
        raise SpinnlabError("The script made no population: there is nothing to compare.")
    return Captured(description, arrays)


def compare(native: Captured, original: Captured) -> Verdict:
    """Native against original, stream by stream."""
    exact = not native.random and not original.random
    verdict = Verdict(exact)
    ours, theirs = native.streams(), original.streams()
    for key in sorted(ours.keys() | theirs.keys()):
        label, segment, variable = key
        what = f"{label}, {variable}" + (f", segment {segment}" if segment else "")
        if key not in ours or key not in theirs:
            who = "the original" if key in theirs else "the native way"
            verdict.findings.append(Finding(what, 0, 1, f"only {who} has data"))
        elif exact and variable == "spikes":
            verdict.findings.append(_spikes(what, ours[key], theirs[key], native.timestep_ms))
        elif exact:
            verdict.findings.append(_samples(what, ours[key], theirs[key]))
        elif variable == "spikes":
            verdict.findings.append(_rates(what, ours[key], theirs[key]))
        else:
            verdict.findings.append(_means(what, ours[key] / ONE, theirs[key] / ONE))
    _compare_connections(verdict, native, original)
    return verdict


def _compare_connections(verdict: Verdict, native: Captured, original: Captured) -> None:
    ours, theirs = native.connections(), original.connections()
    for label in sorted(ours.keys() & theirs.keys()):
        what = f"projection {label}"
        if verdict.exact:
            verdict.findings.append(_connections(what, ours[label], theirs[label]))
        else:
            verdict.findings.append(
                _means(f"{what}, weights", ours[label][:, 2] / ONE, theirs[label][:, 2] / ONE)
            )


def _spikes(what: str, ours: Array, theirs: Array, timestep_ms: float) -> Finding:
    a, b = ({tuple(row) for row in spikes.tolist()} for spikes in (ours, theirs))
    different = sorted(a ^ b)
    first = ""
    if different:
        step, neuron = different[0]
        who = "the native way" if (step, neuron) in a else "the original"
        first = f"neuron {neuron}, step {step} ({step * timestep_ms:g} ms): only {who} fires"
    return Finding(what, len(a | b), len(different), first)


def _samples(what: str, ours: Array, theirs: Array) -> Finding:
    if ours.shape != theirs.shape:
        return Finding(what, 0, 1, f"native has {ours.shape} samples, original {theirs.shape}")
    places = np.argwhere(ours != theirs)
    first = ""
    if len(places):
        row, column = (int(i) for i in places[0])
        ours_value, theirs_value = int(ours[row, column]), int(theirs[row, column])
        first = (
            f"neuron {column}, sample {row}: native {ours_value / ONE:.6f} "
            f"({ours_value}), original {theirs_value / ONE:.6f} ({theirs_value})"
        )
    return Finding(what, ours.size, len(places), first)


def _connections(what: str, ours: Array, theirs: Array) -> Finding:
    if len(ours) != len(theirs):
        return Finding(what, 0, 1, f"native has {len(ours)} synapses, original {len(theirs)}")
    rows = np.flatnonzero((ours != theirs).any(axis=1))
    first = ""
    if len(rows):
        ours_row, theirs_row = (array[int(rows[0])].tolist() for array in (ours, theirs))
        first = (
            f"native {ours_row[0]} -> {ours_row[1]} weight {ours_row[2] / ONE:.6f} delay "
            f"{ours_row[3]} steps, original {theirs_row[0]} -> {theirs_row[1]} weight "
            f"{theirs_row[2] / ONE:.6f} delay {theirs_row[3]} steps"
        )
    return Finding(what, len(ours), len(rows), first)


def _rates(what: str, ours: Array, theirs: Array) -> Finding:
    """Numbers of spikes, taken as two Poisson counts."""
    a, b = len(ours), len(theirs)
    apart = abs(a - b) > SIGMAS * math.sqrt(a + b + 1)
    return Finding(
        f"{what} (count)", 1, int(apart), f"native {a} spikes, original {b}" if apart else ""
    )


def _means(what: str, ours: Array, theirs: Array) -> Finding:
    if ours.size == 0 or theirs.size == 0:
        return Finding(f"{what} (mean)", 0, int(ours.size != theirs.size), "one has no values")
    error = math.sqrt(float(np.var(ours)) / ours.size + float(np.var(theirs)) / theirs.size)
    gap = abs(float(ours.mean()) - float(theirs.mean()))
    # Samples of one neuron are correlated; a hundredth of the spread is not a difference.
    apart = gap > SIGMAS * error + 0.01 * float(theirs.std()) + 1 / ONE
    text = f"native {ours.mean():.6f}, original {theirs.mean():.6f}" if apart else ""
    return Finding(f"{what} (mean)", ours.size, int(apart), text)
