"""The options as traitlets: `%config VSMagics.k = 7` here, `c.VSMagics.k = 7` in IPython's file.

A trait reads and writes the settings and has no value of its own: reading it gives what holds now,
whoever said so, and setting it sets the session's.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from traitlets import TraitError, TraitType

from vs_magic.errors import OptionError
from vs_magic.magics.config import checked
from vs_magic.magics.flags import Flag, read_value, settable


class OptionTrait(TraitType):  # type: ignore[type-arg] # older traitlets cannot be subscripted
    """One option, as a trait of a class that has `settings`."""

    def __init__(self, flag: Flag) -> None:
        super().__init__(default_value=flag.default, allow_none=True, help=flag.help)
        self.flag = flag
        self.tag(config=True)

    def info(self) -> str:
        """Name the choices; traitlets lists them in its help."""
        return ", ".join(self.flag.choices)

    def get(self, obj: Any, cls: Any = None) -> Any:  # noqa: ARG002 - traitlets' signature
        """Return what holds now, in plain types."""
        value = obj.settings.resolve()[self.flag.name].value
        return str(value) if isinstance(value, Enum) else value

    def set(self, obj: Any, value: Any) -> None:
        """Set the session's value; the error of one that cannot be is the option's own."""
        try:
            obj.settings.session[self.flag.name] = checked(self.flag, value)
        except OptionError as error:
            raise TraitError(str(error)) from None

    def from_string(self, s: str) -> Any:
        """Read a value from IPython's command line."""
        try:
            return read_value(self.flag, s)
        except OptionError as error:
            raise TraitError(str(error)) from None


def option_traits() -> dict[str, OptionTrait]:
    """Return one trait for each option that can have a default, by name.

    Its class is called what traitlets calls that kind: `%config VSMagics` prints the class's name.
    """
    return {name: _KINDS.get(flag.kind, _Enum)(flag) for name, flag in settable().items()}


_KINDS = {
    kind: type(name, (OptionTrait,), {})
    for kind, name in (
        (int, "Int"),
        (float, "Float"),
        (str, "Unicode"),
        (bool, "Bool"),
        (tuple, "Tuple"),
    )
}
_Enum = type("Enum", (OptionTrait,), {})
