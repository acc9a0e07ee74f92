# SPDX-License-Identifier: Apache-2.0
"""Spikes and membranes as small pictures that take the page's colours.

A raster is a PNG of one bit a pixel that serves as a mask: the browser fills it with the colour of
the population, in either theme.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


def png_mask(covered: NDArray[Any]) -> bytes:
    """A PNG (height x width) that is opaque where `covered` and transparent elsewhere."""
    height, width = covered.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = np.packbits(covered, axis=1)
    lines = np.zeros((height, rows.shape[1] + 1), dtype=np.uint8)  # filter 0 before each line
    lines[:, 1:] = rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(6))
        + chunk(b"tRNS", b"\x00\xff")
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 1))
        + chunk(b"IEND", b"")
    )


@dataclass(frozen=True)
class Canvas:
    """A stretch of time, in ms, on a picture of so many pixels."""

    begin: float
    end: float
    width: int
    height: int

    def across(self, times: NDArray[Any]) -> NDArray[np.float64]:
        """Where times stand, in pixels from the left."""
        x: NDArray[np.float64] = (times - self.begin) * (self.width / (self.end - self.begin))
        return x


def masked(covered: NDArray[Any], colour: str, height_px: int) -> str:
    """HTML of one lane: as wide as there is room."""
    data = base64.b64encode(png_mask(covered)).decode("ascii")
    mask = f"url(data:image/png;base64,{data}) 0 0/100% 100% no-repeat"
    return f'<div style="height:{height_px}px;background:{colour};mask:{mask}"></div>'


def traces(
    canvas: Canvas,
    times: NDArray[Any],
    values: NDArray[Any],
    bounds: tuple[float, float],
    colours: list[str],
) -> str:
    """An SVG with a line a column of `values` (times x columns), between `bounds`."""
    low, high = bounds
    stride = max(1, 2 * len(times) // canvas.width)
    points = np.empty((len(times[::stride]), 2), dtype=np.int32)
    points[:, 0] = np.rint(canvas.across(times[::stride]))
    # Tenths of a pixel, and whole numbers: most of a frame's time would go into decimal points.
    tall = 10 * canvas.height
    y = tall - (values[::stride] - low) * (tall / max(high - low, 1e-9))
    lines = []
    for column, colour in zip(range(values.shape[1]), colours, strict=False):
        points[:, 1] = np.rint(y[:, column])
        text = " ".join(map(str, points.ravel().tolist()))
        lines.append(
            f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.5" '
            'vector-effect="non-scaling-stroke"/>'
        )
    return (
        f'<svg width="100%" height="{canvas.height}" '
        f'viewBox="0 0 {canvas.width} {tall}" preserveAspectRatio="none">'
        f"{''.join(lines)}</svg>"
    )
