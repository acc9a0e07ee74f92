# SPDX-License-Identifier: Apache-2.0
"""The working folder of notebooks: copies of the examples that belong to the person.

A notebook is copied when it is not there, and no file is ever written over: a new version is put
beside what is there, under a name of its own. Material that `follow`s (a course, whose files name
each other) replaces what nobody has changed.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

#: Where the versions that were copied are remembered: name -> SHA-256 of the shipped file.
RECORD = ".shipped.json"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _read_record(file: Path) -> dict[str, str]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _names(own: Path) -> Iterator[Path]:
    """The names under which versions of a file stand beside each other."""
    yield own
    yield own.with_name(f"{own.stem} (new version){own.suffix}")
    for number in itertools.count(2):
        yield own.with_name(f"{own.stem} (new version {number}){own.suffix}")


def _copy_whole(shipped: Path, target: Path) -> None:
    """The copy appears whole or not at all, whatever ends this process."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.copyfile(shipped, scratch)
    scratch.rename(target)


def _put(shipped: Path, own: Path) -> Path | None:
    """Copies under the first free name; None when one of the versions there is the same."""
    digest = _digest(shipped)
    for target in _names(own):
        if not os.path.lexists(target):
            _copy_whole(shipped, target)
            return target
        if target.is_file() and _digest(target) == digest:
            return None
    raise AssertionError("names do not end")


def refresh(
    examples: Path,
    folder: Path,
    pattern: str = "*.ipynb",
    record_name: str = RECORD,
    *,
    follow: bool = False,
) -> list[Path]:
    """Brings the notebooks of `examples` and its folders into `folder`; gives what was written.

    `pattern` chooses other files, too; what was shipped is remembered in `record_name`, so that a
    version comes once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = _read_record(folder / record_name)
    written = []
    for shipped in sorted(examples.rglob(pattern)):
        hidden = {".ipynb_checkpoints", ".git"} & set(shipped.relative_to(examples).parts)
        if hidden or not shipped.is_file() or shipped.is_symlink():
            continue
        name = shipped.relative_to(examples).as_posix()
        own = folder / name
        digest = _digest(shipped)
        if own.exists() and record.get(name) == digest:
            continue
        own.parent.mkdir(parents=True, exist_ok=True)
        if follow and own.is_file() and _digest(own) == record.get(name):
            _copy_whole(shipped, own)
            written.append(own)
        elif target := _put(shipped, own):
            written.append(target)
        record[name] = digest
    (folder / record_name).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return written
