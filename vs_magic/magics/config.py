"""Defaults of one's own, and which of them holds.

flag > this session (%vs_config, %config) > IPython's configuration > VS_MAGIC_* > pyproject.toml >
the built-in default. Each value is checked where it comes from, so that an error names its source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vs_magic.errors import OptionError, unknown
from vs_magic.magics.flags import Display, Flag, read_value, settable
from vs_magic.magics.project import HOW, TABLE, Project, read
from vs_magic.verbalized.options import Options, check_option

PREFIX = "VS_MAGIC_"
DEFAULT = "default"
SESSION = "this session"
IPYTHON = "IPython's configuration"
FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value, and where it comes from."""

    value: Any
    source: str


@dataclass(slots=True)
class Settings:
    """The settings of one shell: its session's, over what IPython's configuration says."""

    configured: dict[str, Any] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)

    def resolve(self, given: Mapping[str, Any] | None = None) -> dict[str, Setting]:
        """Return what holds for each option, with `given` (a line's flags) over everything."""
        found = {n: Setting(value=f.default, source=DEFAULT) for n, f in settable().items()}
        found |= from_pyproject(here())
        found |= from_environment(os.environ)
        for values, source in (
            (self.configured, IPYTHON),
            (self.session, SESSION),
            (given or {}, FLAG),
        ):
            for name, value in values.items():
                plain = settable()[name].default if value is None else value
                found[name] = Setting(value=plain, source=source)
        return found

    def set(self, changes: Mapping[str, Any]) -> None:
        """Set values for this session: all of them, or, if one cannot be, none."""
        read = {name: checked(settable()[name], value) for name, value in changes.items()}
        trial = Settings(configured=self.configured, session={**self.session, **read})
        options_of(trial.resolve())
        self.session.update(read)

    def reset(self, names: tuple[str, ...] = ()) -> None:
        """Forget what was set in this session: the named options, or all."""
        for name in names or tuple(self.session):
            self.session.pop(name, None)


def options_of(settings: Mapping[str, Setting]) -> Options:
    """Build the validated options; an error says where its values come from, if not from the line.

    A budget is an option of the cell whose line names it; one among the settings is the session's.
    """
    own = {"display"} if settings["budget"].source == FLAG else {"display", "budget"}
    values = {n: s.value for n, s in settings.items() if n not in own}
    try:
        return Options(**values)
    except OptionError as error:
        raise OptionError(f"{error}{_blame(str(error), settings)}") from None


def option_name(written: str) -> str:
    """Return the option that a person's spelling names, with `-` or `_`."""
    known = settable()
    name = written.strip().lower().replace("-", "_")
    by_letter = {s[1:]: f.name for f in known.values() for s in f.spellings if s[1] != "-"}
    name = by_letter.get(name, name)
    if name in known:
        return name
    raise unknown("option", written, known)


def checked(flag: Flag, value: Any) -> Any:
    """Read and check one option's value by itself; None stands for its default."""
    read = read_value(flag, value) if isinstance(value, str) else value
    if read is None:
        return flag.default
    return Display.of(read) if flag.kind is Display else check_option(flag.name, read)


def from_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    """Return what VS_MAGIC_* variables set; an empty one sets nothing."""
    found = {}
    for name, flag in settable().items():
        variable = PREFIX + name.upper()
        if text := environ.get(variable, "").strip():
            with _named(variable):
                found[name] = Setting(value=checked(flag, text), source=variable)
    return found


def from_pyproject(start: Path) -> dict[str, Setting]:
    """Return what the nearest pyproject.toml sets; what lacks consent stays at its default."""
    found = project(start)
    if found is None:
        return {}
    late = found.held_back()
    waiting = f"{DEFAULT}; {found.source} sets another, which lacks your consent: {HOW}"
    return {
        name: Setting(value=settable()[name].default, source=waiting)
        if name in late
        else Setting(value=value, source=found.source)
        for name, value in found.values.items()
    }


def project(start: Path) -> Project | None:
    """Return the nearest pyproject.toml, from `start` upwards, with its values read and checked."""
    if (found := read(start)) is None:
        return None
    path, shown, table = found
    values = {}
    with _named(f"{TABLE} in {shown}"):
        if not isinstance(table, dict):
            raise OptionError("is no table of options")
        for key, value in table.items():
            name = option_name(key)
            values[name] = checked(settable()[name], value)
    return Project(path=path, shown=shown, values=values)


def trust_project() -> tuple[str, ...]:
    """Consent to what the nearest pyproject.toml sets; return the options that took consent."""
    found = project(here())
    if found is None or not found.guarded:
        raise OptionError(
            f"there is nothing to consent to: no {TABLE} from here upwards sets a system prompt, "
            "a bundle to replay or the path of a model"
        )
    found.trust()
    return tuple(found.guarded)


def here() -> Path:
    """Return the current folder; the root where it has been deleted under the session."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Put the source of a value before the error that it causes."""
    try:
        yield
    except OptionError as error:
        raise OptionError(f"{source}: {error}") from None


def _blame(message: str, settings: Mapping[str, Setting]) -> str:
    """Say which of the options that a message names were not written on the line."""
    flags = settable()
    named = [
        f"{flags[name].long} is set by {setting.source}"
        for name, setting in settings.items()
        if setting.source not in (FLAG, DEFAULT)
        and (
            re.search(rf"{flags[name].long}(?![\w-])", message)
            or (flags[name].choices and f" {setting.value} " in message)
        )
    ]
    return f" ({'; '.join(named)})" if named else ""
