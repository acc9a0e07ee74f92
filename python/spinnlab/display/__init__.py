# SPDX-License-Identifier: Apache-2.0
"""How results look in a notebook: framed cards of HTML and SVG, and the same facts as text."""

from spinnlab.display.card import Card, Fact, Shown

__all__ = ["Card", "Fact", "Shown"]
