# SPDX-License-Identifier: Apache-2.0
"""Compares two captures of one script: bit for bit, or by distribution where it draws numbers.

Where a script draws random numbers, what is equal in every bit all the same counts as equal; the
rest is compared by distribution: numbers of spikes and synapses, means of samples, distributions of
weights and delays.
"""

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
#: Limit of the Kolmogorov-Smirnov distance in units of sqrt((n + m) / (n m)), at the same rate of
#: false alarms: sqrt(-ln(p / 2) / 2) for p = 1 / 15 million.
KS_LIMIT = 2.93
#: Stretches of a recording whose means show how much a mean varies, common input included.
STRETCHES = 20
#: The step at which connections differ: before the run.
BEFORE = -1.0

Array = NDArray[Any]


@dataclass(frozen=True)
class Stream:
    """One recorded variable of a population: spikes as (step, neuron), samples as (row, column)."""

    population: str
    variable: str
    segment: int
    values: Array
    size: int
    first_step: float = 0.0
    interval_steps: float = 1.0
    neurons: tuple[int, ...] = ()
    #: Which of the blocks that the script had forgotten; 0: what was left at the end.
    cleared: int = 0

    @property
    def title(self) -> str:
        segment = f", segment {self.segment}" if self.segment else ""
        cleared = f", cleared {self.cleared}" if self.cleared else ""
        return f"{self.population}, {self.variable}{segment}{cleared}"

    def step(self, row: int) -> float:
        return self.first_step + row * self.interval_steps


@dataclass(frozen=True)
class Captured:
    """What one simulation of a script recorded."""

    description: dict[str, Any]
    arrays: dict[str, Array]

    @property
    def timestep_ms(self) -> float:
        return float(self.description["timestep_ms"])

    @property
    def run_ms(self) -> float:
        return float(self.description["run_ms"])

    @property
    def random(self) -> list[str]:
        """What draws random numbers in this way."""
        return list(self.description["random"])

    @property
    def simulations(self) -> list[Captured]:
        """This one, and those that followed it in the script."""
        later = self.description.get("later", [])
        return [self, *(Captured(description, self.arrays) for description in later)]

    @property
    def prefix(self) -> str:
        """What names begin with: nothing in the first simulation."""
        return str(self.description.get("prefix", ""))

    def silent(self) -> dict[str, str]:
        """Projection or population that could not be read -> what was said instead."""
        return {
            f"{self.prefix}{kind} {number} {one['label']}": one["nothing"]
            for kind in ("population", "projection")
            for number, one in enumerate(self.description[f"{kind}s"])
            if "nothing" in one
        }

    def streams(self) -> dict[tuple[int, int, int, str], Stream]:
        """By (number of the population, segment, which cleared block, variable)."""
        return {
            (number, data["segment"], data.get("cleared", 0), data["variable"]): Stream(
                self.prefix + population["label"],
                data["variable"],
                data["segment"],
                self.arrays[data["array"]],
                population["size"],
                data.get("first_step", 0.0),
                data.get("interval_steps", 1.0),
                tuple(data.get("neurons", ())),
                data.get("cleared", 0),
            )
            for number, population in enumerate(self.description["populations"])
            for data in population["data"]
        }

    def connections(self) -> dict[int, tuple[str, Array]]:
        """Number of the projection -> label and rows of pre, post, weight, delay."""
        return {
            number: (projection["label"], self.arrays[projection["array"]])
            for number, projection in enumerate(self.description["projections"])
            if "array" in projection
        }


@dataclass
class Finding:
    """The comparison of one stream: how much was compared, how much differs, the first place."""

    what: str
    compared: int
    different: int
    #: Where the first difference is and both values; or the figures of both distributions.
    detail: str = ""
    #: Step of the first difference.
    step: float = math.inf
    #: Compared by distribution, not bit for bit.
    by_distribution: bool = False

    @property
    def word(self) -> str:
        if self.by_distribution:
            return "APART" if self.different else "alike"
        return "DIFFERS" if self.different else "equal"

    @property
    def where(self) -> str:
        return "in what is connected" if self.step == BEFORE else "in what is recorded"


@dataclass
class Verdict:
    """All findings; exact where no random number was drawn."""

    exact: bool
    findings: list[Finding] = field(default_factory=list)
    #: What was not compared, and why.
    left_out: list[str] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return all(finding.different == 0 for finding in self.findings)

    @property
    def how(self) -> str:
        if any(finding.by_distribution for finding in self.findings):
            return "by distribution where it draws random numbers"
        return "bit for bit"

    @property
    def firsts(self) -> list[Finding]:
        """Where to look for the cause: the first connection that differs, the earliest record."""
        different = [finding for finding in self.findings if finding.different]
        before = [finding for finding in different if finding.step == BEFORE]
        during = [finding for finding in different if finding.step != BEFORE]
        return before[:1] + sorted(during, key=lambda finding: finding.step)[:1]


