"""The options as keyword arguments: named, typed, listed, and refused where they are wrong."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from enum import Enum
from os import PathLike
from pathlib import Path

import pytest

import vs_magic as vs
from vs_magic.verbalized.keywords import CommonOptions, SampleOptions
from vs_magic.verbalized.options import Options, option_fields

TOP = Path(__file__).parents[1]
ASKING = ["sample", "asample", "compare", "sweep"]


def kinds(hint: object) -> set[object]:
    """The members of a union, or the one type that it is."""
    return set(typing.get_args(hint)) if typing.get_args(hint) else {hint}


def test_the_keywords_are_the_options():
    """Each option but `model`, which has a parameter of its own, is a keyword of its type.

    What a person may write instead is taken too: a method by name, a path, a text to stop at.
    """
    declared = typing.get_type_hints(Options)
    taken = typing.get_type_hints(SampleOptions)
    options = {f.name for f in option_fields()} - {"model"}
    assert set(taken) == options, f"vs_magic/verbalized/keywords.py: {set(taken) ^ options}"
    assert not SampleOptions.__required_keys__
    assert set(SampleOptions.__annotations__) - set(CommonOptions.__annotations__) == {
        *("k", "n", "method")
    }
    for name, hint in taken.items():
        kept = kinds(declared[name])
        written = {str} if any(isinstance(kind, type(Enum)) for kind in kept) else set()
        written |= {"replay": {PathLike[str]}, "stop": {str, list[str]}}.get(name, set())
        assert kinds(hint) == kept | written, name


@pytest.mark.parametrize("name", ASKING)
def test_the_signature_lists_every_option(name):
    """`inspect.signature`, and so Shift-Tab, has each option by name, with its default."""
    listed = inspect.signature(getattr(vs, name)).parameters
    assert not [p for p in listed.values() if p.kind is p.VAR_KEYWORD]
    for declared in option_fields():
        if declared.name == "method" and name in ("compare", "sweep"):
            assert "method" not in listed
            assert "methods" in listed
        elif declared.name == "n" and name in ("compare", "sweep"):
            assert listed["n"].default == 20
        else:
            assert listed[declared.name].default == declared.default, declared.name
            assert listed[declared.name].kind is inspect.Parameter.KEYWORD_ONLY
    assert "temperature: 'float | None' = None" in str(inspect.signature(getattr(vs, name)))


@pytest.mark.parametrize("name", ASKING)
async def test_an_unknown_option_is_refused(name):
    """One line names what was probably meant, before anything is sent."""
    more = {"vary": "k"} if name == "sweep" else {}

    async def ask() -> None:
        asked = getattr(vs, name)("Roll a die.", model="simulated/base", temperture=1.0, **more)
        await asked

    said = r"unknown option 'temperture': did you mean 'temperature'\? one of "
    with pytest.raises(vs.OptionError, match=said):
        await ask()


SNIPPET = """\
import vs_magic as vs

vs.sample("Roll a die.", k=3, n=6, method="vs-cot", temperature=0.7, model="simulated/base")
vs.sample("Roll a die.", kk=5)
vs.sample("Roll a die.", temperature="hot")
vs.compare("Roll a die.", methods=["direct", "sequence"], n=10, temperature=0.7)
vs.compare("Roll a die.", temperture=1.0)
vs.compare("Roll a die.", method="direct")
vs.sweep("Roll a die.", vary="k", values=[1, 2], budget=1.0)
vs.sweep("Roll a die.", vary="k", sede=1)


async def ask() -> vs.Distribution:
    await vs.asample("Roll a die.", top=1)
    return await vs.asample("Roll a die.", top_p=0.9)
"""


def test_a_type_checker_refuses_what_is_wrong(tmp_path):
    """mypy takes what is right, and refuses each misspelt name and each value of a wrong type."""
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET, encoding="utf-8")
    package = TOP / "vs_magic"
    followed = [package / "__init__.py", package / "sampling" / "api.py"]
    followed += [package / "study" / "compare.py", package / "study" / "sweep.py"]
    followed += sorted((package / "verbalized").glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir"]
    done = subprocess.run(
        [*command, str(tmp_path / "cache"), "--follow-imports=skip", *map(str, followed), snippet],
        capture_output=True,
        text=True,
        check=False,
        cwd=TOP,
        timeout=240,
    )
    refused = [line for line in done.stdout.splitlines() if "snippet.py:" in line]
    at = {int(line.split("snippet.py:")[1].split(":")[0]) for line in refused if "error" in line}
    assert at == {4, 5, 7, 8, 10, 14}, done.stdout
    said = "\n".join(refused)
    for name in ("kk", "temperture", "method", "sede", "top"):
        assert f'Unexpected keyword argument "{name}"' in said
    assert 'expected "float | None"' in said
