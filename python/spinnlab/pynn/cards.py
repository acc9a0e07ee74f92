# SPDX-License-Identifier: Apache-2.0
"""The facts that a notebook shows of a population, a projection, the machine and a run."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinnlab import provenance
from spinnlab.display import Card, Fact, board, plots
from spinnlab.display.plots import number
from spinnlab.pynn.cells import FOR_EVER_MS, SpikeSourceArray, SpikeSourcePoisson
from spinnlab.pynn.ends import populations_of

#: More synapses than this are not made for a picture.
MOST_SYNAPSES = 4_000_000
#: Series colours; what comes after them is drawn hollow.
SERIES = 8
#: Parameters of which a table would say nothing.
NOT_SHOWN = ("spike_times",)


def how_many(n: int, thing: str) -> str:
    return f"{n:,} {thing}" + ("" if n == 1 else "s")


# ---- colour and shape of a population, the same in all cards


def _role(population: Any) -> str:
    if isinstance(population.celltype, SpikeSourceArray | SpikeSourcePoisson):
        return "source"
    kinds = {
        str(projection.receptor_type)[:3]
        for projection in population.state.projections
        if population in populations_of(projection.pre)
    }
    return kinds.pop() if kinds in ({"exc"}, {"inh"}) else "none"


def looks(state: Any) -> dict[Any, tuple[str, str]]:
    """Shape and colour of every population; the first excitatory one is blue, the first
    inhibitory one vermilion; no colour where there are more than eight.
    """
    roles = {population: _role(population) for population in state.populations}
    free = [f"var(--s{k})" for k in range(1, SERIES + 1)]
    found: dict[Any, tuple[str, str]] = {}
    for wanted, colour in (("exc", free[0]), ("inh", free[1])):
        first = next((p for p, role in roles.items() if role == wanted), None)
        if first is not None:
            found[first] = (wanted, colour)
            free.remove(colour)
    for population, role in roles.items():
        if role == "source":
            found[population] = (role, "var(--text-3)")
        elif population not in found:
            found[population] = (role, free.pop(0) if free else "")
    return found


def _look(population: Any) -> tuple[str, str]:
    return looks(population.state)[population]


# ---- population


def population(cells: Any) -> Card:
    """Parameters and start values with their spread; cores, inputs, outputs."""
    role, colour = _look(cells)
    rows, lines = [], []
    for name, unit, value in _values(cells):
        text, spread = _spread(value, colour or "var(--off)")
        rows.append(
            f'<tr><td class="mono">{escape(name)}</td><td class="num">{escape(text)}</td>'
            f'<td class="muted">{escape(unit)}</td><td>{spread}</td></tr>'
        )
        lines.append(f"{name} = {text} {unit}".rstrip())
    head = '<tr><th>Parameter</th><th class="num">Value</th><th>Unit</th><th>Spread</th></tr>'
    recorded = sorted({variable for variable, *_ in cells.recorder.for_core()})
    return Card(
        title=cells.label,
        subtitle=f"Population of {cells.size:,} {type(cells.celltype).__name__}",
        corner=f"records {', '.join(recorded)}" if recorded else "",
        mark=board.glyph(role, colour),
        body=f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>",
        facts=[*_places(cells), *_neighbours(cells)],
        lines=lines,
    )


def _values(cells: Any) -> list[tuple[str, str, NDArray[np.float64] | str]]:
    """(name, unit, one value or one a neuron) of parameters and start values."""
    units = getattr(cells.celltype, "units", {})
    found: list[tuple[str, str, Any]] = []
    for name in cells.celltype.default_parameters:
        column = cells.column(name)
        if name in NOT_SHOWN:
            trains = [column] * cells.size if np.ndim(column) == 0 else list(column)
            spikes = sum(len(getattr(train, "value", train)) for train in trains)
            found.append((name, "", f"{spikes:,} spikes"))
        elif name == "duration":
            found.append((name, "ms", _durations(column)))
        else:
            found.append((name, str(units.get(name, "")), np.atleast_1d(np.asarray(column, float))))
    for name in cells.celltype.default_initial_values:
        unit = str(units.get(name, ""))
        found.append((f"{name} (start)", unit, np.asarray(cells.initial_column(name))))
    return [
        (name, "" if unit == "dimensionless" else unit.replace("uS", "µS"), value)
        for name, unit, value in found
    ]


def _durations(column: Any) -> Any:
    given = [np.inf if v is None or v >= FOR_EVER_MS else float(v) for v in np.atleast_1d(column)]
    values = np.array(given)
    return "for ever" if np.isinf(values).all() else values


def _spread(value: Any, colour: str) -> tuple[str, str]:
    """What a table says of values: one number, or their range and a picture."""
    same = '<span class="muted">same for all</span>'
    if isinstance(value, str):
        return value, ""
    low, high = float(value.min()), float(value.max())
    if low == high:
        return number(low), same
    return f"{number(low, high - low)} to {number(high, high - low)}", plots.spread(value, colour)


def _places(cells: Any) -> list[Fact]:
    """Cores and chips, once the network has been mapped."""
    run = cells.state.run_object
    if run is None or run.image is None or run.network_changed:
        return [Fact("Cores", "known after run()")]
    cores = run.image.cores_of(cells.core_index)
    most = max(hi - lo for lo, hi, *_ in cores)
    chips = {(x, y) for _, _, x, y, *_ in cores}
    facts = [
        Fact("Cores", f"{len(cores):,}, {most:,} neurons each" if most > 1 else f"{len(cores):,}"),
        Fact("Chips", f"{len(chips):,} of {len(run.image.machine_chips):,}"),
    ]
    delays = run.image.delay_cores_of(cells.core_index)
    if delays:
        facts.append(Fact("Delay cores", f"{len(delays):,}"))
    return facts


def _neighbours(cells: Any) -> list[Fact]:
    found = []
    for name, here, there in (("In", "post", "pre"), ("Out", "pre", "post")):
        labels = {
            other.label
            for projection in cells.state.projections
            if cells in populations_of(getattr(projection, here))
            for other in populations_of(getattr(projection, there))
        }
        if labels:
            shown = sorted(labels)[:6]
            more = f", {len(labels) - 6} others" if len(labels) > 6 else ""
            found.append(Fact(name, ", ".join(shown) + more))
    return found


# ---- projection


def projection(connections: Any) -> Card:
    """Weights and delays as they are; how many synapses a neuron gets, and sends."""
    colour = {"exc": "var(--s1)", "inh": "var(--s2)"}.get(
        str(connections.receptor_type)[:3], "var(--text-2)"
    )
    role = str(connections.receptor_type)[:3]
    card = Card(
        title=connections.label,
        subtitle=f"Projection, {_connector(connections)}, {connections.receptor_type}",
        mark=board.glyph(role if role in ("exc", "inh") else "none", colour),
        body="",
    )
    likely = connections.likely_synapses()
    if likely > MOST_SYNAPSES:
        card.corner = f"about {likely:,.0f} synapses"
        text = f"More than {MOST_SYNAPSES:,} synapses are not read for a picture; get() reads them."
        card.body, card.lines = f'<p class="note">{text}</p>', [text]
        return card
    pre, post, weight, delay = connections.connection_table()
    card.corner = f"{len(pre):,} synapses"
    if not len(pre):
        card.body, card.lines = '<p class="note">No connection.</p>', ["no connection"]
        return card
    unit = "µS" if connections.post.conductance_based else "nA"
    card.body = (
        '<div class="plots">'
        + "".join(
            f"<figure><figcaption>{name}</figcaption>"
            f"{plots.histogram(values, colour, f'{name.lower()} ({of})', 'synapses')}</figure>"
            for name, values, of in (("Weight", weight, unit), ("Delay", delay, "ms"))
        )
        + "</div>"
    )
    card.lines = [
        f"{name} {_range(values)} {of}"
        for name, values, of in (("weight", weight, unit), ("delay", delay, "ms"))
    ]
    into = np.bincount(post, minlength=connections.post.size)
    rows = np.bincount(pre, minlength=connections.pre.size)
    zeros = int(np.count_nonzero(weight == 0))
    card.facts = [
        Fact("Into each neuron", _about(into)),
        Fact("From each neuron", _about(rows)),
        Fact("Longest row", f"{int(rows.max()):,}"),
        Fact("Weights of 0", f"{zeros:,}", warn=zeros > 0),
    ]
    return card


def _connector(connections: Any) -> str:
    connector = connections._connector
    name = type(connector).__name__.removesuffix("Connector")
    chance = getattr(connector, "p_connect", None)
    return f"{name} {number(float(chance))}" if isinstance(chance, float) else name


def _range(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return number(low)
    return f"{number(low, high - low)} to {number(high, high - low)}"


def _about(counts: NDArray[np.int64]) -> str:
    mean, sd = float(counts.mean()), float(counts.std())
    return number(mean) if sd == 0 else f"{mean:,.4g} ± {sd:,.2g}"


# ---- machine


def machine(state: Any, image: Any) -> Card:
    """The chips, coloured by the population that has most cores there."""
    populations = looks(state)
    cores_of = {p: image.cores_of(p.core_index) for p in state.populations}
    on_chip: dict[tuple[int, int], Counter[Any]] = {}
    for owner, cores in cores_of.items():
        for _, _, x, y, *_ in cores:
            on_chip.setdefault((x, y), Counter())[owner] += 1
    fills = {
        chip: populations[owners.most_common(1)[0][0]][1] or "var(--sunken)"
        for chip, owners in on_chip.items()
    }
    chips = [(x, y) for x, y, *_ in image.machine_chips]
    available = sum(cores - 1 for _, _, cores, *_ in image.machine_chips)
    legend, lines = [], []
    ranked = sorted(cores_of, key=lambda p: -len(cores_of[p]))
    for owner in ranked[:12]:
        text = f"{owner.label}, {how_many(len(cores_of[owner]), 'core')}"
        legend.append(f"<span>{board.glyph(*populations[owner])}{escape(text)}</span>")
        lines.append(text)
    if len(ranked) > 12:
        rest = sum(len(cores_of[p]) for p in ranked[12:])
        lines.append(f"{len(ranked) - 12} others, {rest:,} cores")
        legend.append(f"<span>{board.glyph('none', '')}{lines[-1]}</span>")
    lines.append(f"free, {available - image.cores:,} cores")
    legend.append(f"<span>{board.glyph('none', '')}{lines[-1]}</span>")
    title = how_many(image.boards, "board")
    picture = board.machine(chips, fills, f"{title}, {len(on_chip)} chips in use")
    return Card(
        title=title,
        subtitle=f"{len(chips):,} chips, {available:,} cores for applications",
        body=f'<div class="board">{picture}<div class="legend">{"".join(legend)}</div></div>',
        facts=[
            Fact("Cores in use", f"{image.cores:,}"),
            Fact("Chips in use", f"{len(on_chip):,} of {len(chips):,}"),
            Fact("Routing entries", f"{image.routing_entries:,}"),
        ],
        lines=lines,
    )


# ---- run


def run(state: Any) -> Card:
    """How fast the run was, how much fired, what somebody should know."""
    done = state.run_object
    if done is None or done.simulation is None:
        return Card(
            title="No run yet",
            subtitle="run() makes one",
            body='<p class="note">Nothing has run since setup() or the last reset().</p>',
        )
    simulation, seconds = done.simulation, done.seconds
    wall_s = seconds.get("run", 0.0)
    model_s = done.now_ms / 1000
    rows = simulation.provenance()
    saturated = [row for row in rows if row["saturations"]]
    events = simulation.synaptic_events
    figures = [
        (f"×{model_s / wall_s:.3g}" if wall_s else "–",
         f"of real time, {wall_s:.2f} s", False),
        (f"{simulation.spikes_total:,}", "spikes", False),
        (f"{events:,}", f"synaptic events, {simulation.synapses:,} synapses", False),
        (f"{sum(row['saturations'] for row in rows):,}", "saturated sums", bool(saturated)),
    ]  # fmt: skip
    strip = "".join(
        f"<div><b{' class=warn' if warn else ''}>{value}</b><br><span>{escape(name)}</span></div>"
        for value, name, warn in figures
    )
    notes = [found.line() for found in done.findings.all()]
    options = state.setup_options
    stages = ", ".join(f"{stage} {took:.2f} s" for stage, took in seconds.items())
    commit = f", {provenance.version()}" if provenance.clone() else ""
    return Card(
        title=f"Ran {number(model_s)} s of model time",
        subtitle=f"profile {options.get('profile', '7')}, {number(state.dt)} ms step, "
        f"{how_many(simulation.threads, 'thread')}{commit}",
        corner=stages,
        body=f'<div class="strip">{strip}</div>',
        lines=[f"{value} {name}" for value, name, _ in figures],
        said=[f"{len(notes)} thing{'s' if len(notes) != 1 else ''} to know", *notes]
        if notes
        else (),
    )
