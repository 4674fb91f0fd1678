"""Defaults of one's own: five places, one order, and errors that name their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from vs_magic.errors import OptionError
from vs_magic.magics.config import Settings, from_environment, from_pyproject, options_of
from vs_magic.magics.flags import Display, settable
from vs_magic.magics.reader import read
from vs_magic.magics.vs_config import COMMAND
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.options import Options


def write(folder: Path, text: str) -> None:
    """Write a pyproject.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def now(settings: Settings, name: str, given: dict | None = None) -> tuple[object, str]:
    """What holds for an option, and where it comes from."""
    setting = settings.resolve(given)[name]
    return setting.value, setting.source


def test_without_a_word_from_anyone_the_defaults_hold(workdir):
    """The settings are then `Options()`."""
    assert options_of(Settings().resolve()) == Options()
    assert {s.source for s in Settings().resolve().values()} == {"default"}


def test_each_place_gives_way_to_the_next(workdir, monkeypatch):
    """default < pyproject.toml < variable < IPython's configuration < session < flag."""
    settings = Settings()
    assert now(settings, "k") == (5, "default")
    write(workdir, "[tool.vs_magic]\nk = 6\n")
    assert now(settings, "k") == (6, "[tool.vs_magic] in pyproject.toml")
    monkeypatch.setenv("VS_MAGIC_K", "7")
    assert now(settings, "k") == (7, "VS_MAGIC_K")
    settings.configured["k"] = 8
    assert now(settings, "k") == (8, "IPython's configuration")
    settings.set({"k": "9"})
    assert now(settings, "k") == (9, "this session")
    assert now(settings, "k", {"k": 10}) == (10, "flag")
    settings.reset()
    assert now(settings, "k") == (8, "IPython's configuration")


def test_none_goes_back_to_the_built_in_default(workdir, monkeypatch):
    """A higher place can unset what a lower one set."""
    monkeypatch.setenv("VS_MAGIC_THRESHOLD", "0.1")
    monkeypatch.setenv("VS_MAGIC_K", "7")
    settings = Settings()
    settings.set({"threshold": "none", "k": "none"})
    assert now(settings, "threshold") == (None, "this session")
    assert now(settings, "k") == (5, "this session")
    assert now(Settings(), "threshold", {"threshold": None}) == (None, "flag")


@pytest.mark.parametrize("name", ["model", "replay"])
def test_none_unsets_a_name_as_well(workdir, name):
    """`%vs_config replay=none` asks live again; it does not look for a file called none."""
    settings = Settings(configured={name: "simulated/base"})
    settings.set({name: "None"})
    assert now(settings, name) == (None, "this session")


def test_an_empty_variable_sets_nothing():
    """As a CI that clears a variable means it."""
    assert from_environment({"VS_MAGIC_K": " ", "VS_MAGIC_CACHE_DIR": "/x"}) == {}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("METHOD", "VS_CoT", Method.VS_COT),
        ("DISPLAY", "Static", Display.STATIC),
        ("TOP_P", "0.9", 0.9),
        ("SYSTEM", "Be brief.", "Be brief."),
    ],
)
def test_every_option_has_a_variable(name, text, value):
    """A variable is read as its flag is."""
    assert from_environment({f"VS_MAGIC_{name}": text})[name.lower()].value == value


def test_the_nearest_pyproject_counts(tmp_path):
    """From the current folder upwards, the first file decides, with `-` or `_` in its keys."""
    write(tmp_path, "[tool.vs_magic]\nk = 2\n")
    write(tmp_path / "a", '[tool.vs_magic]\nmax-tokens = 9\nmethod = "vs_multi"\nthreshold = 1\n')
    (tmp_path / "a" / "b").mkdir()
    found = from_pyproject(tmp_path / "a" / "b")
    assert {n: s.value for n, s in found.items()} == {
        "max_tokens": 9,
        "method": Method.VS_MULTI,
        "threshold": 1,
    }
    assert found["threshold"].source == "[tool.vs_magic] in ../pyproject.toml"


