"""Frames for charts, made by hand: small, with known numbers."""

from __future__ import annotations

import json
import math

import pandas as pd

METRICS = ("entropy", "rouge-l")


def summary(methods=("direct", "sequence", "vs-standard"), models=("a",)) -> pd.DataFrame:
    """Two metrics of each arm, with intervals of 1."""
    rows = [
        {
            "metric": metric,
            "method": method,
            "model": model,
            "value": 1.0 + i + j,
            "low": 0.5 + i + j,
            "high": 1.5 + i + j,
            "n": 30,
        }
        for metric in METRICS
        for i, method in enumerate(methods)
        for j, model in enumerate(models)
    ]
    return pd.DataFrame(rows)


def counts(answers: dict[str, dict[str, int]], model: str = "a") -> pd.DataFrame:
    """Method → answer → count."""
    rows = [
        {"answer": a, "method": m, "model": model, "count": c, "n": sum(given.values())}
        for m, given in answers.items()
        for a, c in given.items()
    ]
    return pd.DataFrame(rows)


def swept(values=(1.0, 0.5)) -> pd.DataFrame:
    """vs-standard at each value, and direct, which has none."""
    rows = [
        {**row, "method": "vs-standard", "at": at}
        for at in values
        for row in summary(("direct",)).to_dict("records")
    ]
    still = [{**row, "at": math.nan} for row in summary(("direct",)).to_dict("records")]
    return pd.DataFrame([*rows, *still])


def walk(spec):
    """Yield every dictionary in a specification."""
    if isinstance(spec, dict):
        yield spec
        for value in spec.values():
            yield from walk(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from walk(value)


def data(spec) -> list[dict]:
    """Return all rows of a specification's data, in order of appearance, each source once."""
    named = spec.get("datasets", {})
    sources = {}
    for part in walk(spec):
        source = part.get("data")
        if isinstance(source, dict):
            rows = source.get("values", named.get(source.get("name"), []))
            sources.setdefault(json.dumps(rows), rows)
    return [row for rows in sources.values() for row in rows]


def titles(spec) -> list[str]:
    """Return the titles of all parts."""
    found = []
    for part in walk(spec):
        title = part.get("title")
        if isinstance(title, dict) and "text" in title:
            found.append(title["text"])
    return found
