"""A scene as plain JSON: every row, number and sentence that a view sets on its page."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from vs_magic.theory.scene import WHICH, N, Scene, columns
from vs_magic.view.text import cut
from vs_magic.view.words import percent

ROWS = 8
"""Rows at most, as many as there are hues; answers beyond share the last one."""
SHORT = 16
"""Characters of an answer that still fits into a chip."""
LABEL = 160
"""Characters of an answer that a row shows."""

ALPHAS = tuple(round(0.01 * i, 2) for i in range(201))
BETAS = (
    *(round(0.01 * i, 2) for i in range(2, 20)),
    *(round(0.05 * i, 2) for i in range(4, 20)),
    *(round(0.5 * i, 1) for i in range(2, 21)),
)
PUBLISHED = (("0.57", "HelpSteer, Llama 3.1 405B"), ("0.65", "HelpSteer, GLM-4.5"))
"""The paper's estimates of α, each with the data and the base model behind it."""


def page(scene: Scene) -> dict[str, Any]:
    """Return what a view shows of a scene."""
    rows = _grouped(scene)
    place = {answer: i for i, row in enumerate(rows) for answer in row["answers"]}
    short = all(len(answer) <= SHORT for answer in scene.pi_ref)
    lists = f", {len(scene.lists)} lists of {len(scene.lists[0])}"
    found = columns(scene)
    return {
        "title": scene.reference.title or "Your answers",
        "note": scene.reference.note,
        "gamma": f"{scene.gamma:.3g}",
        "sum": f"1 + {scene.alpha:.3g} / {scene.beta:.3g}",
        "sentence": scene.sentence,
        "reward": _reward(scene),
        "numbered": not short,
        "columns": [
            {
                "id": column["id"],
                "sign": column["sign"],
                "title": column["title"],
                "facts": f"mode {percent(column['mode'])} · {column['entropy']:.1f} bits",
                "different": column["different"] + (lists if column["id"] == "vs" else ""),
            }
            for column in found
        ],
        "rows": [_row(row, found) for row in rows],
        "samples": [
            [
                [[place[answer] + 1, cut(answer, LABEL)] for answer in part]
                for part in (scene.lists if column["id"] == "vs" else [column["answers"]])
            ]
            for column in found
        ],
        "sampled": f"{N} answers",
    }


def controls(scene: Scene) -> dict[str, Any]:
    """Return the sliders' stops and where each stands, each stop in words too."""
    alphas, betas, ties = stops(scene).values()
    return {
        "alpha": {"at": alphas.index(scene.alpha), "words": [f"{a:.4g}" for a in alphas]},
        "beta": {"at": betas.index(scene.beta), "words": [f"{b:.4g}" for b in betas]},
        "ties": {"at": ties.index(scene.best), "words": [_tied(t, ties[-1]) for t in ties]},
        "which": {"value": scene.which, "options": [[name, what] for name, what in WHICH.items()]},
        "published": [[value, what] for value, what in PUBLISHED],
        "seed": scene.seed,
    }


def stops(scene: Scene) -> dict[str, tuple[float, ...]]:
    """Return the value of each slider's stops, as `controls` lists them."""
    return {
        "alpha": _with(ALPHAS, scene.alpha),
        "beta": _with(BETAS, scene.beta),
        "ties": _with(tie_stops(len(scene.pi_ref)), scene.best),
    }


def tie_stops(count: int) -> tuple[float, ...]:
    """Return how many of `count` answers may tie: each number, or some twenty of many.

    >>> tie_stops(4)
    (1, 2, 3, 4)
    """
    if count <= 20:
        return tuple(range(1, count + 1))
    return tuple(sorted({1, *(round(count * i / 20) for i in range(1, 21))}))


def _grouped(scene: Scene) -> list[dict[str, Any]]:
    """Return the rows: an answer each, those beyond in one; with how many of a row are best."""
    answers = list(scene.pi_ref)
    alone = len(answers) if len(answers) <= ROWS else ROWS - 1
    groups = [[answer] for answer in answers[:alone]]
    if answers[alone:]:
        groups.append(answers[alone:])
    return [
        {
            "label": group[0] if len(group) == 1 else f"{len(group)} others",
            "answers": group,
            "mark": _mark(scene, group),
            "worse": all(scene.r_true[answer] < 0 for answer in group),
        }
        for group in groups
    ]


def _reward(scene: Scene) -> str:
    """Say which answers are good ones."""
    count = len(scene.pi_ref)
    if scene.best == count:
        return f"All {count} answers are equally good: only typicality tells them apart."
    tie = "is the" if scene.best == 1 else "tie for the"
    return (
        f"{scene.best} of {count} {tie} best; each of the others is worth 1 less, which "
        f"makes it exp(−1/{scene.beta:.3g}) = {math.exp(-1 / scene.beta):.2g} times as likely."
    )


def _row(row: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shares = [sum(column["shares"][answer] for answer in row["answers"]) for column in found]
    return {
        "label": cut(row["label"], LABEL),
        "mark": row["mark"],
        "worse": row["worse"],
        "cells": [
            {
                "share": round(share, 5),
                "words": "–" if column["id"] == "vs" and share == 0 else percent(share),
            }
            for column, share in zip(found, shares, strict=True)
        ],
    }


def _mark(scene: Scene, group: Sequence[str]) -> str:
    if scene.best == len(scene.pi_ref):
        return ""
    best = sum(scene.r_true[answer] == 0 for answer in group)
    if len(group) == 1:
        return "best" if best else ""
    return f"{best} best"


def _tied(count: float, all_of_them: float) -> str:
    return f"all {count:g}" if count == all_of_them else f"{count:g} of {all_of_them:g}"


def _with(values: Sequence[float], value: float) -> tuple[float, ...]:
    """Return the stops with a value among them, in order."""
    if value in values:
        return tuple(values)
    at = bisect_left(values, value)
    return (*values[:at], value, *values[at:])
