# SPDX-License-Identifier: Apache-2.0
"""Which sources the kernel sPyNNakerGit is made of: a TOML file of the user's or the site's.

    [[source]]
    name = "models"                 # the clone's folder in ~/sPyNNakerGit
    url = "https://example.org/models.git"
    branch = "main"                 # default: the one that the source's HEAD names
    python = ["."]                  # folders of the clone on the search path, in front
    make = ["binaries"]             # folders in which automatic_make.sh runs make, in order

    [variables]                     # for the kernel, the terminal and make
    SPINN_DIRS = "{folder}/spinnaker_tools"

    [path]
    first = ["{folder}/spinnaker_tools/tools"]

Our own repository, `SpiNNLab`, is always a source and comes first; a `[[source]]` of that name
changes where it comes from.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from spinnlab.errors import SpinnlabError
from spinnlab.git_kernel import mirrors
from spinnlab.git_kernel.mirrors import OWN

FILE = Path("spinnlab") / "git-kernel.toml"
SITE_FILE = Path("/etc") / FILE
#: Names of what else is in ~/sPyNNakerGit.
RESERVED = ("bin", "etc", "include", "lib", "lib64", "share", "support")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: They are what activating an environment is about.
OWN_VARIABLES = ("PATH", "PS1", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME")


class SourceConfigurationError(SpinnlabError):
    """The configuration of sources cannot be read; the text names the file and the entry."""


class NoSourceError(SpinnlabError):
    """There is nothing to clone our own repository from."""


@dataclass(frozen=True)
class Source:
    """One repository. Paths are relative to its clone."""

    name: str
    url: str
    #: None: the branch that the source's HEAD names.
    branch: str | None = None
    python: tuple[str, ...] = ()
    make: tuple[str, ...] = ()

    @property
    def is_engine(self) -> bool:
        """Whether automatic_make.sh builds the C++ engine of this one."""
        return self.name == OWN


@dataclass(frozen=True)
class Configuration:
    sources: tuple[Source, ...]
    #: Values may hold {folder}, which stands for ~/sPyNNakerGit.
    variables: dict[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()


def configuration_file(home: Path | None = None) -> Path | None:
    """The file that counts: `$SPINNLAB_GIT_KERNEL_CONFIG` alone, else the user's, else the site's.

    `home`: of the user, where it is not this process's own. Raises SourceConfigurationError where
    the variable names no file.
    """
    chosen = os.environ.get("SPINNLAB_GIT_KERNEL_CONFIG")
    if chosen:
        if not Path(chosen).is_file():
            raise SourceConfigurationError(
                f"SPINNLAB_GIT_KERNEL_CONFIG names {chosen}, and there is no such file."
            )
        return Path(chosen)
    settings = os.environ.get("XDG_CONFIG_HOME") if home is None else None
    own = Path(settings) if settings else (home or Path.home()) / ".config"
    return next((file for file in (own / FILE, SITE_FILE) if file.is_file()), None)


def read(home: Path | None = None) -> Configuration:
    """The configured sources, ours among them.

    Raises SourceConfigurationError for a file that does not say what it should, and NoSourceError
    where our own repository has neither a mirror nor a configured place.
    """
    file = configuration_file(home)
    if file is None:
        return Configuration((_own({}),))
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise SourceConfigurationError(f"{file} cannot be read: {error}") from error
    try:
        return _configuration(settings)
    except ValueError as error:
        raise SourceConfigurationError(
            f"{file}: {error}\ndocs/howto/use-spynnakergit.md describes the file."
        ) from error


def _configuration(settings: dict[str, Any]) -> Configuration:
    _only(settings, ("source", "variables", "path"), "the file")
    entries = settings.get("source", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("sources are written as [[source]]")
    sources = [_own(entry) if entry.get("name") == OWN else _source(entry) for entry in entries]
    if OWN not in (source.name for source in sources):
        sources.insert(0, _own({}))
    names = [source.name.lower() for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two sources are called {twice}")
    variables = settings.get("variables", {})
    for name, value in variables.items():
        if not VARIABLE.fullmatch(name) or name in OWN_VARIABLES or not isinstance(value, str):
            raise ValueError(f"[variables] cannot hold {name} = {value!r}")
    path = settings.get("path", {})
    _only(path, ("first",), "[path]")
    return Configuration(tuple(sources), dict(variables), _texts(path, "first", "[path]"))


def _own(entry: dict[str, Any]) -> Source:
    _only(entry, ("name", "url", "branch", "make"), f"[[source]] {OWN}")
    url = _text(entry, "url", OWN) or mirrors.find(OWN)
    if url is None:
        raise NoSourceError(
            f"There is nothing to clone {OWN} from: no mirror {mirrors.place(OWN)}.\n"
            "In the source tree 'make deps' makes it. An installed package has no repository: "
            f"name one in\n{SITE_FILE} (everybody) or ~/.config/{FILE} (you):\n"
            f'    [[source]]\n    name = "{OWN}"\n    url = "ADDRESS OR FOLDER OF THE REPOSITORY"'
        )
    return Source(
        OWN,
        _checked_url(str(url)),
        _branch(entry, OWN),
        ("python", "python/shim"),
        _paths(entry, "make", OWN),
    )


def _source(entry: dict[str, Any]) -> Source:
    name = _text(entry, "name", "[[source]]")
    if name is None or not NAME.fullmatch(name) or name.lower() in RESERVED:
        raise ValueError(f"name = {name!r} is no name for a source's folder")
    where = f"[[source]] {name}"
    _only(entry, ("name", "url", "branch", "python", "make"), where)
    url = _text(entry, "url", where)
    if not url:
        raise ValueError(f"{where} has no url")
    return Source(
        name,
        _checked_url(url),
        _branch(entry, where),
        _paths(entry, "python", where),
        _paths(entry, "make", where),
    )


def _only(table: Any, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{where} is no table")  # noqa: TRY004 (one error for all of the file)
    unknown = [key for key in table if key not in keys]
    if unknown:
        raise ValueError(f"{where} knows no {unknown[0]}; it has {', '.join(keys)}")


def _text(table: dict[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{where}: {key} is a text, not {value!r}")
    return value


def _texts(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise ValueError(f"{where}: {key} is a list of texts, not {value!r}")
    return tuple(values)


def _paths(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    paths = _texts(table, key, where)
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or not path:
            raise ValueError(f"{where}: {key} = {path!r} does not stay inside the clone")
    return paths


def _branch(table: dict[str, Any], where: str) -> str | None:
    branch = _text(table, "branch", where)
    if branch is not None and (not branch or branch.startswith("-")):
        raise ValueError(f"{where}: {branch!r} is no branch")
    return branch


def _checked_url(url: str) -> str:
    if url.startswith("-") or "\n" in url:
        raise ValueError(f"url = {url!r} is no address")
    # A folder as people write it; git itself knows no ~.
    return str(Path(url).expanduser()) if url.startswith("~") else url
