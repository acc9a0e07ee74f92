# SPDX-License-Identifier: Apache-2.0
"""Bars: how values are spread, small in a table row and with axes."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Bars of a histogram with axes, and of one in a table row.
BARS, FEW_BARS = 24, 14
PLOT_WIDTH, PLOT_HEIGHT = 280, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 10, 38
ROW_WIDTH, ROW_HEIGHT = 84, 18


def number(value: float, span: float = 0.0) -> str:
    """Short, with a real minus sign; to a thousandth of `span`, of which the value is one end."""
    if span > 0 and math.isfinite(span) and math.isfinite(value):
        value = round(value, 2 - math.floor(math.log10(span)))
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞" if value < 0 else "not a number"
    text = f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _short(count: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:g}{letter}"
    return f"{count:g}"


def _nice(top: float) -> float:
    """The next of 1, 2, 5, 10, 20 ..., for an axis that ends at or above `top`."""
    if top <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(top))
    return next(step * size for step in (1.0, 2.0, 5.0, 10.0) if step * size >= top)


def counted(values: NDArray[Any], bars: int) -> tuple[NDArray[Any], float, float]:
    """Counts, and the values at the first and the last bar.

    Values that are few and evenly spaced, as delays are, get a bar each, which then stands on its
    value; otherwise the two are the ends of the range.
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(1, dtype=np.int64), 0.0, 0.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([len(values)]), low, high
    distinct = np.unique(values[:100_000])
    if 1 < len(distinct) <= bars:
        gap = float(np.diff(distinct).min())
        steps = (high - low) / gap
        if steps < bars and np.isclose(steps, round(steps)):
            edges = low - gap / 2 + gap * np.arange(round(steps) + 2)
            return np.histogram(values, edges)[0], low, high
    return np.histogram(values, bars)[0], low, high


def _bars(counts: NDArray[Any], width: float, height: float, top: float) -> str:
    """Rectangles that stand on y = `height`; a single value is one narrow bar in the middle."""
    each = width / max(len(counts), FEW_BARS)
    left = (width - each * len(counts)) / 2
    return "".join(
        f'<rect x="{left + k * each:.1f}" y="{height - height * count / top:.1f}" '
        f'width="{max(each - 1, 0.5):.1f}" height="{height * count / top:.1f}"/>'
        for k, count in enumerate(counts)
        if count
    )


def spread(values: NDArray[Any], colour: str) -> str:
    """A small histogram for a table row."""
    counts, _, _ = counted(np.asarray(values, dtype=float), FEW_BARS)
    bars = _bars(counts, ROW_WIDTH, ROW_HEIGHT, max(int(counts.max()), 1))
    return (
        f'<svg width="{ROW_WIDTH}" height="{ROW_HEIGHT}" viewBox="0 0 {ROW_WIDTH} {ROW_HEIGHT}" '
        f'role="img" aria-label="spread"><g fill="{colour}">{bars}</g></svg>'
    )


def histogram(values: NDArray[Any], colour: str, x_label: str, y_label: str) -> str:
    """A histogram with axes, units in the labels."""
    counts, low, high = counted(np.asarray(values, dtype=float), BARS)
    top = _nice(float(counts.max()))
    base, width = PLOT_HEIGHT - BOTTOM, PLOT_WIDTH - LEFT - RIGHT
    used = width * min(1.0, len(counts) / FEW_BARS) / 2
    middle = LEFT + width / 2
    ticks = "".join(
        f'<text x="{x:.0f}" y="{base + 14}" text-anchor="middle">{text}</text>'
        for x, text in (
            [(middle, number(low))]
            if low == high
            else [
                (middle - used, number(low, high - low)),
                (middle + used - 8, number(high, high - low)),
            ]
        )
    )
    return (
        f'<svg width="{PLOT_WIDTH}" height="{PLOT_HEIGHT}" '
        f'viewBox="0 0 {PLOT_WIDTH} {PLOT_HEIGHT}" role="img" aria-label="{escape(x_label)}">'
        f'<path d="M{LEFT} {TOP}H{LEFT + width}" stroke="var(--plot-grid)"/>'
        f'<g fill="{colour}" transform="translate({LEFT} {TOP})">'
        f"{_bars(counts, width, base - TOP, top)}</g>"
        f'<path d="M{LEFT} {TOP}V{base}H{LEFT + width}" fill="none" stroke="var(--plot-axis)"/>'
        f'<text x="{LEFT - 6}" y="{TOP + 4}" text-anchor="end">{_short(top)}</text>'
        f'<text x="{LEFT - 6}" y="{base + 4}" text-anchor="end">0</text>'
        f"{ticks}"
        f'<text x="{LEFT + width / 2:.0f}" y="{PLOT_HEIGHT - 6}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
        f'<text transform="translate(10 {(TOP + base) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text></svg>"
    )
