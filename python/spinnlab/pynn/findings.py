# SPDX-License-Identifier: Apache-2.0
"""What somebody should know of a run, said once at its end: where, how many, what to do.

A box in a notebook, one paragraph in a terminal. A later run says only what is new.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from spinnlab.display import Card
from spinnlab.pynn import lost_delays
from spinnlab.pynn.cards import how_many
from spinnlab.pynn.one_run import OneRun

if TYPE_CHECKING:
    from spinnlab.pynn.parts import Part

logger = logging.getLogger("spinnlab")

#: Weights that are drawn are looked at one by one, up to so many synapses of a network; projections
#: beyond that are not judged, since it would take as long as loading them.
MOST_SYNAPSES = 1_000_000
#: The largest weight that fits, as stored.
MOST_STORED = 65535


@dataclass(frozen=True)
class Finding:
    """`where` is a population or projection, `what` says how many, `way_out` what to do."""

    where: str
    what: str
    way_out: str

    def line(self) -> str:
        return f"{self.where}: {self.what}." + (f" {self.way_out}" if self.way_out else "")


class Findings:
    """Those of one run object, and which of them have been said."""

    def __init__(self, run: OneRun) -> None:
        self.run = run
        #: Sums above the largest that have been said, by population.
        self._sums: dict[str, int] = {}
        self._looked_at: Any = None
        self._of_synapses: list[Finding] = []
        self._left = 0.0

    def all(self) -> list[Finding]:
        """Everything so far, for the summary of the whole."""
        return [*self._of_image(), *(found for found, _ in self._of_sums({}))]

    def news(self) -> list[Finding]:
        """What has not been said yet, in this run or one before a reset; from now on it has."""
        said = self.run.state.said
        fresh = [found for found in self._of_image() if found not in said]
        said.update(fresh)
        for found, total in list(self._of_sums(self._sums)):
            self._sums[found.where] = total
            if (found.where, total) not in said:
                said.add((found.where, total))
                fresh.append(found)
        return fresh

    def _of_image(self) -> list[Finding]:
        image = self.run.loaded
        if image is None:
            return []
        if self._looked_at is not image:
            self._looked_at = image
            self._of_synapses = [*self._lost_weights(image), *self._lost_delays()]
        split = (note.partition(": ") for note in image.notes)
        return [*(Finding(where, what, "") for where, _, what in split), *self._of_synapses]

    def _of_sums(self, said: dict[str, int]) -> Iterator[tuple[Finding, int]]:
        """Sums above the largest, beyond those said, with all of them so far."""
        for row in self.run.simulation.provenance():
            label, total = str(row["label"]), int(row["saturations"])
            more = total - said.get(label, 0)
            if more:
                yield (
                    Finding(
                        label,
                        f"{how_many(more, 'sum')} of weights that arrived in one step "
                        f"{'was' if more == 1 else 'were'} above the largest that fits and clamped",
                        "Lower weights or rates, or set max_expected_summed_weight of the "
                        "population.",
                    ),
                    total,
                )

    def _lost_weights(self, image: Any) -> Iterator[Finding]:
        rows = image.summary()
        self._left = float(MOST_SYNAPSES)
        for projection in self.run.state.projections:
            zeros = wrapped = of = 0.0
            least = 0.0
            for part in projection.parts:
                scales = rows[part.post.core_index].get("weight_scales")
                if not scales:
                    continue
                scale = float(scales[projection.receptor_index])
                counts = self._counts(part, scale)
                zeros, wrapped, of = zeros + counts[0], wrapped + counts[1], of + counts[2]
                least = max(least, 1 / scale)
            unit = "µS" if projection.post.conductance_based else "nA"
            if zeros:
                yield Finding(
                    projection.label,
                    f"{zeros:,.0f} of {of:,.0f} weights are too small for 16 bits and are 0",
                    f"The smallest that is kept is {least / 2:.3g} {unit}: larger weights, or "
                    "fewer large ones onto the same neurons, keep them.",
                )
            if wrapped:
                yield Finding(
                    projection.label,
                    f"{wrapped:,.0f} of {of:,.0f} weights are too large for 16 bits and are kept "
                    "modulo the largest, as on the machine",
                    f"The largest that fits is {MOST_STORED * least:.4g} {unit}.",
                )

    def _lost_delays(self) -> Iterator[Finding]:
        self._left = float(MOST_SYNAPSES)

        def drawn(part: Part) -> Any:
            if part.likely_synapses() > self._left:
                return None
            self._left -= part.likely_synapses()
            return self.run.described().connections(part.core_index, as_stored=False)[3]

        for projection in self.run.state.projections:
            for what in lost_delays.findings(projection, self.run.dt, drawn):
                yield Finding(projection.label, what, "A shorter time step keeps them.")

    def _counts(self, part: Part, scale: float) -> tuple[float, float, float]:
        """Synapses that become 0, that wrap, and all; expected numbers for one weight for all."""
        likely = part.likely_synapses()
        weight = part.recipe.weight
        if isinstance(weight, int | float):
            stored = abs(weight) * scale
            return (
                likely if weight and stored < 0.5 else 0.0,
                likely if stored >= MOST_STORED + 1 else 0.0,
                likely,
            )
        if isinstance(weight, np.ndarray):
            values = np.abs(np.asarray(weight, dtype=float))
        elif likely <= self._left:
            self._left -= likely
            values = np.abs(self.run.described().connections(part.core_index, as_stored=False)[2])
        else:
            return 0.0, 0.0, likely
        stored_values = values * scale
        return (
            float(np.count_nonzero((values > 0) & (stored_values < 0.5))),
            float(np.count_nonzero(stored_values >= MOST_STORED + 1)),
            float(len(values)),
        )


def say(findings: list[Finding]) -> None:
    """One box where a notebook is, one paragraph of the log elsewhere; nothing for none."""
    if not findings:
        return
    number = len(findings)
    title = f"{number} thing{'s' if number != 1 else ''} to know of this run"
    shell = _notebook_shell()
    if shell is None:
        logger.warning("%s:\n%s", title, "\n".join(f"  {one.line()}" for one in findings))
        return
    from IPython.display import display

    rows = "".join(
        f"<tr><td><b>{escape(one.where)}</b></td><td>{escape(one.what)}."
        + (f'<br><span class="muted">{escape(one.way_out)}</span>' if one.way_out else "")
        + "</td></tr>"
        for one in findings
    )
    display(
        Card(
            title=title,
            subtitle="",
            body=f"<table><tbody>{rows}</tbody></table>",
            lines=[one.line() for one in findings],
        )
    )


def _notebook_shell() -> Any:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return shell if shell is not None and hasattr(shell, "kernel") else None
