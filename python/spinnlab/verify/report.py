# SPDX-License-Identifier: Apache-2.0
"""One HTML file: the verdict, every comparison, and the traces laid over each other."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np

from spinnlab.verify.compare import ONE, Captured, Finding, Stream, Verdict, drawn

WIDTH, HEIGHT = 900, 190
#: Frame of a plot: left, right, top, bottom.
LEFT, RIGHT, TOP, BOTTOM = 64, WIDTH - 8, 10, HEIGHT - 28
NATIVE, ORIGINAL, DIFFERENCE = "#075e5a", "#f7b267", "#c1121f"
#: Traces are drawn for this many neurons of each recorded variable, those that differ first.
NEURONS_SHOWN = 4
#: Points of one trace, spikes of one raster.
POINTS_SHOWN, SPIKES_SHOWN = 2000, 20000

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem;
       color: #1d2433; background: #fff; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 0; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e3e6ee;
         vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.bad td { background: #fdecee; }
.verdict { padding: .6rem 1rem; border-radius: 6px; background: #e6f4f1; }
.verdict.bad { background: #fdecee; }
.verdict b { font-size: 1.2rem; }
.key { display: inline-block; width: 1.6rem; height: .3rem; vertical-align: middle;
       margin: 0 .3rem 0 1rem; }
.note { color: #5a6275; font-size: 13px; margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: #5a6275; }
"""


def write(file: Path, script: str, verdict: Verdict, native: Captured, original: Captured) -> None:
    """Writes the report of one script."""
    name = html.escape(script)
    file.write_text(
        f"<!doctype html><html lang='en'><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'>"
        f"<title>{name}: native and original</title><style>{STYLE}</style><h1>{name}</h1>"
        f"{_verdict(verdict)}{_random(native, original)}{_table(verdict)}{_left_out(verdict)}"
        f"{_traces(verdict, native, original)}</html>\n",
        encoding="utf-8",
    )


def _verdict(verdict: Verdict) -> str:
    word = "agree" if verdict.agree else "differ"
    first = "".join(
        f"<br>First difference {finding.where}: {html.escape(f'{finding.what}, {finding.detail}')}"
        for finding in verdict.firsts
    )
    return (
        f'<p class="verdict {"" if verdict.agree else "bad"}"><b>Native and original {word}</b>, '
        f"compared {verdict.how}.{first}</p>"
    )


def _random(native: Captured, original: Captured) -> str:
    texts = drawn(native, original)
    if not texts:
        return ""
    listed = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    return f"<p>Random numbers are drawn by</p><ul>{listed}</ul>"


def _left_out(verdict: Verdict) -> str:
    listed = "".join(f"<li>{html.escape(text)}</li>" for text in verdict.left_out)
    return f"<p>Not compared:</p><ul>{listed}</ul>" if listed else ""


def _table(verdict: Verdict) -> str:
    def row(finding: Finding) -> str:
        different = "" if finding.by_distribution else f"{finding.different:,}"
        return (
            f'<tr class="{"bad" if finding.different else ""}"><td>{finding.word}</td>'
            f'<td>{html.escape(finding.what)}</td><td class="n">{finding.compared:,}</td>'
            f'<td class="n">{different}</td><td>{html.escape(finding.detail)}</td></tr>'
        )

    return (
        "<table><tr><th></th><th>what</th><th class='n'>compared</th><th class='n'>different</th>"
        "<th>first difference, or figures of both</th></tr>"
        f"{''.join(row(finding) for finding in verdict.findings)}</table>"
    )


def _traces(verdict: Verdict, native: Captured, original: Captured) -> str:
    pairs = [
        (a, b, ours)
        for ours, theirs in zip(native.simulations, original.simulations, strict=False)
        for a, b in _shared(ours, theirs)
    ]
    if not pairs:
        return ""

    def key(colour: str, text: str) -> str:
        return f'<span class="key" style="background:{colour}"></span>{text}'

    legend = key(NATIVE, "native") + key(ORIGINAL, "original, wider and below")
    if verdict.exact and not verdict.agree:
        legend += key(DIFFERENCE, "first difference")
    parts = [f"<h2>Traces</h2><p>{legend}</p>"]
    for a, b, simulation in pairs:
        draw = _raster if a.variable == "spikes" else _curves
        parts.append(f"<h3>{html.escape(a.title)}</h3>{draw(a, b, simulation, verdict.exact)}")
    return "".join(parts)


def _shared(native: Captured, original: Captured) -> list[tuple[Stream, Stream]]:
    """What both ways recorded of one simulation."""
    ours, theirs = native.streams(), original.streams()
    return [(ours[place], theirs[place]) for place in sorted(ours.keys() & theirs.keys())]