def test_another_tools_broken_pyproject_is_not_our_business(tmp_path):
    """A file that never mentions us is not read any further."""
    write(tmp_path, "this is = = no toml")
    assert from_pyproject(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.vs_magic]\ntreshold = 1\n",
            "[tool.vs_magic] in pyproject.toml: unknown option 'treshold': did you mean",
        ),
        (
            "[tool.vs_magic]\nk = 0\n",
            "[tool.vs_magic] in pyproject.toml: --k takes a whole number in [1, 1000], not 0",
        ),
        (
            "[tool.vs_magic]\nk = true\n",
            "[tool.vs_magic] in pyproject.toml: --k takes a whole number",
        ),
        (
            "[tool.vs_magic]\nmodel = 3\n",
            "[tool.vs_magic] in pyproject.toml: --model takes text, not 3",
        ),
        (
            "[tool.vs_magic]\nk = [1]\n",
            "[tool.vs_magic] in pyproject.toml: --k takes a whole number",
        ),
        ("[tool.vs_magic]\ndisplay = 3\n", "[tool.vs_magic] in pyproject.toml: unknown display 3"),
        (
            "[tool.vs_magic]\nquiet = true\n",
            "[tool.vs_magic] in pyproject.toml: unknown option 'quiet'",
        ),
        ("[tool.vs_magic\nk = 0\n", "pyproject.toml could not be read: "),
        ("[tool]\nvs_magic = 3\n", "[tool.vs_magic] in pyproject.toml: is no table"),
    ],
)
def test_a_wrong_pyproject_is_named(tmp_path, text, message):
    """The file, the key and the fix are in the message."""
    write(tmp_path, text)
    with pytest.raises(OptionError) as caught:
        from_pyproject(tmp_path)
    assert str(caught.value).startswith(message)


def test_a_wrong_variable_is_named():
    """The variable is in the message."""
    with pytest.raises(OptionError, match=r"^VS_MAGIC_K: --k takes a whole number, not 'many'$"):
        from_environment({"VS_MAGIC_K": "many"})


def test_a_clash_says_who_set_what(workdir, monkeypatch):
    """Where two options do not go together, the one that is not on the line is named."""
    monkeypatch.setenv("VS_MAGIC_THRESHOLD", "0.1")
    settings = Settings().resolve({"method": Method.DIRECT})
    with pytest.raises(OptionError, match=r"\(--threshold is set by VS_MAGIC_THRESHOLD\)$"):
        options_of(settings)


def test_what_is_set_is_set_whole_or_not_at_all(workdir):
    """One impossible value, or a clash, leaves the session as it was."""
    settings = Settings()
    for changes in ({"k": "7", "threshold": "2"}, {"method": "direct", "threshold": "0.1"}):
        with pytest.raises(OptionError, match="--threshold"):
            settings.set(changes)
    assert settings.session == {}


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("k=7 model=local/x", {"k": 7, "model": "local/x"}),
        ("k = 7", {"k": 7}),
        ("--k 7 -m vs-cot", {"k": 7, "method": Method.VS_COT}),
        ('system="Be brief." max-tokens=9', {"system": "Be brief.", "max_tokens": 9}),
        ("display=static", {"display": Display.STATIC}),
        (r'stop=END --stop "\n\n"', {"stop": ("END", "\n\n")}),
        ("fresh=off -k none", {"fresh": False, "k": None}),
    ],
)
def test_the_config_line_takes_both_spellings(line, changes):
    """`name=value` and flags mean the same."""
    found = read(COMMAND, line)
    assert {**found.options, **found.own} == changes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("treshold=1", "unknown option 'treshold': did you mean 'threshold'?"),
        ("--treshold 1", "unknown flag --treshold: did you mean --threshold?"),
        ("k=", "--k takes a value"),
        ("k=1 --k 2", "--k is given twice"),
        ("--out x", "--out belongs to one cell"),
        ("--quiet", "--quiet belongs to one cell"),
        ("k=1 --reset", "--reset forgets and sets nothing"),
        ("colour", "unknown option 'colour'"),
        ("–k 7", "–k is typed with an en dash: write -k, as in %vs_config -k 7"),
        ("--fresh=off", "--fresh takes no value, and '=off' follows it"),
        ("-x", "unknown flag -x: %vs_config --help lists them"),
    ],
)
def test_a_wrong_config_line_says_why(complaint, line, message):
    """The same care as for a cell's line."""
    assert complaint(f"%vs_config {line}").startswith(message)


