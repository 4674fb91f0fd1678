"""What is sent: each sentence of the prompts stands here, once.

Our instructions go into the system message; the task is the user's message, verbatim. So a task's
newlines, braces and quotes reach the model as typed, and the two are never confused.
"""

from __future__ import annotations

from typing import TypedDict

from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.options import Options


class Message(TypedDict):
    """One message of a conversation: who speaks, and what."""

    role: str
    content: str


ONE = "Give one response to the user's request."
BARE = "Write only the response itself: no introduction, no explanation, no quotation marks."
LIST = "Give exactly {k} {responses} to the user's request{how}."
AS_LIST = ", as a list"
AS_DISTRIBUTION = (
    ", sampled at random from the full distribution of the responses that you could give, each "
    "with {field}"
)
FIELD = {
    Wording.IMPLICIT: "its probability: how likely this response would be, from 0.0 to 1.0",
    Wording.EXPLICIT: (
        "its probability: the estimated probability of this response, from 0.0 to 1.0, given the "
        "request and relative to the full distribution of possible responses"
    ),
    Wording.RELATIVE: (
        "its probability: how likely this response is, from 0.0 to 1.0, relative to the other "
        "responses in your list"
    ),
    Wording.PERCENTAGE: (
        "its probability: the estimated probability of this response, in percent from 0 to 100, "
        "relative to the full distribution of possible responses"
    ),
    Wording.CONFIDENCE: (
        "its confidence: how typical this response is of the full distribution of possible "
        "responses, from 0.0 to 1.0"
    ),
    Wording.PERPLEXITY: (
        "its perplexity: the exponentiated average negative log-likelihood of this response, 1.0 "
        "or more, where lower means likelier"
    ),
    Wording.NLL: (
        "its nll: the negative log-likelihood of this response in nats, 0.0 or more, where lower "
        "means likelier"
    ),
}
TAIL = (
    "Sample from the tail of the distribution: the {name} of each response must be below {bound}."
)
WORDS = "Each response should be about {words} words long."
REASON = 'First reason step by step about the request in the field "reasoning".'
REASON_ALL = (
    'First reason step by step, in the one field "reasoning", about the range of responses that '
    "are possible."
)
AGAIN_ONE = "Give an alternative response to the same request."
AGAIN_LIST = "Give exactly {k} alternative {responses} to the same request, in the same form."
REPAIR = "That reply was not in the form asked for. Write the same responses again. {form}"

JSON_ONLY = "Reply with only a JSON object of this form, without a code fence: {form}"
LINES_ONLY = "Reply with only {k} lines, one for each response, of this form: {form}"


def opening(task: str, options: Options, k: int) -> tuple[Message, ...]:
    """Return the messages of a call (or of a conversation's first turn) that asks for `k`.

    Parameters
    ----------
    task
        What the user typed, sent verbatim.
    options
        How to ask.
    k
        Candidates wanted from this call.
    """
    ours = "\n".join(_instructions(options, k))
    system = ours if options.system is None else f"{options.system}\n\n{ours}"
    return (
        Message(role="system", content=system),
        Message(role="user", content=task),
    )


def again(options: Options, k: int) -> Message:
    """Return the user's message of a later turn: alternatives to what was answered before."""
    text = _counted(AGAIN_LIST, k) if options.method.lists else AGAIN_ONE
    return Message(role="user", content=text)


def repair(options: Options, k: int) -> Message:
    """Return the message that asks, once, for the same responses in a readable form."""
    return Message(role="user", content=REPAIR.format(form=_form(options, k)))


def _instructions(options: Options, k: int) -> list[str]:
    method = options.method
    if method in (Method.DIRECT, Method.MULTI_TURN):
        return [ONE, *_length(options), BARE]
    if method is Method.COT:
        return [ONE, REASON, *_length(options), _form(options, k)]
    if method is Method.SEQUENCE:
        return [_counted(LIST, k, how=AS_LIST), *_length(options), _form(options, k)]
    lines = [REASON_ALL] if method is Method.VS_COT else []
    how = AS_DISTRIBUTION.format(field=FIELD[options.wording])
    lines.append(_counted(LIST, k, how=how))
    if options.tail is not None:
        lines.append(_tail(options.wording, options.tail))
    return [*lines, *_length(options), _form(options, k)]


def _counted(sentence: str, k: int, **more: str) -> str:
    return sentence.format(k=k, responses="response" if k == 1 else "responses", **more)


def _length(options: Options) -> list[str]:
    """A length only where one was asked for."""
    return [] if options.words is None else [WORDS.format(words=options.words)]


def _tail(wording: Wording, threshold: float) -> str:
    """The bound is on the field that the reply states, except where low values mean likely."""
    falling = wording in (Wording.PERPLEXITY, Wording.NLL)
    percent = wording is Wording.PERCENTAGE
    bound = f"{100 * threshold:g} percent" if percent else f"{threshold:g}"
    return TAIL.format(name="probability" if falling else wording.field, bound=bound)


def _form(options: Options, k: int) -> str:
    """The form of the reply, with placeholders that no model could take for an answer."""
    method, name = options.method, options.wording.field
    if method is Method.COT:
        return JSON_ONLY.format(form='{"reasoning": "<reasoning>", "response": "<response>"}')
    if options.format is Format.LINES:
        form = f"<response> | <{name}>" if method.verbalizes else "<response>"
        return LINES_ONLY.format(k=k, form=form)
    if method is Method.SEQUENCE:
        return JSON_ONLY.format(form='{"responses": ["<response>", …]}')
    item = f'{{"text": "<response>", "{name}": <{name}>}}'
    before = '"reasoning": "<reasoning>", ' if method is Method.VS_COT else ""
    return JSON_ONLY.format(form=f'{{{before}"responses": [{item}, …]}}')
