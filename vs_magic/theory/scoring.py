"""The log-probability of plain text pairs, by a local model: what stands in for log π_ref."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vs_magic.errors import OptionError
from vs_magic.theory.pairs import SIDES, lacks, load, named

if TYPE_CHECKING:
    import pandas as pd

MODEL = "local/qwen2.5-coder-0.5b"
UNITS = ("token", "text")


def score_pairs(
    source: pd.DataFrame | str | Path,
    model: str = MODEL,
    *,
    per: str = "token",
    on_progress: Callable[[int, int], None] | None = None,
    **columns: str,
) -> pd.DataFrame:
    """Return text pairs with the log-probability that a local model gives each text.

    A text is scored as the model's whole answer to its `prompt` (to an empty one where there is
    none); equal texts to equal prompts are scored once. The model was tuned itself and is small:
    its log-probabilities stand in for a base model's, and α in their unit is not the paper's.

    Parameters
    ----------
    source
        A frame, or a .csv, .tsv or .jsonl file, with `preferred` and `rejected` (or `chosen`,
        `winner` …; as in `read_pairs`) and, if there is one, `prompt`.
    model
        A local model's name.
    per
        `token`: the mean over the text's tokens, so that a long text is not untypical for being
        long; `text`: the sum.
    on_progress
        Called with how many texts are scored, and how many there are.
    **columns
        Names of your own: `preferred="answer_a"`, `prompt="question"`, …

    Returns
    -------
    DataFrame
        The pairs, with `logp_preferred` and `logp_rejected` in nats; they go into
        `estimate_alpha`. `attrs["scored_by"]` says how.

    Raises
    ------
    OptionError
        A text is missing; `per` is unknown; there is no such local model.
    MissingExtraError, WeightsError, ModelError
        As for `vs_magic.llm.logprobs.token_logprobs`.
    """
    if per not in UNITS:
        raise OptionError(f"per takes {' or '.join(UNITS)}, not {per!r}")
    frame = named(load(source), columns)
    _check_texts(frame)
    prompts = frame["prompt"] if "prompt" in frame else [""] * len(frame)
    wanted = {
        (str(prompt), str(text))
        for side in SIDES
        for prompt, text in zip(prompts, frame[side], strict=True)
    }
    scores: dict[tuple[str, str], float] = {}
    for done, (prompt, text) in enumerate(sorted(wanted), start=1):
        scores[prompt, text] = _score(model, prompt, text, per)
        if on_progress is not None:
            on_progress(done, len(wanted))
    for side in SIDES:
        keys = zip(map(str, prompts), map(str, frame[side]), strict=True)
        frame[f"logp_{side}"] = [scores[key] for key in keys]
    frame.attrs["scored_by"] = {"model": model, "per": per}
    return frame


def _score(model: str, prompt: str, text: str, per: str) -> float:
    from vs_magic.llm.logprobs import token_logprobs

    scored = token_logprobs(model, [{"role": "user", "content": prompt}], text)
    # The token that ends the answer is a part of it: π_ref(y | x) is that of the whole answer.
    total = scored.logprob + scored.end
    return total / (len(scored.tokens) + 1) if per == "token" else total


def _check_texts(frame: Any) -> None:
    if lacking := [side for side in SIDES if side not in frame]:
        raise lacks(frame, lacking)
    if not len(frame):
        raise OptionError("there are no pairs: the table is empty")
    advice = dict.fromkeys(SIDES, "each pair needs two texts")
    if "prompt" in frame:
        advice["prompt"] = "give each pair one, or none any"
    for column, what in advice.items():
        missing = frame[column].isna()
        if column in SIDES:
            missing |= frame[column].astype(str).str.strip() == ""
        if missing.any():
            row = int(missing.to_numpy().argmax()) + 1
            raise OptionError(f"{column} is empty in row {row}: {what}")