def load(file: Path) -> Captured:
    """Reads a capture. Raises SpinnlabError for a script that made no population."""
    with np.load(file) as archive:
        arrays = {name: archive[name] for name in archive.files}
    description = json.loads(str(arrays.pop("description")))
    if "timestep_ms" not in description:
        raise SpinnlabError("The script made no population: there is nothing to compare.")
    return Captured(description, arrays)


def drawn(native: Captured, original: Captured) -> list[str]:
    """What draws random numbers in any simulation."""
    ways = [{text for one in way.simulations for text in one.random} for way in (native, original)]
    return sorted(ways[0] or ways[1])


def compare(native: Captured, original: Captured) -> Verdict:
    """Native against original, stream by stream. Raises SpinnlabError if there is nothing."""
    simulations = (native.simulations, original.simulations)
    verdict = Verdict(exact=not drawn(native, original))
    numbers = [len(way) for way in simulations]
    if numbers[0] != numbers[1]:
        verdict.findings.append(
            Finding("simulations", 0, 1, f"native has {numbers[0]}, original {numbers[1]}")
        )
    for ours, theirs in zip(*simulations, strict=False):
        _compare_simulation(verdict, ours, theirs)
    if not verdict.findings:
        raise SpinnlabError(
            "The script recorded nothing and connected nothing: there is nothing to compare.\n"
            'population.record(["spikes", "v"]) before sim.run() records.'
        )
    return verdict


def _compare_simulation(verdict: Verdict, native: Captured, original: Captured) -> None:
    _compare_connections(verdict, native, original)
    ours, theirs = native.streams(), original.streams()
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in ours or key not in theirs:
            there = ours.get(key) or theirs[key]
            who = "the original" if key in theirs else "the native way"
            verdict.findings.append(Finding(there.title, 0, 1, f"only {who} has data"))
        else:
            verdict.findings.append(_compare(ours[key], theirs[key], native, verdict.exact))
    silent = (native.silent(), original.silent())
    for what in dict.fromkeys([*silent[0], *silent[1]]):
        # A population of which one way says that it recorded nothing, and the other has nothing.
        if what.removeprefix(native.prefix).startswith("population") and not all(
            what in way for way in silent
        ):
            continue
        who = "natively" if what in silent[0] else "on the original"
        why = (silent[0].get(what) or silent[1][what]).partition("\n")[0]
        verdict.left_out.append(f"{what}: {who} {why}")


def _compare(ours: Stream, theirs: Stream, native: Captured, exact: bool) -> Finding:
    if exact or np.array_equal(ours.values, theirs.values):
        exactly = _spikes if ours.variable == "spikes" else _samples
        return exactly(ours, theirs, native.timestep_ms)
    if ours.variable == "spikes":
        return _rates(ours, theirs, native)
    return _means(ours, theirs)


def _compare_connections(verdict: Verdict, native: Captured, original: Captured) -> None:
    """Projections that only one way can tell the synapses of are compared by what they do."""
    ours, theirs = native.connections(), original.connections()
    for number in sorted(ours.keys() & theirs.keys()):
        (label, a), (_, b) = ours[number], theirs[number]
        what = f"{native.prefix}projection {number} {label}"
        if verdict.exact or np.array_equal(a, b):
            verdict.findings.append(_connections(f"{what}, weights and delays", a, b))
            continue
        verdict.findings.append(_counts(f"{what}, synapses", len(a), len(b)))
        for column, name, scale in ((2, "weights", 1 / ONE), (3, "delays", native.timestep_ms)):
            verdict.findings.append(
                _distributions(f"{what}, {name}", a[:, column] * scale, b[:, column] * scale)
            )


def _when(step: float, timestep_ms: float) -> str:
    return f"step {step:g} ({step * timestep_ms:g} ms)"


def _spikes(ours: Stream, theirs: Stream, timestep_ms: float) -> Finding:
    a, b = ({tuple(row) for row in stream.values.tolist()} for stream in (ours, theirs))
    different = sorted(a ^ b)
    if not different:
        return Finding(ours.title, len(a), 0)
    step, neuron = different[0]
    who = "the native way" if (step, neuron) in a else "the original"
    first = f"neuron {neuron}, {_when(step, timestep_ms)}: only {who} fires"
    return Finding(ours.title, len(a | b), len(different), first, step)


def _samples(ours: Stream, theirs: Stream, timestep_ms: float) -> Finding:
    a, b = ours.values, theirs.values
    if a.shape != b.shape:
        shapes = [f"{shape[0]} samples of {shape[1]} neurons" for shape in (a.shape, b.shape)]
        return Finding(ours.title, 0, 1, f"native has {shapes[0]}, original {shapes[1]}")
    places = np.argwhere(a != b)
    if not len(places):
        return Finding(ours.title, a.size, 0)
    row, column = (int(i) for i in places[0])
    neuron = ours.neurons[column] if ours.neurons else column
    values = [f"{int(x[row, column]) / ONE:.6f} ({int(x[row, column])})" for x in (a, b)]
    step = ours.step(row)
    first = f"neuron {neuron}, {_when(step, timestep_ms)}: native {values[0]}, original {values[1]}"
    return Finding(ours.title, a.size, len(places), first, step)


