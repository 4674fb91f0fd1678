"""Help, made from the description of a magic: what `--help` prints and `?` shows."""

from __future__ import annotations

import textwrap

from vs_magic.magics.command import Command
from vs_magic.magics.flags import Flag, as_typed

_TITLES = {"own": "Flags", "ask": "What to ask", "show": "What to do with the answer"}


def usage(command: Command) -> str:
    """Return the help of a magic, as plain text."""
    sections = {"Flags": command.flags}
    if any(flag.group == "ask" for flag in command.flags):
        sections = {
            title: tuple(flag for flag in command.flags if flag.group == group)
            for group, title in _TITLES.items()
        }
    parts = [command.intro]
    parts += ["\n".join((t, *map(_entry, some), "")) for t, some in sections.items() if some]
    if command.examples:
        parts.append(f"Examples\n\n{textwrap.indent(command.examples, '    ')}")
    return "\n".join(parts)


def _entry(flag: Flag) -> str:
    written = ", ".join(flag.spellings) + (f" {flag.metavar}" if flag.metavar else "")
    default = (
        "" if flag.default in (None, False) or "default" in flag.help else as_typed(flag.default)
    )
    text = flag.help + (f" (default: {default})" if default else "")
    first = f"  {written:<27} "
    if len(written) > 27:
        first = f"  {written}\n{'':30}"
    return first + f"\n{'':30}".join(textwrap.wrap(text, 68))
