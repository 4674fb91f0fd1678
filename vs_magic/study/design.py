"""What a study will ask, decided before anything is sent: its trials, their calls, their price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from vs_magic.errors import OptionError
from vs_magic.llm.request import Model
from vs_magic.llm.trust.budget import Budget
from vs_magic.sampling.plan import Plan, plan, shared_budget
from vs_magic.study.arms import Arm
from vs_magic.verbalized.method import Format, Method
from vs_magic.verbalized.options import Options
from vs_magic.view.words import count, estimated

FEWEST = 2
"""Responses an arm needs: variety is between responses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One task put to one arm."""

    task: str
    arm: Arm
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """All trials of a study.

    Parameters
    ----------
    trials
        One for each task and arm.
    options
        What all arms have in common.
    budget
        The limit on what all calls together may cost, if there is one.
    """

    trials: tuple[Trial, ...]
    options: Options
    budget: Budget | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks, in order."""
        return tuple(dict.fromkeys(trial.task for trial in self.trials))

    @property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, in order."""
        return tuple(dict.fromkeys(trial.arm for trial in self.trials))

    @property
    def n(self) -> int:
        """Responses wanted of each arm to each task."""
        return self.options.wanted

    @property
    def calls(self) -> int:
        """Calls in all (repair calls may come on top)."""
        return sum(trial.plan.calls for trial in self.trials)

    @property
    def cost_usd(self) -> float | None:
        """Estimated price in US dollars; None where any part of it is unknown."""
        parts = [trial.plan.cost_usd for trial in self.trials]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def announce(self) -> str:
        """Return the line that says what it will take.

        Examples
        --------
        >>> compared = design(["Roll a die."], [(Method.DIRECT, "simulated/base")], Options(n=20))
        >>> compared.announce()
        '1 task × 1 method, 20 responses each: 20 calls to simulated/base, free'
        """
        arms = self.arms
        models = list(dict.fromkeys(arm.model for arm in arms))
        settings = dict.fromkeys((arm.method, arm.at) for arm in arms)
        swept = any(arm.at is not None for arm in arms)
        parts = [
            count(len(self.tasks), "task"),
            count(len(settings), "setting" if swept else "method"),
        ]
        if len(models) > 1:
            parts.append(count(len(models), "model"))
        return (
            f"{' × '.join(parts)}, {self.n} responses each: {count(self.calls, 'call')} to "
            f"{', '.join(models)}, {estimated(self.cost_usd)}"
        )


def design(
    tasks: Sequence[str], arms: Sequence[tuple[Method, str | Model | None]], options: Options
) -> Design:
    """Plan every arm for every task; nothing is sent.

    Parameters
    ----------
    tasks
        What to ask.
    arms
        Method and model of each; a model is named, or handed in, or None for the usual one.
    options
        What all arms have in common; a threshold or a wording applies to the methods that state
        probabilities.

    Raises
    ------
    OptionError
        Fewer than two responses, or an option that would leave the arms unequal.
    ModelError
        A model is unknown, or its key or weights are missing.
    """
    check(options)
    budget = shared_budget(options)
    trials = []
    for task in tasks:
        for method, model in arms:
            arm = Arm(method=method, model="")
            trials.append(trial(task, arm, suited(options, method), model, budget))
    return Design(trials=tuple(trials), options=options, budget=budget)


def trial(
    task: str, arm: Arm, options: Options, model: str | Model | None, budget: Budget | None
) -> Trial:
    """Plan one trial; the arm is given the model's full name."""
    asked: dict[str, Any] = {f.name: getattr(options, f.name) for f in fields(options)}
    planned = plan(task, asked | {"model": model}, budget=budget)
    return Trial(task=task, arm=replace(arm, model=planned.model.name), plan=planned)


def check(options: Options) -> None:
    """Refuse options that no fair comparison can have.

    Raises
    ------
    OptionError
        Fewer than two responses, or candidates would be left out of some arms.
    """
    if options.wanted < FEWEST:
        raise OptionError(
            f"n = {options.wanted} is too few: variety is between responses, so take {FEWEST} or "
            "more (from 5 on there are intervals)"
        )
    if options.min_probability is not None:
        raise OptionError(
            "--min-probability leaves out candidates, and the arms would no longer have equal "
            "numbers: leave it out"
        )


def suited(options: Options, method: Method) -> Options:
    """Return the options for a method, less those that it does not have."""
    changes: dict[str, object] = {"method": method}
    if not method.verbalizes:
        changes |= {"threshold": None, "probability": None}
    if method.reasons and options.format is Format.LINES:
        changes["format"] = None
    # All at once, for each alone might not go with the others.
    return options.with_(**changes)
