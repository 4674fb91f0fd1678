"""`%vs_theory`: sliders for α, β and ties, over a distribution before tuning and after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command
from vs_magic.magics.flags import HELP, OUT, Flag
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState

if TYPE_CHECKING:
    from vs_magic.theory.explore import Explorer


def run(state: ShellState, line: Line) -> Explorer | None:
    """Return the explorer, or None where it was bound."""
    # Numbers, tables and the widget are imported by the first line that needs them.
    from vs_magic.theory.explore import explorer

    where = {name: value for name, value in line.own.items() if name not in ("answers", "out")}
    answers = answers_of(line.own["answers"], state.names) if "answers" in line.own else None
    found = explorer(answers, **where)
    if line.out is None:
        return found
    state.shell.user_ns[line.out] = found
    found._ipython_display_()
    return None


def answers_of(text: str, names: Mapping[str, Any]) -> Any:
    """Return what stands for the answers: a variable, answers with weights, or a preset's name.

    >>> answers_of("heads=55,tails=45", {})
    {'heads': 55.0, 'tails': 45.0}
    """
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


_FLAGS = (
    Flag(
        name="answers",
        spellings=("--pi-ref", "--answers"),
        metavar="WHAT",
        help="the distribution before tuning: a preset (coffee-joke, state, die, colour …), a "
        "variable, or blue=60,red=30,green=10",
    ),
    Flag(
        name="alpha",
        kind=float,
        metavar="A",
        help="strength of the typicality bias (default: 0.57, the paper's on HelpSteer)",
    ),
    Flag(name="beta", kind=float, metavar="B", help="weight of the KL penalty (default: 0.1)"),
    Flag(
        name="ties",
        kind=float,
        metavar="SHARE",
        help="share of the answers that tie for the best (default: 1, all are equally good)",
    ),
    Flag(
        name="which",
        metavar="WHICH",
        help="which answers are best: mixed, common, rare (default: mixed)",
        suggest=lambda _: ("mixed", "common", "rare"),
    ),
    Flag(name="seed", kind=int, metavar="N", help="makes the sampled answers repeatable"),
)

COMMAND = Command(
    name="vs_theory",
    intro="""\
Why models collapse: move α, β and ties, and see what tuning leaves of a distribution.

%vs_theory [NAME <<] [flags]

With a typicality bias α and a KL weight β, tuning turns π_ref into π* ∝ π_ref^γ · exp(r_true / β),
γ = 1 + α/β. The explorer shows both, twenty answers of each, and what a prompt for the distribution
would show. It is returned, or bound to NAME: .frame, .scene, .move(alpha=0.2).
""",
    examples="""\
%vs_theory --pi-ref state --alpha 0.57 --beta 0.2
%vs_theory toss << --answers heads=55,tails=45 --seed 3
%vs_theory --pi-ref jokes                a frame of %%vs, a dict, a Series, a list of texts
""",
    run=run,
    flags=(*_FLAGS, OUT, HELP),
    surplus=("a prompt or a preset goes behind --pi-ref, in quotes where it has spaces"),
)
