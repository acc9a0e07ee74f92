# SPDX-License-Identifier: Apache-2.0
"""The hub's secrets: made at init, one file each with mode 0600, never in `hub.toml`."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import time
from pathlib import Path

from spinnlab.errors import SpinnlabError

#: File name -> length in bytes; written as hexadecimal.
SECRETS = {"cookie_secret": 32, "proxy_token": 32, "crypt_key": 32, "supervisor_token": 32}
CODES = "sign_up_codes.json"
#: What people write into examples. A secret that holds one of these words is none.
SAMPLE = re.compile(
    r"change.?me|example|sample|secret|password|replace|insert|your.?|todo|default|x{6,}", re.I
)
FEWEST_DIFFERENT = 8


class SecretError(SpinnlabError):
    """A secret is missing, readable by others, or one that anybody could guess."""


def folder_of(hub: Path) -> Path:
    return hub / "secrets"


def write_private(file: Path, text: str) -> None:
    """Replaces `file`; at no moment can another person read it."""
    scratch = file.with_name(f".{file.name}.new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(file)


def make(hub: Path) -> list[str]:
    """Makes those that are not there; returns their names."""
    folder = folder_of(hub)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for name, length in SECRETS.items():
        if not (folder / name).exists():
            write_private(folder / name, secrets.token_hex(length) + "\n")
            made.append(name)
    return made


def read_private(file: Path) -> str:
    """A secret out of its file; raises SecretError if others could read it or it is a sample."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretError(f"The secret {file} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise SecretError(
            f"{file} can be read by others (mode {mode:04o}). Run: chmod 600 '{file}'"
        )
    if SAMPLE.search(text) or len(set(text)) < FEWEST_DIFFERENT:
        raise SecretError(
            f"{file} holds a sample, no secret. Remove the file and run 'spinnlab hub init', or, "
            "if a provider gave it, write the real one into it."
        )
    return text


def read(hub: Path) -> dict[str, str]:
    """All secrets; raises SecretError."""
    values = {}
    for name, length in SECRETS.items():
        file = folder_of(hub) / name
        value = read_private(file)
        if not re.fullmatch(rf"[0-9a-f]{{{2 * length}}}", value):
            raise SecretError(
                f"{file} must hold {2 * length} hexadecimal digits. Remove it and run "
                "'spinnlab hub init'."
            )
        values[name] = value
    return values


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def _codes(hub: Path) -> dict[str, float]:
    try:
        codes = json.loads((folder_of(hub) / CODES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return codes if isinstance(codes, dict) else {}


def new_sign_up_code(hub: Path, days: float) -> str:
    """A code such as K7QF-2MZP-9XTA that lets people sign up for so many days."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1
    letters = "".join(secrets.choice(alphabet) for _ in range(12))
    code = "-".join(letters[at : at + 4] for at in range(0, 12, 4))
    now = time.time()
    kept = {digest: until for digest, until in _codes(hub).items() if until > now}
    kept[_digest(code)] = now + days * 86400
    write_private(folder_of(hub) / CODES, json.dumps(kept))
    return code


def is_sign_up_code(hub: Path, code: str) -> bool:
    """Whether `code` was given out and has not expired."""
    digest, now = _digest(code), time.time()
    return any(  # a list: every code is compared, however early one fits
        [hmac.compare_digest(digest, known) and until > now for known, until in _codes(hub).items()]  # noqa: C419
    )
