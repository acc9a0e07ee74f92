# SPDX-License-Identifier: Apache-2.0
"""One HTML file: the verdict, every comparison, and the traces laid over each other."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np

from spinnlab.verify.compare import ONE, Captured, Verdict

WIDTH, HEIGHT, MARGIN = 860, 180, 40
NATIVE, ORIGINAL = "#0b7a75", "#d1495b"
#: Traces are drawn for this many neurons of each recorded variable.
NEURONS_SHOWN = 4

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem;
       color: #1d2433; background: #fff; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
td, th { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #e3e6ee; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.bad td { background: #fdecee; }
.verdict { font-size: 1.2rem; padding: .6rem 1rem; border-radius: 6px; background: #e6f4f1; }
.verdict.bad { background: #fdecee; }
svg { display: block; margin: .4rem 0 1.2rem; }
svg text { font-size: 11px; fill: #5a6275; }
"""


def write(file: Path, script: str, verdict: Verdict, native: Captured, original: Captured) -> None:
    """Writes the report of one script."""
    how = "bit for bit" if verdict.exact else "by distribution"
    word = "agree" if verdict.agree else "DIFFER"
    rows = "\n".join(
        f'<tr class="{"bad" if f.different else ""}"><td>{html.escape(f.what)}</td>'
        f'<td class="n">{f.compared:,}</td><td class="n">{f.different:,}</td>'
        f"<td>{html.escape(f.first)}</td></tr>"
        for f in verdict.findings
    )
    random = "".join(f"<li>{html.escape(text)}</li>" for text in native.random)
    drawn = f"<p>Random numbers are drawn by:</p><ul>{random}</ul>" if random else ""
    file.write_text(
        f"<!doctype html><html lang='en'><meta charset='utf-8'>"
        f"<title>{html.escape(script)}: native and original</title><style>{STYLE}</style>"
        f"<h1>{html.escape(script)}</h1>"
        f'<p class="verdict {"" if verdict.agree else "bad"}">Native and original {word}, '
        f"compared {how}.</p>{drawn}"
        f"<table><tr><th>what</th><th>compared</th><th>different</th><th>first difference</th>"
        f"</tr>{rows}</table>{_traces(native, original)}</html>\n",
        encoding="utf-8",
    )


def _traces(native: Captured, original: Captured) -> str:
    ours, theirs = native.streams(), original.streams()
    parts = [
        f'<h2>Traces</h2><p><span style="color:{NATIVE}">native</span> over '
        f'<span style="color:{ORIGINAL}">original</span></p>'
    ]
    for key in sorted(ours.keys() & theirs.keys()):
        label, _, variable = key
        title = html.escape(f"{label}, {variable}")
        draw = _raster if variable == "spikes" else _curves
        parts.append(f"<h3>{title}</h3>{draw(ours[key], theirs[key], native.timestep_ms)}")
    return "".join(parts)


def _frame(body: str, left: str, right: str, bottom: str, top: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect x="{MARGIN}" y="8" width="{WIDTH - MARGIN - 8}" height="{HEIGHT - 32}" fill="none" '
        f'stroke="#cfd4e0"/>{body}'
        f'<text x="{MARGIN}" y="{HEIGHT - 8}">{left}</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 8}" text-anchor="end">{right} ms</text>'
        f'<text x="{MARGIN - 4}" y="18" text-anchor="end">{top}</text>'
        f'<text x="{MARGIN - 4}" y="{HEIGHT - 24}" text-anchor="end">{bottom}</text></svg>'
    )


def _raster(ours: Any, theirs: Any, timestep_ms: float) -> str:
    both = np.concatenate([ours, theirs])
    if not len(both):
        return "<p>no spikes</p>"
    last, most = int(both[:, 0].max()) + 1, int(both[:, 1].max()) + 1

    def dots(spikes: Any, colour: str, radius: float) -> str:
        x = MARGIN + spikes[:, 0] / last * (WIDTH - MARGIN - 8)
        y = HEIGHT - 24 - (spikes[:, 1] + 0.5) / most * (HEIGHT - 32)
        return "".join(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius}" fill="{colour}"/>'
            for a, b in zip(x[:20000], y[:20000], strict=True)
        )

    body = dots(theirs, ORIGINAL, 1.8) + dots(ours, NATIVE, 1.0)
    return _frame(body, "0", f"{last * timestep_ms:g}", "0", str(most - 1))


def _curves(ours: Any, theirs: Any, timestep_ms: float) -> str:
    rows = max(len(ours), len(theirs))
    if not rows:
        return "<p>no samples</p>"
    values = np.concatenate([ours.ravel(), theirs.ravel()]) / ONE
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0

    def line(samples: Any, colour: str, width: float) -> str:
        stride = max(1, len(samples) // 2000)
        text = ""
        for column in range(min(samples.shape[1], NEURONS_SHOWN)):
            y = HEIGHT - 24 - (samples[::stride, column] / ONE - low) / span * (HEIGHT - 32)
            x = MARGIN + np.arange(len(y)) * stride / rows * (WIDTH - MARGIN - 8)
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
            style = f'fill="none" stroke="{colour}" stroke-width="{width}"'
            text += f'<polyline points="{points}" {style}/>'
        return text

    body = line(theirs, ORIGINAL, 2.4) + line(ours, NATIVE, 1.0)
    return _frame(body, "0", f"{rows * timestep_ms:g}", f"{low:.4g}", f"{high:.4g}")
