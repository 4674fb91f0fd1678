"""The sampling parameters as people write them: lines, settings, comparisons; what was not sent."""

from __future__ import annotations

import warnings
from dataclasses import fields

import pytest

import vs_magic as vs
from vs_magic.testing import Endpoint, faults, scripted
from vs_magic.verbalized.parameters import Parameters

WRITTEN = {int: ("7", 7), float: ("0.5", 0.5), str: ("low", "low"), tuple: (r'"\n\n"', ["\n\n"])}
DECLARED = [
    pytest.param(f.name, *WRITTEN[f.metadata["kind"]], id=f.name) for f in fields(Parameters)
]
ASKED = "--model openai/loopback --method direct -n 1"


@pytest.mark.parametrize(("name", "text", "value"), DECLARED)
def test_every_parameter_is_a_flag_and_a_setting(run, endpoint, name, text, value):
    """A flag, `%vs_config` and a trait reach the body; `none` or an empty text unsets it again."""
    served, flag = endpoint(), "--" + name.replace("_", "-")
    run(f"%vs {ASKED} {flag} {text} Name a colour.")
    run(f"%vs_config method=direct {name}={text}")
    run(f"%vs {ASKED} Name a colour.")
    run(f'%vs {ASKED} {flag} "" Name a colour.')
    run(f"%vs_config --reset {name}")
    run(f"%config VSMagics.{name} = {value!r}")
    run(f"%vs {ASKED} Name a colour.")
    assert [body.get(name) for body in served.bodies] == [value, value, None, value]


def test_texts_to_stop_at_add_up(run, endpoint, complaint):
    """The flag can be repeated; a list keeps its form."""
    served = endpoint()
    run(r'%%vs --model openai/loopback --min-p 0.05 --stop "\n\n" --stop END' + "\nName a colour.")
    assert (served.bodies[0]["min_p"], served.bodies[0]["stop"]) == (0.05, ["\n\n", "END"])
    assert complaint(r'%vs --stop "\n" Name a colour.') == (
        r'--stop "\n" would cut off the list of vs-standard, for it is part of the list\'s form: '
        "take a text that is not, or a method that asks for one response (direct, cot, multi-turn)"
    ).replace("\\'", "'")
    assert "--min-p is given twice" in complaint("%vs --min-p 0 --min-p 1 Name a colour.")
    assert len(served.bodies) == 1


def test_vs_config_shows_the_texts_as_they_can_be_set(run):
    """None is a dash; several are a JSON list, which a setting takes."""
    assert run("%vs_config stop").result.rows == (("stop", "–", "default"),)
    run(r'%vs_config --stop END --stop "\n\n"')
    ((_, shown, _),) = run("%vs_config stop").result.rows
    assert shown == r'["END", "\n\n"]'
    run(f"%vs_config stop='{shown}'")
    assert run("%vs_config stop").result.rows[0][1] == shown


def test_a_comparison_takes_them_too(run, endpoint):
    """Every arm's calls have them, and the frame says what a model has not."""
    served = endpoint()
    flags = r'--min-p 0.05 --stop "\n\n" --stop END --frequency-penalty 1'
    run(f"%vs_compare -n 4 -k 2 --model openai/loopback {flags} Name a colour.")
    assert len(served.bodies) == 8
    for body in served.bodies:
        assert (body["min_p"], body["stop"], body["frequency_penalty"]) == (
            0.05,
            ["\n\n", "END"],
            1,
        )
    toy = "%vs_compare -n 4 -k 2 --model simulated/aligned --min-p 0.05 Name a colour."
    frame = run(toy).result.frame
    assert frame.attrs["not_sent"] == {"simulated/aligned": ["min_p"]}
    assert set(frame["not_sent"]) == {"min_p"}


def test_what_was_not_sent_is_told_once_and_kept_with_the_frame(run, session, capsys):
    """A line below the cell; a column and an attribute, for whoever reads the frame later."""
    cell = "%vs --model simulated/aligned --top-k 5 --min-p 0.1 -k 2 Name a colour."
    frame = run(cell).result
    said = "simulated/aligned has no top_k and no min_p: they were not sent"
    assert said in capsys.readouterr().out
    assert frame["not_sent"].tolist() == ["top_k, min_p"] * 2
    assert frame.attrs["not_sent"] == ["top_k", "min_p"]
    run(cell)
    assert said not in capsys.readouterr().out
    assert run("%vs --model simulated/aligned -k 2 Name a colour.").result.attrs["not_sent"] == []


