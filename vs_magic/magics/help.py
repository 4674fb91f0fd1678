"""Help, generated from the flags: what `%vs --help` prints and `%%vs?` shows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from vs_magic.magics.flags import Flag, flags

_INTRO = """\
Ask a language model for a distribution of responses, and see the candidates.

%%vs [NAME <<] [flags]         the task goes on the lines below
%vs [NAME <<] [flags] task     the task goes on the same line, after the flags

{{name}} in the task or in a flag's value puts in the variable of that name; \\{{name}} stays as
typed. The frame of candidates is returned, or bound to NAME. After each run, _vs is its
distribution: _vs.draw(), _vs.tail(0.1), _vs.replies.
"""
_OUTRO = """\
%vs_config shows the defaults and sets them; %vs_models lists the models.

Examples

    %%vs -k 5 -t 0.1 --out jokes
    Tell me a joke about {{topic}}.

    %vs --method direct -n 10 Name a colour.
"""


def usage() -> str:
    """Return the help of `%vs` and `%%vs`, as plain text."""
    asked = _section("What to ask", (f for f in flags().values() if f.group == "ask"))
    shown = _section(
        "What to do with the answer", (f for f in flags().values() if f.group != "ask")
    )
    return f"{_INTRO}\n{asked}\n{shown}\n{_OUTRO}"


CONFIG_USAGE = """\
Show the defaults of %vs and where each comes from, or set them for this session.

%vs_config                          all of them
%vs_config k model                  these
%vs_config k=7 model=local/…        set; --k 7 works too; k=none goes back to the built-in default
%vs_config --reset [names]          forget what was set in this session

What holds, first to last: a flag, this session (%vs_config or %config VSMagics.k = 7), IPython's
configuration (c.VSMagics.k = 7), a variable (VS_MAGIC_K=7), [tool.vs_magic] in the nearest
pyproject.toml (k = 7), the built-in default.
"""

MODELS_USAGE = "List the models that can be used here, and how to get the others.\n"


def _section(title: str, some: Iterable[Flag]) -> str:
    return "\n".join((title, *(_entry(flag) for flag in some), ""))


def _entry(flag: Flag) -> str:
    written = ", ".join(flag.spellings) + (f" {flag.metavar}" if flag.metavar else "")
    default = (
        "" if flag.default in (None, False) or "default" in flag.help else _plain(flag.default)
    )
    text = flag.help + (f" (default: {default})" if default else "")
    first = f"  {written:<27} "
    if len(written) > 27:
        first = f"  {written}\n{'':30}"
    body = textwrap.wrap(text, 68)
    return first + f"\n{'':30}".join(body)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
