# SPDX-License-Identifier: Apache-2.0
"""The working folder of notebooks: copies of the examples that belong to the person.

A notebook is copied when it is not there. A copy that was never changed follows new versions; one
that was changed is left alone, and the new version is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
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


def refresh(
    examples: Path, folder: Path, pattern: str = "*.ipynb", record_name: str = RECORD
) -> list[Path]:
    """Brings the notebooks of `examples` and its folders into `folder`; gives what was written.

    `pattern` chooses other files, too; what was shipped is remembered in `record_name`.
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
        own.parent.mkdir(parents=True, exist_ok=True)
        digest = _digest(shipped)
        if own.exists() and record.get(name) == digest:
            continue
        unchanged = own.exists() and _digest(own) in (record.get(name), digest)
        target = own
        if own.exists() and not unchanged:
            target = own.with_name(f"{own.stem} (new version){own.suffix}")
        if not target.exists() or _digest(target) != digest:
            shutil.copyfile(shipped, target)
            written.append(target)
        record[name] = digest
    (folder / record_name).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return written
