"""How many realistic replies are read: `vs_magic.parse` beside the authors' parser and plain JSON.

    python benchmarks/replies.py --authors .venv-bench-vs/bin/python

The replies are those of `tests/verbalized/parse/blind.jsonl` to the VS methods: clean and fenced
JSON, cut off, numbered, tagged, in prose. They were written, with what a person reads in each, by
somebody who did not know this parser, and it is tested on them; the other readers take JSON only.
A reply is read when each text and each probability is the person's; it is lost when not one of
its texts is there. Replies in which there is nothing to read are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import json_repair

from vs_magic.errors import ReplyError
from vs_magic.verbalized.parse import parse

CORPUS = Path(__file__).parents[1] / "tests" / "verbalized" / "parse" / "blind.jsonl"
Pairs = list[tuple[str, float | None]]
_THEIRS = """
import contextlib, io, json, sys
from verbalized_sampling.methods.factory import Method
from verbalized_sampling.methods.parser import ResponseParser
names = {"vs-standard": Method.VS_STANDARD, "vs-cot": Method.VS_COT, "vs-multi": Method.VS_MULTI}
for line in sys.stdin:
    case = json.loads(line)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = ResponseParser.parse_response(names[case["method"]], case["reply"])
        except Exception:
            found = []
    print(json.dumps(found, default=str))
"""


def main() -> int:
    """Have each reader read every reply, and print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--authors", help="a Python that has verbalized_sampling")
    args = options.parse_args()
    lines = map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())
    cases = [c for c in lines if c["method"].startswith("vs-") and isinstance(c["expect"], list)]
    readers: dict[str, list[Pairs]] = {
        "`vs_magic.parse`": [_ours(case) for case in cases],
        "`json.loads`": [_plain(case, json.loads) for case in cases],
        "`json_repair.loads`": [_plain(case, json_repair.loads) for case in cases],
    }
    if args.authors:
        readers["`verbalized_sampling` 0.1.3"] = _theirs(cases, args.authors)
    print(f"| reader | read, of {len(cases)} | lost |")
    print("|---|---|---|")
    for name, found in readers.items():
        expected = [case["expect"] for case in cases]
        read = sum(map(_same, found, expected))
        lost = sum(not _any(f, e) for f, e in zip(found, expected, strict=True))
        print(f"| {name} | {read} | {lost} |")
    return 0


def _ours(case: dict[str, Any]) -> Pairs:
    try:
        found = parse(case["reply"], case["method"], case.get("probability", "explicit"))
    except ReplyError:
        return []
    return [(candidate.text, candidate.probability) for candidate in found]


def _plain(case: dict[str, Any], load: Callable[[str], Any]) -> Pairs:
    """Read what the prompt asks for, as one would by hand: a list under `responses`."""
    try:
        return _pairs(load(case["reply"])["responses"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def _theirs(cases: list[dict[str, Any]], python: str) -> list[Pairs]:
    done = subprocess.run(
        [python, "-W", "ignore", "-c", _THEIRS],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        # Without this, litellm fetches its table of prices while it is imported.
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    return [_pairs(json.loads(line)) for line in done.stdout.splitlines()[-len(cases) :]]


def _pairs(items: Any) -> Pairs:
    """Return texts and probabilities of a list of objects; whatever is no text is left out."""
    return [
        (item["text"], _number(item.get("probability")))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("text"), str) and item["text"]
    ]


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _same(found: Pairs, expected: list[list[Any]]) -> bool:
    if [text for text, _ in found] != [text for text, _ in expected]:
        return False
    return all(
        value == wanted
        if value is None or wanted is None
        else math.isclose(value, wanted, abs_tol=1e-9)
        for (_, value), (_, wanted) in zip(found, expected, strict=True)
    )


def _any(found: Pairs, expected: list[list[Any]]) -> bool:
    return not expected or bool({text for text, _ in found} & {text for text, _ in expected})


if __name__ == "__main__":
    sys.exit(main())
