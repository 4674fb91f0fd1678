"""The line of `%vs_theory`: its flags, and what may stand for the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.magics.arguments import check_name
from vs_magic.magics.few_flags import HELP
from vs_magic.magics.few_flags import read_line as read_flags
from vs_magic.magics.flags import Flag
from vs_magic.magics.help import _section
from vs_magic.magics.line import binding_at


def _flag(name: str, *spellings: str, kind: Any, metavar: str, help: str) -> Flag:
    return Flag(
        name=name, spellings=spellings, kind=kind, metavar=metavar, help=help, group="theory"
    )


FLAGS = (
    _flag(
        "answers",
        *("--pi-ref", "--answers"),
        kind=str,
        metavar="WHAT",
        help="the distribution before tuning: a preset (coffee-joke, state, die, colour …), a "
        "variable, or blue=60,red=30,green=10",
    ),
    _flag(
        "alpha",
        "--alpha",
        kind=float,
        metavar="A",
        help="strength of the typicality bias (default: 0.57, the paper's on HelpSteer)",
    ),
    _flag(
        "beta", "--beta", kind=float, metavar="B", help="weight of the KL penalty (default: 0.1)"
    ),
    _flag(
        "ties",
        "--ties",
        kind=float,
        metavar="SHARE",
        help="share of the answers that tie for the best (default: 1, all are equally good)",
    ),
    _flag(
        "which",
        "--which",
        kind=str,
        metavar="WHICH",
        help="which answers are best: mixed, common, rare (default: mixed)",
    ),
    _flag("seed", "--seed", kind=int, metavar="N", help="makes the sampled answers repeatable"),
)
OUT = Flag(
    name="out", spellings=("-o", "--out"), kind=str, metavar="NAME", help="keep the explorer"
)

_INTRO = """\
Why models collapse: move α, β and ties, and see what tuning leaves of a distribution.

%vs_theory [NAME <<] [flags]

With a typicality bias α and a KL weight β, tuning turns π_ref into π* ∝ π_ref^γ · exp(r_true / β),
γ = 1 + α/β. The explorer shows both, twenty answers of each, and what a prompt for the distribution
would show. It is returned, or bound to NAME: .frame, .scene, .move(alpha=0.2).
"""
_OUTRO = """\
Examples

    %vs_theory --pi-ref state --alpha 0.57 --beta 0.2
    %vs_theory toss << --answers heads=55,tails=45 --seed 3
    %vs_theory --pi-ref jokes                a frame of %%vs, a dict, a Series, a list of texts
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a line asks for: the answers, where the sliders stand, and a name for the result."""

    answers: Any = None
    where: Mapping[str, Any] = field(default_factory=dict)
    out: str | None = None
    help: bool = False


def read_line(line: str, names: Mapping[str, Any], put: Callable[[str], str] = str) -> Asked:
    """Read the line of `%vs_theory`.

    Parameters
    ----------
    line
        What stands after its name.
    names
        The user's variables.
    put
        Puts variables into a flag's value.

    Raises
    ------
    OptionError
        A flag is unknown, said twice, lacks its value or has an impossible one.

    Examples
    --------
    >>> asked = read_line("toss << --pi-ref heads=55,tails=45 --alpha=0.3", {})
    >>> asked.out, asked.answers, dict(asked.where)
    ('toss', {'heads': 55.0, 'tails': 45.0}, {'alpha': 0.3})
    """
    name, at = binding_at(line)
    asked = read_flags(line[at:], "%vs_theory", (*FLAGS, OUT, HELP))
    found = dict(asked.flags)
    if asked.words:
        raise OptionError(
            f"%vs_theory takes flags only, and {asked.words[0][:40]!r} is one word too many: a "
            "prompt or a preset goes behind --pi-ref, in quotes where it has spaces"
        )
    if name and "out" in found:
        raise OptionError(f"{name} << and --out both name the result: leave one out")
    out = name or found.get("out")
    if out is not None:
        check_name(out)
    values = {flag.name: put(found[flag.name]) for flag in FLAGS if flag.name in found}
    answers = _answers(values.pop("answers"), names) if "answers" in values else None
    kinds = {flag.name: flag for flag in FLAGS}
    where = {name: _value(kinds[name], text) for name, text in values.items()}
    return Asked(answers=answers, where=where, out=out, help=bool(found.get("help")))


def usage() -> str:
    """Return the help of `%vs_theory`, as plain text."""
    return "\n".join((_INTRO, _section("Flags", (*FLAGS, OUT, HELP)), _OUTRO))


def _answers(text: str, names: Mapping[str, Any]) -> Any:
    """Return what stands for the answers: a variable, answers with weights, or a preset's name."""
    if text in names:
        return names[text]
    if "=" not in text:
        return text
    weights: dict[str, float] = {}
    for part in text.split(","):
        answer, _, number = (piece.strip() for piece in part.rpartition("="))
        try:
            weights[answer] = weights.get(answer, 0.0) + float(number)
        except ValueError:
            raise OptionError(
                f"--pi-ref takes answer=weight,answer=weight, and {part.strip()!r} is none"
            ) from None
        if not answer:
            raise OptionError(f"--pi-ref: there is no answer before {part.strip()!r}")
    return weights


def _value(flag: Flag, text: str) -> Any:
    if flag.kind is str:
        return text
    try:
        return flag.kind(text)
    except ValueError:
        what = "a whole number" if flag.kind is int else "a number"
        near = text.replace(",", ".")
        hint = f" (write {near})" if near != text and near.replace(".", "", 1).isdigit() else ""
        raise OptionError(f"{flag.long} takes {what}, not {text!r}{hint}") from None
