"""What `--dry-run` shows: the model and why, the calls, the price, and every message."""

from __future__ import annotations

import textwrap
from collections import Counter

from vs_magic.sampling.plan import Plan
from vs_magic.verbalized.prompt import Message
from vs_magic.view.words import count, estimated


def report(planned: Plan) -> str:
    """Return, as plain text, what a plan would send."""
    options = planned.options
    lines = [
        "Dry run: nothing was sent.",
        f"model   {planned.model.name} ({planned.reason})",
        f"method  {options.method}, {_calls(planned)}",
        f"price   {estimated(planned.cost_usd)}",
    ]
    for title, conversation in zip(_titles(planned), planned.conversations, strict=True):
        lines += ["", f"── {title} ──", *(_message(message) for message in conversation)]
    return "\n".join(lines)


def _calls(planned: Plan) -> str:
    sizes = planned.options.sizes
    each = " and ".join(
        f"{times} × {count(k, 'candidate')}" if len(sizes) > 1 else count(k, "candidate")
        for k, times in Counter(sizes).items()
    )
    in_turn = ", in one conversation" if planned.options.method.converses else ""
    return f"{count(len(sizes), 'call')}: {each}{in_turn}"


def _titles(planned: Plan) -> list[str]:
    """Say which calls each conversation is for; repeated draws send the same messages."""
    sizes = planned.options.sizes
    if planned.options.method.converses:
        return ["the conversation"]
    titles = []
    for k, times in Counter(sizes).items():
        what, each = (f"{times} calls", " each") if times > 1 else ("1 call", "")
        titles.append(f"{what}, {count(k, 'candidate')}{each}")
    return titles


def _message(message: Message) -> str:
    return f"{message['role']}:\n{textwrap.indent(message['content'], '    ')}"