def test_vs_config_shows_where_each_value_comes_from(run, monkeypatch):
    """A row an option: its value and its place."""
    monkeypatch.setenv("VS_MAGIC_N", "12")
    rows = dict(zip(("k", "n", "model"), run("%vs_config k n model").result.rows, strict=True))
    assert rows["k"] == ("k", "5", "default")
    assert rows["n"] == ("n", "12", "VS_MAGIC_N")
    assert rows["model"] == ("model", "simulated/aligned", "this session")
    everything = run("%vs_config").result
    assert [row[0] for row in everything.rows] == list(settable())
    assert "%vs_config k=7" in everything.note


def test_vs_config_sets_shows_and_resets(run):
    """What was set is shown, holds for the next cell, and goes away again."""
    run("n = 3")
    assert run("%vs_config k={{n}} --method direct").result.rows == (
        ("k", "3", "this session"),
        ("method", "direct", "this session"),
    )
    assert run("%vs -n 2 Roll a die.").result.attrs["options"]["method"] == "direct"
    run("%vs_config --reset method")
    assert run("%vs_config k method").result.rows[1] == ("method", "vs-standard", "default")
    run("%vs_config --reset")
    assert run("%vs_config k").result.rows == (("k", "5", "default"),)


def test_config_magic_and_traits_reach_the_same_settings(shell: InteractiveShell, run):
    """`%config VSMagics.k = 7` is `%vs_config k=7`, and reading a trait gives what holds."""
    run("%config VSMagics.k = 2")
    assert run("%vs_config k").result.rows == (("k", "2", "this session"),)
    assert len(run("%vs Roll a die.").result) == 2
    run("%vs_config method=vs-cot")
    assert run("%config VSMagics.method").result == "vs-cot"
    magics = shell.magics_manager.registry["VSMagics"]
    assert set(magics.trait_names(config=True)) == set(settable())


def test_config_magic_lists_every_option_with_its_help(run, capsys):
    """`%config VSMagics` is generated from `Options`."""
    run("%config VSMagics")
    shown = capsys.readouterr().out
    for name in settable():
        assert f"VSMagics.{name}=<" in shown
    assert "VSMagics.k=<Int>" in shown
    assert "candidates asked for in one call" in shown
    assert "Choices: auto, widget, static" in shown


def test_config_magic_refuses_what_cannot_be(run, capsys, caplog):
    """The message is the option's own, and nothing is set."""
    run("%config VSMagics.k = 0")
    assert "--k takes a whole number in [1, 1000], not 0" in caplog.text
    assert run("%vs_config k").result.rows == (("k", "5", "default"),)


def test_ipythons_configuration_counts(make_shell):
    """`c.VSMagics.k = 7` in ipython_config.py, and `--VSMagics.k=7` on its command line."""
    config = Config()
    config.VSMagics.k = 7
    shell = make_shell(config)
    shell.run_line_magic("load_ext", "vs_magic")
    assert shell.run_line_magic("vs_config", "k").rows == (("k", "7", "IPython's configuration"),)
    shell.run_line_magic("vs_config", "k=8")
    shell.run_line_magic("vs_config", "--reset")
    assert shell.run_line_magic("vs_config", "k").rows == (("k", "7", "IPython's configuration"),)


def test_a_wrong_ipython_configuration_is_one_line(make_shell, capsys):
    """`%load_ext` says which value cannot be, without a traceback, and loads nothing."""
    config = Config()
    config.VSMagics.k = 0
    shell = make_shell(config)
    result = shell.run_cell("%load_ext vs_magic")
    assert str(result.error_in_exec).startswith("IPython's configuration, c.VSMagics: --k takes")
    assert "Traceback" not in capsys.readouterr().out
    assert shell.find_line_magic("vs") is None
    assert "VSMagics" not in [type(c).__name__ for c in shell.configurables]


def test_a_wrong_variable_stops_the_cell_that_needs_it(complaint, run, monkeypatch):
    """The session goes on: a flag cannot hide it, but fixing the variable can."""
    monkeypatch.setenv("VS_MAGIC_TEMPERATURE", "hot")
    assert (
        complaint("%vs Roll a die.")
        == "VS_MAGIC_TEMPERATURE: --temperature takes a number, not 'hot'"
    )
    monkeypatch.setenv("VS_MAGIC_TEMPERATURE", "0.7")
    assert run("%vs Roll a die.").success