def without(name):
    """Refuse a parameter as services do, and answer every method without it."""
    answers = scripted()

    def reply(body):
        if name in body:
            message = f"Unsupported value: '{name}' does not support {body[name]} with this model."
            return faults.status(400, message, param=name, error_code="unsupported_value")
        return answers(body)

    return reply


def test_the_status_line_says_it_each_time(run, endpoint, capsys):
    """The line below the cell is said once a session, the status line with every run."""
    endpoint(without("temperature"))
    for _ in range(2):
        run("%vs --model openai/loopback -k 2 --temperature 0.2 --display static Name a colour.")
        assert "· temperature not sent" in capsys.readouterr().out


def test_a_sweep_of_what_is_never_sent_says_so(run, endpoint):
    """Its values are the same call; the notes and the frame of a comparison and a sweep tell it."""
    endpoint(without("temperature"))
    told = "openai/loopback has no temperature: it was not sent"
    sweep = "%vs_sweep --vary temperature --values 0.3,1 -n 4 -k 2"
    swept = run(f"{sweep} --model openai/loopback Name a colour.").result
    assert told in swept.notes
    assert swept.notes[-1].startswith("openai/loopback was never sent temperature: its values")
    assert swept.frame.attrs["not_sent"] == {"openai/loopback": ["temperature"]}
    compared = run(
        "%vs_compare -n 4 -k 2 --model openai/loopback --temperature 0.5 Name a colour."
    ).result
    assert told in compared.notes


def test_a_judge_without_a_temperature_says_so(run, endpoint):
    """It is asked at temperature 0; where that was not sent, the note on quality tells it."""
    endpoint(without("temperature"))
    line = "%vs_compare -n 4 -k 2 --model simulated/aligned --judge openai/loopback Name a colour."
    found = run(line).result
    assert found.judgement.verdicts[0].not_sent == ("temperature",)
    [note] = [note for note in found.notes if note.startswith("quality as judged by")]
    assert "; temperature not sent" in note


def test_an_instruction_in_the_users_turn_is_told(run, endpoint, capsys):
    """A model without a system role: one line, and the reply's parameters say so too."""

    def reply(body):
        if body["messages"][0]["role"] == "system":
            return faults.status(400, "System role not supported")
        return scripted()(body)

    endpoint(reply)
    run("%vs --model openai/loopback -k 2 Name a colour.")
    said = "openai/loopback takes no system message: its words began the user's turn"
    assert said in capsys.readouterr().out


def test_plain_python_is_warned(session):
    """By the same way as every notice; asked for nothing unusual, nobody is."""
    with pytest.warns(UserWarning, match="^simulated/base has no stop: it was not sent$"):
        found = vs.sample("Flip a coin.", method="direct", model="simulated/base", stop="END")
    assert found.not_sent == ("stop",)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vs.sample("Flip a coin.", model="simulated/base", temperature=1).not_sent == ()


def test_a_cached_and_a_replayed_reply_tell_it_again(session, monkeypatch, tmp_path, workdir):
    """Whoever answers, the frame says what the model had not."""

    def refusing(body):
        from vs_magic.testing import faults

        if "top_k" in body:
            return faults.status(400, "Unrecognized request argument supplied: top_k")
        return "Blue"

    asked = {"method": "direct", "n": 1, "model": "openai/loopback", "top_k": 5}
    with Endpoint(refusing) as served:
        for variable, value in served.env().items():
            monkeypatch.setenv(variable, value)
        session.record("calls.jsonl")
        with pytest.warns(UserWarning, match="openai/loopback has no top_k: it was not sent"):
            first = vs.sample("Name a colour.", **asked)
        again = vs.sample("Name a colour.", **asked)
        session.stop_recording()
        replayed = vs.sample("Name a colour.", replay="calls.jsonl", **asked)
        assert len(served.bodies) == 2
    assert [found.replies[0].cached for found in (first, again, replayed)] == [False, True, True]
    for found in (first, again, replayed):
        assert found.frame["not_sent"].tolist() == ["top_k"]
