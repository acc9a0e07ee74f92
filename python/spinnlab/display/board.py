# SPDX-License-Identifier: Apache-2.0
"""The chips of a machine as hexagons, with the machine's own angles: E right, NE upper right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape

#: Height of the picture, and the largest radius of a chip, in px.
HEIGHT, LARGEST = 220, 16.0
#: Width that a picture may have.
WIDEST = 360


def glyph(kind: str, colour: str) -> str:
    """Triangle: excitatory. Disc: inhibitory. Diamond: a source. Square: what is neither."""
    shapes = {
        "exc": '<path d="M1 1l10 5-10 5z"/>',
        "inh": '<circle cx="6" cy="6" r="5"/>',
        "source": '<path d="M6 .5l5.5 5.5L6 11.5.5 6z"/>',
        "none": '<rect x="1.5" y="1.5" width="9" height="9" rx="1.5"/>',
    }
    fill = f'fill="{colour}"' if colour else 'fill="none" stroke="var(--off)" stroke-width="1.2"'
    return (
        '<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">'
        f"<g {fill}>{shapes[kind]}</g></svg>"
    )


def machine(
    chips: Iterable[tuple[int, int]], fills: Mapping[tuple[int, int], str], alt: str
) -> str:
    """An SVG of all chips; those without a fill are outlines."""
    places = {
        (x, y): (math.sqrt(3) * (x - y / 2), -1.5 * y) for x, y in sorted(chips)
    }  # in radii of a chip
    left = min(px for px, _ in places.values()) - 1
    right = max(px for px, _ in places.values()) + 1
    top = min(py for _, py in places.values()) - 1.1
    bottom = max(py for _, py in places.values()) + 1.1
    radius = min(LARGEST, HEIGHT / (bottom - top), WIDEST / (right - left))
    corners = [(math.sin(k * math.pi / 3), math.cos(k * math.pi / 3)) for k in range(6)]
    inner = radius - min(1.0, radius * 0.08)
    drawn = []
    for chip, (px, py) in places.items():
        cx, cy = (px - left) * radius, (py - top) * radius
        points = " ".join(f"{cx + inner * sx:.1f},{cy + inner * sy:.1f}" for sx, sy in corners)
        fill = fills.get(chip)
        look = f'fill="{fill}"' if fill else 'fill="none" stroke="var(--off)"'
        drawn.append(f'<polygon points="{points}" {look}/>')
    width, height = (right - left) * radius, (bottom - top) * radius
    return (
        f'<svg width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'role="img" aria-label="{escape(alt)}">{"".join(drawn)}</svg>'
    )
