# SPDX-License-Identifier: Apache-2.0
"""From the allocator's answers to what pages show: boards in their racks, jobs in words, shares."""

from __future__ import annotations

from typing import Any

#: As spallocd fills racks: board by board, triads row by row (src/spinnlab/alloc/README.md).
BOARDS_A_TRIAD = 3
BOARDS_A_FRAME = 24
FRAMES_A_CABINET = 5
#: Job states of the spalloc protocol.
STATES = {1: "waiting", 2: "switching on", 3: "running"}


def place(machine: dict[str, Any], board: list[int]) -> int:
    """Which board of a machine's racks a logical position is, counted from 0."""
    x, y, z = board
    return (y * int(machine["width"]) + x) * BOARDS_A_TRIAD + z


def jobs(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The jobs of `list_jobs` with words for their states."""
    return [
        {
            "id": job["job_id"],
            "user": job.get("user", ""),
            "label": job["owner"],
            "state": STATES.get(job["state"], "ended"),
            "boards": len(job["boards"] or []),
            "machine": job["allocated_machine_name"],
            "since_s": job["start_time"],
        }
        for job in listed
    ]


def jobs_of(listed: list[dict[str, Any]], user: str) -> list[dict[str, Any]]:
    return [job for job in jobs(listed) if job["user"] == user]


def share(own: list[dict[str, Any]], quotas: dict[str, Any], user: str) -> dict[str, Any]:
    """Boards and jobs in use and allowed, out of `get_quotas`; None is as much as there is."""
    quota = quotas["users"].get(user, {}).get("quota", quotas["everybody"])
    return {
        "boards": sum(job["boards"] for job in own),
        "boards_allowed": quota["boards"],
        "jobs": len(own),
        "jobs_allowed": quota["jobs"],
    }


def boards(machines: list[dict[str, Any]], listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each machine with its boards in rack order: "" is free, "dead", or the job's number."""
    drawn = []
    for machine in machines:
        count = machine["width"] * machine["height"] * BOARDS_A_TRIAD
        cells: list[str | int] = [""] * count
        for board in machine["dead_boards"]:
            cells[place(machine, board)] = "dead"
        for job in listed:
            if job["allocated_machine_name"] == machine["name"]:
                for board in job["boards"] or []:
                    cells[place(machine, board)] = job["job_id"]
        drawn.append({"name": machine["name"], "boards": cells})
    return drawn


def counts(machines: list[dict[str, Any]], listed: list[dict[str, Any]]) -> dict[str, Any]:
    """For who is not signed in: boards at work, without names and numbers."""
    drawn = boards(machines, listed)
    anonymous = [
        [1 if isinstance(cell, int) else (2 if cell == "dead" else 0) for cell in machine["boards"]]
        for machine in drawn
    ]
    return {
        "machines": anonymous,
        "at_work": sum(row.count(1) for row in anonymous),
        "boards": sum(len(row) for row in anonymous),
    }
