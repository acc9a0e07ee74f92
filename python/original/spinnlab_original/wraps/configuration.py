# SPDX-License-Identifier: Apache-2.0
"""Wraps of spinn_utilities: which configuration is read, and which machine it means in the end."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

from spinnlab_original import configuration
from spinnlab_original.notes import say_once
from spinnlab_original.session import Session


class ConfigurationWraps:
    """Three wraps that share the session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_our_file(self, config_holder: ModuleType) -> None:
        """`_user_cfg()` gives our merged file, whatever the home folder holds.

        Up to release 7.3 conf_loader lists three files of the person's instead, and reads them all.
        """
        names = {name.lower(): name for name in configuration.FILE_NAMES}
        if not hasattr(config_holder, "_user_cfg"):
            self._name_our_file_alone(config_holder.conf_loader, names)
            return
        original = config_holder._user_cfg

        def _user_cfg() -> str | None:
            # The name is private to that module's functions, so it is read through their globals.
            wanted = str(original.__globals__.get("__config_file"))
            name = names.get(wanted.lower())
            found: str | None = str(self._session.file(name)) if name else original()
            return found

        config_holder._user_cfg = _user_cfg  # type: ignore[attr-defined]

    def _name_our_file_alone(self, conf_loader: Any, names: dict[str, str]) -> None:
        original = conf_loader._config_locations

        def _config_locations(filename: str) -> list[str]:
            name = names.get(filename.lower())
            return [str(self._session.file(name))] if name else list(original(filename))

        conf_loader._config_locations = _config_locations

    def warn_of_options(self, conf_loader: ModuleType) -> None:
        """`_check_config` warns once of each option it does not know, and never raises."""
        parser_class = conf_loader.CamelCaseConfigParser

        def _check_config(cfg_file: str, default_configs: Any, strict: bool) -> None:  # noqa: ARG001
            configs = parser_class()
            configs.read(cfg_file)
            source = self._source(cfg_file)
            for section in configs.sections():
                if not default_configs.has_section(section):
                    say_once(f"{source}: section [{section}] is not known to this release; ignored")
                    continue
                for option in configs.options(section):
                    if not default_configs.has_option(section, option):
                        say_once(
                            f"{source}: option [{section}] {option} is not known to this release; "
                            "ignored"
                        )

        conf_loader._check_config = _check_config  # type: ignore[attr-defined]

    def settle_machine(self, conf_loader: ModuleType) -> None:
        """After `load_config`, a machine named in the working directory's file gives way to ours.

        A virtual board stays what it is and needs no daemon.
        """
        original = conf_loader.load_config

        def load_config(*words: Any, **options: Any) -> Any:
            # The name of the file in the working directory comes first; up to 7.3 it is `filename`.
            local_name = words[0] if words else options.get("local_name", options.get("filename"))
            configs = original(*words, **options)
            if configs.has_section("Machine"):
                self._settle(configs, local_name)
            return configs

        conf_loader.load_config = load_config  # type: ignore[attr-defined]

    def _settle(self, configs: Any, local_name: str | None) -> None:
        def value(option: str) -> str | None:
            found: str | None = configs.get("Machine", option, fallback=None)
            return found

        def put(option: str, new: str) -> None:
            # Not every front end knows every option; what it lacks needs no value.
            if configs.has_option("Machine", option):
                configs.set("Machine", option, new)

        if configuration.is_true(value("virtualboard")):
            for option in configuration.NAMED_MACHINE:
                put(option, "None")
            if not configuration.is_none(value("width")) and self._version_is_ours(local_name):
                put("version", "None")
            return
        ours = self._session.machine()
        for option in configuration.NAMED_MACHINE:
            named = value(option)
            if named is not None and not configuration.is_none(named) and named != ours[option]:
                say_once(configuration.machine_note(f"./{local_name}", named))
        for option, new in ours.items():
            put(option, new)

    def _version_is_ours(self, local_name: str | None) -> bool:
        """Whether [Machine] version stands in our file only, not in the working directory's."""
        parser = configuration.Parser()
        parser.read([Path(os.curdir) / local_name] if local_name else [], encoding="utf-8")
        return not parser.has_option("Machine", "version")

    def _source(self, cfg_file: str) -> str:
        if Path(cfg_file).parent == self._session.folder:
            return f"your ~/{Path(cfg_file).name}"
        return cfg_file
