# SPDX-License-Identifier: Apache-2.0
"""A card: what a cell shows of a population, a projection, the machine, a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from spinnlab.display.style import css


@dataclass(frozen=True)
class Fact:
    """One line at a card's side. `warn`: somebody should look at it."""

    name: str
    value: str
    warn: bool = False

    def html(self) -> str:
        style = ' class="warn"' if self.warn else ""
        return f"<div><dt>{escape(self.name)}</dt><dd{style}>{escape(self.value)}</dd></div>"


def framed(name: str, head: str, body: str) -> str:
    """The frame of all outputs; `head` and `body` are HTML."""
    return (
        f"<style>{css()}</style>"
        f'<div class="sl" role="group" aria-label="{escape(name)}">'
        f'<div class="h">{head}</div>{body}</div>'
    )


@dataclass
class Card:
    """A title line, a main part, facts. `mark` and `body` are HTML, `lines` the body as text."""

    title: str
    subtitle: str
    body: str
    facts: Sequence[Fact] = ()
    lines: Sequence[str] = ()
    mark: str = ""
    corner: str = ""
    #: Below everything else: one summary line, and what it stands for.
    said: Sequence[str] = ()

    def _repr_html_(self) -> str:
        corner = f'<span class="muted end">{escape(self.corner)}</span>' if self.corner else ""
        main = self.body
        if self.facts:
            facts = "".join(fact.html() for fact in self.facts)
            main = f'<div class="two"><div>{self.body}</div><dl class="facts">{facts}</dl></div>'
        head = (
            f"{self.mark}<b>{escape(self.title)}</b>"
            f'<span class="muted">{escape(self.subtitle)}</span>{corner}'
        )
        return framed(self.title, head, main + self._said_html())

    def _said_html(self) -> str:
        if not self.said:
            return ""
        first, *rest = self.said
        if not rest:
            return f'<div class="said warn">{escape(first)}</div>'
        items = "".join(f"<li>{escape(line)}</li>" for line in rest)
        return (
            f'<details class="said"><summary class="warn">{escape(first)}</summary>'
            f"<ul>{items}</ul></details>"
        )

    def __repr__(self) -> str:
        head = f"{self.title}: {self.subtitle}" + (f" ({self.corner})" if self.corner else "")
        facts = [f"{fact.name}: {fact.value}" for fact in self.facts]
        rows = [*self.lines, *facts, *self.said]
        return "\n".join([head, *(f"  {row}" for row in rows)])


class Shown:
    """What has a card: shows it in a notebook, and its facts in IPython's terminal."""

    def _card(self) -> Card:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self._card()._repr_html_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else repr(self._card()))
