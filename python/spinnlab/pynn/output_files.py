# SPDX-License-Identifier: Apache-2.0
"""Files that recorded data go to: what record(to_file=...) and write_data() take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from spinnlab.pynn.errors import ConfigurationException, OutputFileError

#: Formats by the ending of a file name: our CSV, and PyNN's.
ENDINGS = (".csv", ".pkl", ".pickle", ".mat", ".nix", ".h5", ".nwb")


def checked(label: str, to_file: Any) -> Any:
    """A path or an IO object of Neo; None for no file. ConfigurationException for the rest."""
    if to_file is None or to_file is False:
        return None
    if isinstance(to_file, str | os.PathLike):
        path = Path(to_file)
        if path.suffix not in ENDINGS:
            raise ConfigurationException(
                f"{label}: record(to_file={str(to_file)!r}): no format belongs to that ending. "
                f"There are {', '.join(ENDINGS)}; an IO object of Neo writes any other."
            )
        return path
    if callable(getattr(to_file, "write_block", None)):
        return to_file
    raise ConfigurationException(
        f"{label}: record(to_file={to_file!r}): give the name of a file, or an IO object of Neo."
    )


def write_block(io: Any, block: Any, close: bool = True) -> None:
    """Writes a Neo block to a file by the ending of its name, or through an IO object."""
    if isinstance(io, str | os.PathLike):
        path = Path(io)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            from spinnlab.pynn.neo_csv import write_csv

            write_csv(path, block)
            return
        from pyNN.recording import get_io

        io, close = get_io(str(path)), True
    io.write(block)
    if close and hasattr(io, "close"):
        io.close()


def write_all(pending: list[tuple[Any, Any, Any]]) -> None:
    """Writes (population, variables, file) one after the other, whatever becomes of each.

    Raises OutputFileError, when all others are written, for those that could not be.
    """
    failed: list[tuple[str, Exception]] = []
    opened = {}
    for population, variables, file in pending:
        try:
            write_block(file, population.get_data(variables), close=False)
            opened[id(file)] = file
        except Exception as error:
            failed.append((f"  {population.label} to {_name(file)}: {error}", error))
    for file in opened.values():
        if hasattr(file, "close"):
            file.close()
    if failed:
        raise OutputFileError(
            "What record(to_file=...) asked for could not be written:\n"
            + "\n".join(line for line, _ in failed)
            + "\nThe simulation has ended, and all other files are written. "
            "population.write_data(file) writes the data elsewhere."
        ) from failed[0][1]


def _name(file: Any) -> str:
    return str(file) if isinstance(file, Path) else f"its {type(file).__name__}"
