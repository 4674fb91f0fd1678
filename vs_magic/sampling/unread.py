"""Why a reply brought no candidate, in words that say what came in their place."""

from __future__ import annotations

from vs_magic.errors import RefusalError, ReplyError
from vs_magic.llm.request import Reply


def declined(reply: Reply) -> RefusalError | None:
    """Return the error of a reply that is a refusal by its form, whatever its words are."""
    if reply.taken_from != "refusal":
        return None
    return RefusalError("the model declined the request, in its own words", reply.text)


def explained(reply: Reply, error: ReplyError) -> ReplyError:
    """Return the error of a reply that could not be read, with what the reply tells beside it."""
    if isinstance(error, RefusalError):
        return error
    if reply.finish_reason == "content_filter":
        return RefusalError(
            "the provider's content filter stopped the reply before its first candidate was "
            "complete: ask for something else, or ask another model",
            reply.text,
        )
    if not reply.text.strip():
        return ReplyError(f"the reply is empty: {_in_its_place(reply)}", reply.reasoning or "")
    if reply.finish_reason == "length":
        return ReplyError(f"{error}; the token limit was reached: {_higher(reply)}", reply.text)
    return error


def _in_its_place(reply: Reply) -> str:
    """What came where a text was expected, and what to do."""
    count = reply.completion_tokens
    tokens = "" if not count else f" ({count:,} tokens)"
    if reply.finish_reason == "length":
        thought = "all in its reasoning" if reply.reasoning else "perhaps in reasoning not shown"
        return (
            f"the token limit was reached{tokens} before an answer began, {thought}: "
            f"{_higher(reply)}"
        )
    if reply.reasoning:
        return (
            f"all that came{tokens} is in its reasoning (`reasoning_content`): {_higher(reply)}, "
            "or see how the server tells reasoning from the answer"
        )
    return (
        f"no text came{tokens}, finish_reason {reply.finish_reason or 'not told'}: ask once more, "
        "or word the task differently"
    )


def _higher(reply: Reply) -> str:
    limit = reply.request.parameters.max_tokens
    return "raise --max-tokens" if limit is None else f"raise --max-tokens (now {limit:,})"
