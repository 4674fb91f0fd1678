"""What bad input gets: one line that says what to do, and nothing lost."""

from __future__ import annotations

import re

import pytest

from vs_magic.errors import ReplyError
from vs_magic.magics.usage_errors import message
from vs_magic.testing import Answer, Endpoint, faults

LOOPBACK = "--model openai/loopback"


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("%%vs --treshold 3\nx", "unknown flag --treshold: did you mean --threshold?"),
        ("%%vs --method standart\nx", "unknown method 'standart': did you mean 'vs-standard'?"),
        ("%%vs -k 0\nx", "--k takes a whole number in [1, 1000], not 0"),
        ("%%vs -k -3\nx", "--k takes a whole number in [1, 1000], not -3"),
        ("%%vs -n 0\nx", "--n takes a whole number in [1, 1e+06], not 0"),
        ("%%vs --threshold 0\nx", "--threshold takes a number in (0, 1], not 0.0"),
        ("%%vs --threshold 1.5\nx", "--threshold takes a number in (0, 1], not 1.5"),
        ("%%vs --threshold nan\nx", "--threshold takes a number in (0, 1], not nan"),
        (
            "%%vs -m direct -t 0.1\nx",
            "--threshold asks for stated probabilities below 0.1, and direct",
        ),
        ("%%vs --model simulated/alined\nx", "unknown model 'simulated/alined'"),
        ("%%vs", "the cell is empty: write the task below the first line"),
        ("%%vs -k 3\n  \n\t\n", "the cell is empty: write the task below the first line"),
        (
            "%%vs Name a colour.",
            (
                "the cell is empty: write the task below the first line, or on the line with "
                "one %, as in %vs Name a colour."
            ),
        ),
        ("%vs", "there is no task: write it after the flags, as in %vs -n 10 Name a colour."),
        ("%vs -k 3", "there is no task: write it after the flags"),
        (
            "%%vs Name a colour.\nPlease.",
            "'Name a colour.' is no flag: on %%vs write the task on the lines below",
        ),
        (
            "%%vs\nRoll {{what}}.",
            "{{what}} names a variable that is not defined: set it first (what = …)",
        ),
        ("%%vs -k {{kk}}\nx", "{{kk}} names a variable that is not defined"),
        ("e = ''\n%vs {{e}}", "there is no task"),
        ("%vs_config k=0", "--k takes a whole number in [1, 1000], not 0"),
        ("%vs_config treshold=0.1", "unknown option 'treshold': did you mean 'threshold'?"),
        ("%vs_config threshold=0.1 method=direct", "--threshold asks for stated probabilities"),
        ("%vs_models all", "%vs_models takes flags only, and 'all' is one word too many"),
        ("%%vs\nTranslate the Iliad.", "simulated/aligned is a toy that knows"),
    ],
)
def test_each_slip_is_one_line(complaint, cell, wanted):
    """A UsageError, the cell's status an error, no traceback, and the fix in the line."""
    assert complaint(cell).startswith(wanted)


def test_a_missing_key_is_named_before_any_request(complaint, endpoint):
    """The variable to set is in the message, and nothing went out."""
    with Endpoint() as served:
        assert "ANTHROPIC_API_KEY" in complaint(
            "%%vs --model anthropic/claude-3-5-haiku-latest\nHi."
        )
    assert served.requests == []


def test_a_refusal_is_quoted_and_kept(complaint, endpoint, shell):
    """The beginning of the reply is in the line; all of it is in `_vs_reply`."""
    reply = "I'm sorry, but I can't help with that.\n\x1b[31m" + "Really not. " * 40
    endpoint(lambda _: reply)
    said = complaint(f"%%vs {LOOPBACK}\nTell me a secret.")
    assert "I'm sorry, but I can't help with that." in said
    assert f"the reply ({len(reply)} characters, whole in _vs_reply)" in said
    assert "\x1b" not in said
    assert len(said) < 500
    assert shell.user_ns["_vs_reply"] == reply


def test_failed_calls_are_kept_under_the_name(complaint, endpoint, shell):
    """With `--out`, the error rows are bound; without, they are in `_vs`."""
    endpoint([faults.status(401, "Incorrect API key")])
    said = complaint(f"%%vs {LOOPBACK} -o got\nName a colour.")
    assert "OPENAI_API_KEY" in said
    assert shell.user_ns["got"]["error"].notna().all()
    assert shell.user_ns["got"]["text"].isna().all()
    assert len(shell.user_ns["_vs"].failures) == 1


def test_a_failed_call_among_good_ones_is_a_row(endpoint, run, capsys):
    """The others' candidates are there, and the failure is counted in the status line."""
    answers = [
        '{"responses": [{"text": "red", "probability": 0.6}]}',
        faults.status(400, "the prompt is too rude"),
    ]
    endpoint(answers)
    frame = run(f"%%vs {LOOPBACK} -k 1 -n 2 --concurrency 1\nName a colour.").result
    assert frame["text"].tolist()[0] == "red"
    assert frame["error"].notna().tolist() == [False, True]
    assert "1 failed" in capsys.readouterr().out


def test_a_truncated_reply_keeps_its_complete_candidates(endpoint, run):
    """What was cut off at the token limit is not invented, and the cut is named."""
    text = '{"responses": [{"text": "red", "probability": 0.6}, {"text": "bl'
    endpoint(lambda _: Answer(text=text, finish_reason="length"))
    frame = run(f"%%vs {LOOPBACK} -k 2\nName a colour.").result
    assert frame["text"].tolist() == ["red"]
    assert "cut off" in frame["repairs"][0]


def test_a_dead_endpoint_says_which(complaint, endpoint):
    """Nobody listens: the address is in the line."""
    served = endpoint()
    with served.down():
        said = complaint(f"%%vs {LOOPBACK} --timeout 5\nName a colour.")
    assert re.search(r"127\.0\.0\.1|connect", said)


def test_an_error_carries_its_cause(shell, endpoint):
    """Code that catches the UsageError finds the package's own error, with the reply."""
    from IPython.core.error import UsageError

    endpoint(lambda _: "No.")
    with pytest.raises(UsageError, match="_vs_reply") as caught:
        shell.run_line_magic("vs", f"{LOOPBACK} Name a colour.")
    assert isinstance(caught.value.__cause__, ReplyError)
    assert caught.value.__cause__.reply == "No."


def test_a_message_is_one_visible_line():
    """Newlines are folded and control sequences shown, whatever an error or a reply holds."""
    said = message(ReplyError("no\ncandidate", "a\x1b[2J\u202e\n\n" + "b" * 1000))
    assert "\n" not in said
    assert said.startswith("no candidate | the reply (1,008 characters, whole in _vs_reply): a␛[2J")
    assert said.endswith("…")
    assert message(ReplyError("an empty reply", " \n")) == "an empty reply"