def _frame(body: str, end_ms: float, bottom: str, top: str, title: str) -> str:
    """A plot with five marks on the axis of time."""
    marks = "".join(
        f'<text x="{LEFT + (RIGHT - LEFT) * k / 4:.0f}" y="{BOTTOM + 16}" '
        f'text-anchor="{("start", "middle", "middle", "middle", "end")[k]}">'
        f"{end_ms * k / 4:g}{' ms' if k == 4 else ''}</text>"
        for k in range(5)
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>{html.escape(title)}</title>'
        f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}" fill="none" '
        f'stroke="#cfd4e0"/>{body}{marks}'
        f'<text x="{LEFT - 6}" y="{TOP + 10}" text-anchor="end">{top}</text>'
        f'<text x="{LEFT - 6}" y="{BOTTOM}" text-anchor="end">{bottom}</text></svg>'
    )


def _mark(step: float, steps: float) -> str:
    """An upright line where the first difference is."""
    x = LEFT + (RIGHT - LEFT) * step / steps
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}" stroke="{DIFFERENCE}" '
        'stroke-dasharray="4 3"/>'
    )


def _raster(ours: Stream, theirs: Stream, native: Captured, exact: bool) -> str:
    if not len(ours.values) and not len(theirs.values):
        return '<p class="note">no spikes</p>'
    steps = max(1.0, native.run_ms / native.timestep_ms)

    def dots(spikes: Any, colour: str, size: float) -> str:
        x = LEFT + (RIGHT - LEFT) * (spikes[:SPIKES_SHOWN, 0] + 0.5) / steps
        y = BOTTOM - (BOTTOM - TOP) * (spikes[:SPIKES_SHOWN, 1] + 0.5) / ours.size
        path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True))
        return (
            f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round" '
            'fill="none"/>'
        )

    body = dots(theirs.values, ORIGINAL, 5.0) + dots(ours.values, NATIVE, 2.0)
    note = ""
    different = {tuple(s) for s in ours.values.tolist()} ^ {
        tuple(s) for s in theirs.values.tolist()
    }
    if exact and different:
        first = np.array(sorted(different))
        body += dots(first, DIFFERENCE, 3.0) + _mark(float(first[0, 0]) + 0.5, steps)
        note = f'<p class="note">{len(first):,} spikes of only one way are red</p>'
    if max(len(ours.values), len(theirs.values)) > SPIKES_SHOWN:
        note += f'<p class="note">the first {SPIKES_SHOWN:,} spikes</p>'
    top = str(ours.size - 1) if ours.size > 1 else ""
    return _frame(body, native.run_ms, "0", top, f"{ours.title}: neuron by time") + note


def _curves(ours: Stream, theirs: Stream, native: Captured, exact: bool) -> str:
    a, b = ours.values / ONE, theirs.values / ONE
    if not a.size or not b.size:
        return '<p class="note">no samples</p>'
    steps = max(1.0, native.run_ms / native.timestep_ms)
    # Two different random paths over each other are legible for one neuron only.
    most = NEURONS_SHOWN if exact else 1
    columns = list(range(min(a.shape[1], b.shape[1], most)))
    mark = ""
    if exact and a.shape == b.shape and (a != b).any():
        worst = [int(c) for c in np.flatnonzero((a != b).any(axis=0))]
        columns = (worst + [c for c in columns if c not in worst])[:NEURONS_SHOWN]
        mark = _mark(ours.step(int(np.argwhere(a != b)[0][0])), steps)
    shown = np.concatenate([a[:, columns].ravel(), b[:, columns].ravel()])
    low, high = float(shown.min()), float(shown.max())
    span = (high - low) or 1.0

    def lines(stream: Stream, samples: Any, colour: str, width: float) -> str:
        stride = max(1, len(samples) // POINTS_SHOWN)
        rows = np.arange(0, len(samples), stride)
        x = LEFT + (RIGHT - LEFT) * (stream.first_step + rows * stream.interval_steps) / steps
        text = ""
        for column in columns:
            y = BOTTOM - (BOTTOM - TOP) * (samples[rows, column] - low) / span
            points = " ".join(f"{p:.1f},{q:.1f}" for p, q in zip(x, y, strict=True))
            style = f'fill="none" stroke="{colour}" stroke-width="{width}"'
            text += f'<polyline points="{points}" {style}/>'
        return text

    body = lines(theirs, b, ORIGINAL, 5.0) + lines(ours, a, NATIVE, 1.2) + mark
    numbers = [str(ours.neurons[c] if ours.neurons else c) for c in columns]
    which = f"neurons {', '.join(numbers)}" if len(numbers) > 1 else f"neuron {numbers[0]}"
    plot = _frame(body, native.run_ms, f"{low:.5g}", f"{high:.5g}", f"{ours.title}, {which}")
    return f'{plot}<p class="note">{which}</p>'
