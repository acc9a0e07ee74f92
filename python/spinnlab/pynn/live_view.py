# SPDX-License-Identifier: Apache-2.0
"""What a cell shows while `run()` goes on: the last second of spikes and membranes.

`live(exc, inh)` before `run()`. Frames are spaced so that drawing them takes at most a twentieth of
the wall time, however many spikes there are; the last frame stays.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab.display import board, raster
from spinnlab.display.card import framed
from spinnlab.display.plots import number
from spinnlab.pynn import cards, simulator
from spinnlab.pynn.errors import ConfigurationException

logger = logging.getLogger("spinnlab")

#: Share of the wall time that drawing may take (a twentieth, with room for late frames), and the
#: shortest time between two frames.
SHARE, BETWEEN_S = 0.045, 0.06
#: Pixels of a lane's picture; pages show it about as wide. Twice as many take twice the time.
WIDTH, HEIGHT = 800, 160
#: Heights of all rasters together and of one lane of membranes, in px of the page.
RASTERS_PX, MEMBRANES_PX, LOWEST_PX = 240, 90, 36
#: A dot has so many pixels while fewer spikes than this are seen of a population; else 1.
DOTS = ((4, 2_000), (3, 10_000), (2, 50_000))
#: Membranes drawn of a population.
MEMBRANES = 4


def live(*populations: Any, window_ms: float = 1000.0) -> None:
    """Shows spikes and membranes of these populations during each `run()` from now on.

    `window_ms`: how much of the past is seen. They must record spikes or v. Without populations:
    all that record something. Where there is no notebook, run() shows its line as ever.
    """
    state = simulator.state
    state.require_setup("live()")
    if not window_ms > 0:
        raise ConfigurationException(f"live(): window_ms is {window_ms}; give a positive number.")
    for population in populations:
        name = getattr(population, "label", repr(population))
        if population not in state.populations:
            raise ConfigurationException(
                f"live(): {name} is not a population of this simulation; views cannot be shown."
            )
        if not _recorded(population) & {"spikes", "v"}:
            raise ConfigurationException(
                f'live(): {name} records neither spikes nor v. Call {name}.record("spikes") before.'
            )
    state.live_view = LiveView(list(populations), float(window_ms))


def _recorded(population: Any) -> set[str]:
    return {variable for variable, *_ in population.recorder.for_core()}


@dataclass(frozen=True)
class Reached:
    """How far a run was when it ended, as the core says it while it goes on."""

    step: int
    end_step: int
    wall_s: float


class LiveView:
    """The callback of runs that draws; `publish` gets the HTML of each frame."""

    def __init__(self, populations: list[Any], window_ms: float) -> None:
        self.wanted, self.window_ms = populations, window_ms
        self.publish: Callable[[str], None] | None = None
        self.frames, self.draw_s = 0, 0.0  # of the run of now or the last one

    def begin(self, run: Any) -> bool:
        """Whether there is something to show, and where; a new output below the cell then."""
        self.run = run
        self.populations = self.wanted or [
            p for p in run.state.populations if _recorded(p) & {"spikes", "v"}
        ]
        self.first_step = int(run.simulation.now_steps)
        self.next_s, self.drawn_step = 0.0, -1
        self.seen: dict[Any, int] = {}  # spikes of the frame before, by population
        self.frames, self.draw_s = 0, 0.0
        self.began = time.perf_counter()
        self.looks = cards.looks(run.state)
        if self.publish is None:
            self.publish = notebook_output()
        return self.publish is not None and bool(self.populations)

    def __call__(self, progress: Any) -> bool:
        if self.publish is not None and progress.wall_s >= self.next_s:
            took_s = self._draw(progress)
            self.next_s = progress.wall_s + max(BETWEEN_S, took_s / SHARE)
        return True

    def end(self, end_step: int) -> None:
        """The last frame, which stays; the next run gets an output of its own."""
        now_step = int(self.run.simulation.now_steps)
        if now_step != self.drawn_step:
            self._draw(Reached(now_step, end_step, time.perf_counter() - self.began))
        self.publish = None

    def _draw(self, reached: Any) -> float:
        """Wall seconds that a frame took. A picture that fails is no reason to lose a run."""
        began = time.perf_counter()
        try:
            if self.publish is not None:
                self.publish(self.html(reached))
        except Exception as error:
            logger.warning("live(): this run goes on without its picture: %r", error)
            self.publish = None
        took_s = time.perf_counter() - began
        self.frames += 1
        self.draw_s += took_s
        self.drawn_step = int(reached.step)
        return took_s

    # ---- one frame

    def html(self, reached: Any) -> str:
        begin, end = self._seen(reached)
        lanes = []
        heights = self._heights()
        for population in self.populations:
            role, colour = self.looks[population]
            mark = f"{board.glyph(role, colour)}<b>{escape(population.label)}</b>"
            recorded = _recorded(population)
            if "spikes" in recorded:
                height = heights[population]
                canvas = raster.Canvas(begin, end, WIDTH, min(2 * height, HEIGHT))
                covered, rate = self._raster(population, canvas)
                picture = raster.masked(covered, colour or "var(--text-3)", height)
                size = f"{population.size:,} neurons"
                lanes.append(_lane(mark, picture, f"{rate:.3g} spikes/s", size))
            if "v" in recorded:
                canvas = raster.Canvas(begin, end, WIDTH, MEMBRANES_PX)
                lanes.append(_lane(mark, *self._membranes(population, canvas)))
        axis = (number(begin / 1000, 1), "model time (s)", number(end / 1000, 1))
        below = "".join(f"<span>{text}</span>" for text in axis)
        body = (
            f'<div class="live">{"".join(lanes)}<span></span><div class="axis">{below}</div></div>'
        )
        return framed("run()", self._head(reached), body)

    def _seen(self, reached: Any) -> tuple[float, float]:
        """The stretch of model time that is shown: the last window, or the first one."""
        dt = self.run.dt
        now_ms = reached.step * dt
        if now_ms > self.window_ms:
            return now_ms - self.window_ms, now_ms
        return 0.0, max(dt, min(self.window_ms, reached.end_step * dt))

    def _head(self, reached: Any) -> str:
        dt, seconds = self.run.dt, self.run.seconds
        done_ms = (reached.step - self.first_step) * dt
        left_ms = (reached.end_step - reached.step) * dt
        factor = done_ms / 1000 / reached.wall_s if reached.wall_s > 0 else 0.0
        part = done_ms / (done_ms + left_ms) if done_ms + left_ms > 0 else 1.0
        stages = "".join(
            f'<span class="muted">{name} {seconds[stage]:.2f} s</span>'
            for stage, name in (("map", "Map"), ("load", "Load"))
            if stage in seconds
        )
        wall = f"{reached.wall_s:.1f} s"
        if left_ms > 0 and factor > 0:
            wall = f"{left_ms / 1000 / factor:.1f} s left"
        now, end = (number(round(step * dt / 1000, 3)) for step in (reached.step, reached.end_step))
        return (
            f"{stages}<b>Run {now} of {end} s</b>"
            f'<span class="bar"><i style="width:{100 * part:.1f}%"></i></span>'
            f'<span class="muted">{wall}, ×{factor:.3g}</span>'
        )

    def _heights(self) -> dict[Any, int]:
        """In px; larger populations get higher lanes, by the root of their size."""
        roots = {p: p.size**0.5 for p in self.populations if "spikes" in _recorded(p)}
        whole = sum(roots.values())
        return {p: max(LOWEST_PX, round(RASTERS_PX * root / whole)) for p, root in roots.items()}

    def _raster(self, population: Any, canvas: raster.Canvas) -> tuple[NDArray[Any], float]:
        """Which pixels hold a spike, and the mean rate in spikes/s of what is seen."""
        run = self.run
        first, end = (round(ms / run.dt) for ms in (canvas.begin, canvas.end))
        seen = self.seen.get(population, 0)
        dot = next((pixels for pixels, most in DOTS if seen < most), 1)
        covered, spikes = run.simulation.spike_picture(
            population.core_index, first, end - first, canvas.width, canvas.height, dot
        )
        self.seen[population] = spikes
        seen_s = (run.now_ms - canvas.begin) / 1000
        return covered, spikes / population.size / seen_s if seen_s > 0 else 0.0

    def _membranes(self, population: Any, canvas: raster.Canvas) -> tuple[str, str, str]:
        """Lines of the first recorded neurons, their range, and how many they are."""
        run = self.run
        from_step = int(canvas.begin / run.dt)
        steps, samples = run.simulation.samples(population.core_index, "v", from_step)
        values: NDArray[np.float64] = np.asarray(samples[:, :MEMBRANES]) / 32768.0
        if not len(values):
            return f'<div style="height:{MEMBRANES_PX}px"></div>', "v (mV)", ""
        low, high = float(values.min()), float(values.max())
        colours = [f"var(--s{k})" for k in (1, 2, 3, 6)]
        times = np.asarray(steps) * run.dt
        picture = raster.traces(canvas, times, values, (low, high), colours)
        n, recorded = values.shape[1], samples.shape[1]
        shown = f"{n} of {recorded:,} neurons" if recorded > n else cards.how_many(n, "neuron")
        span = max(high - low, 1e-3)
        return picture, f"v, {number(low, span)} to {number(high, span)} mV", shown


def _lane(mark: str, picture: str, first: str, second: str) -> str:
    return (
        f'<span class="name">{mark}</span>{picture}'
        f'<span class="rate">{escape(first)}<br><span class="muted">{escape(second)}</span></span>'
    )


def notebook_output() -> Callable[[str], None] | None:
    """Shows HTML in an output of the running cell, and later replaces it; None: no notebook."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    handle: list[Any] = []

    def publish(html: str) -> None:
        shown = {"text/html": html, "text/plain": "<spikes and membranes of the run>"}
        if handle:
            handle[0].update(shown, raw=True)
        else:
            handle.append(display(shown, raw=True, display_id=True))

    return publish