def _connections(what: str, ours: Array, theirs: Array) -> Finding:
    """Synapses are sorted; the first that one way has and the other has not is told."""
    if len(ours) == len(theirs):
        rows = np.flatnonzero((ours != theirs).any(axis=1))
        if not len(rows):
            return Finding(what, len(ours), 0)
        different, place = len(rows), int(rows[0])
    else:
        common = min(len(ours), len(theirs))
        rows = np.flatnonzero((ours[:common] != theirs[:common]).any(axis=1))
        different, place = abs(len(ours) - len(theirs)), int(rows[0]) if len(rows) else common
    first = f"native {_synapse(ours, place)}, original {_synapse(theirs, place)}"
    if len(ours) != len(theirs):
        first = f"native has {len(ours):,} synapses, original {len(theirs):,}; {first}"
    return Finding(what, max(len(ours), len(theirs)), different, first, BEFORE)


def _synapse(rows: Array, place: int) -> str:
    if place >= len(rows):
        return "none"
    pre, post, weight, delay = (int(x) for x in rows[place])
    return f"{pre} -> {post} weight {weight / ONE:.6f} ({weight}) delay {delay} steps"


def _counts(what: str, a: int, b: int) -> Finding:
    """Two numbers of independent events."""
    apart = abs(a - b) > SIGMAS * math.sqrt(a + b + 1)
    detail = f"native {a:,}, original {b:,}"
    return Finding(what, a + b, int(apart), detail, BEFORE, by_distribution=True)


def _distributions(what: str, a: Array, b: Array) -> Finding:
    """Kolmogorov and Smirnov's distance of independent draws."""
    size = a.size + b.size
    if a.size == 0 or b.size == 0:
        return Finding(what, size, 0, "one way has none", BEFORE, by_distribution=True)
    places = np.unique(np.concatenate([a, b]))
    shares = [np.searchsorted(np.sort(x), places, side="right") / x.size for x in (a, b)]
    distance = float(np.abs(shares[0] - shares[1]).max())
    apart = distance > KS_LIMIT * math.sqrt(size / (a.size * b.size))
    texts = [f"{x.mean():.6g} ± {x.std():.3g}" for x in (a, b)]
    detail = f"native {texts[0]}, original {texts[1]}"
    return Finding(what, size, int(apart), detail, BEFORE, by_distribution=True)


def _rates(ours: Stream, theirs: Stream, native: Captured) -> Finding:
    """Numbers of spikes. What a number varies by is taken from its own stretches of time."""
    steps = max(1.0, native.run_ms / native.timestep_ms)
    counts = [len(stream.values) for stream in (ours, theirs)]
    variance = 0.0
    for stream, count in ((ours, counts[0]), (theirs, counts[1])):
        parts, _ = np.histogram(stream.values[:, 0], bins=STRETCHES, range=(0, steps))
        variance += max(float(count), STRETCHES * float(np.var(parts)))
    apart = abs(counts[0] - counts[1]) > SIGMAS * math.sqrt(variance + 1)
    seconds = max(1e-9, ours.size * native.run_ms / 1000)
    texts = [f"{count:,} ({count / seconds:.3g} Hz)" for count in counts]
    detail = f"native {texts[0]}, original {texts[1]}"
    return Finding(ours.title, sum(counts), int(apart), detail, by_distribution=True)


def _means(ours: Stream, theirs: Stream) -> Finding:
    a, b = ours.values / ONE, theirs.values / ONE
    size = a.size + b.size
    if a.size == 0 or b.size == 0:
        different = int(a.size != b.size)
        return Finding(ours.title, size, different, "one way has none", by_distribution=True)
    error = math.hypot(_error_of_mean(a), _error_of_mean(b))
    apart = abs(float(a.mean()) - float(b.mean())) > SIGMAS * error + 1 / ONE
    texts = [f"{x.mean():.6g} ± {x.std():.3g}" for x in (a, b)]
    detail = f"native {texts[0]}, original {texts[1]}"
    return Finding(ours.title, size, int(apart), detail, by_distribution=True)


def _error_of_mean(samples: Array) -> float:
    """Standard error of the mean of samples that are correlated in time and between neurons.

    Stretches of time show what neurons have in common, neurons what lasts the whole time.
    """
    stretches = [part.mean() for part in np.array_split(samples, STRETCHES) if len(part)]
    neurons = samples.mean(axis=0)
    return max(
        float(np.std(means)) / math.sqrt(max(1, len(means) - 1)) for means in (stretches, neurons)
    )
