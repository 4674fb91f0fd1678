"""Tab: flags, values, option names, `{{names}}`, on every line that is ours and no other."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter

from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.complete import suggest
from vs_magic.magics.flags import settable
from vs_magic.magics.vs import COMMAND
from vs_magic.verbalized.method import Method, Wording

KINDS = ("whole number", "number", "text", "texts", "no value", "choice")
METHODS = tuple(str(m) for m in Method)
VS_METHODS = tuple(name for name in METHODS if name.startswith("vs-"))


def tab(text: str, **names: object) -> tuple[str, ...] | None:
    """What Tab offers at the end of a cell."""
    found = suggest(text.split("\n"), names)
    return None if found is None else found.texts


@pytest.mark.parametrize(
    "start", ["%%vs ", "%vs ", "  %vs ", "df = %vs ", "%%vs jokes << ", "%vs -k 5 "]
)
def test_flags_are_offered_where_flags_go(start):
    """On both magics, after an assignment, after a binding, after other flags."""
    assert tab(start + "--thr") == ("--threshold",)
    assert "--method" in tab(start)


def test_every_flag_is_offered():
    """All of them, short forms too where one dash was typed."""
    assert tab("%%vs --") == tuple(flag.long for flag in COMMAND.flags)
    assert set(tab("%%vs -")) == {s for f in COMMAND.flags for s in f.spellings}


def test_a_flag_is_offered_once():
    """What stands on the line already is left out."""
    assert "--k" not in tab("%%vs -k 5 --")
    assert "--method" not in tab("%%vs --method=cot --")
    assert "--k" not in tab("%%vs -k5 --quiet --")


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%vs --method ", METHODS),
        ("%%vs -m vs-", VS_METHODS),
        ("%%vs --method=VS-M", ("vs-multi",)),
        ("%vs --probability ", tuple(str(w) for w in Wording)),
        ("%vs --format ", ("json", "lines")),
        ("%vs --display w", ("widget",)),
        ("%vs --model simulated/", ("simulated/aligned", "simulated/base")),
        ("%vs -k ", ()),
        ("%vs --out ", ()),
        ("%vs_config method=vs-c", ("vs-cot",)),
        ("%vs_config --method vs-c", ("vs-cot",)),
        ("%vs_config display=", ("auto", "widget", "static")),
        ("%vs_config mod", ("model=",)),
        ("%vs_config k=3 min", ("min_probability=", "min_p=")),
        ("%vs_config --res", ("--reset",)),
        ("%vs_config --reset mod", ("model",)),
        ("%vs_config fresh=", ("true", "false")),
        ("%vs --deb", ("--debug",)),
        ("%vs_compare --meth", ("--methods",)),
        ("%%vs_compare -m vs-c", ("vs-cot",)),
        ("%%vs_compare --methods direct,vs-s", ("direct,vs-standard",)),
        ("%vs_compare --methods a", ("all",)),
        ("%vs_compare --metrics entropy,distinct-a", ("entropy,distinct-answers",)),
        ("%vs_compare --judge simulated/b", ("simulated/base",)),
        ("%vs_compare --rubric j", ("joke",)),
        ("%vs_sweep --vary t", ("threshold", "temperature")),
        ("%vs_cache --cl", ("--clear",)),
        ("%vs_cache --clear --model simulated/b", ("simulated/base",)),
        ("%vs_record --s", ("--stop",)),
        ("%vs_record lesson.jsonl --s", ("--stop",)),
        ("%vs_cost -", ("-h", "--help")),
        ("%vs_models -", ("-h", "--help")),
        ("%vs_theory --which r", ("rare",)),
        ("%vs_theory --alph", ("--alpha",)),
    ],
)
def test_values_and_options_are_offered(text, offered):
    """What can follow, follows."""
    assert tab(text) == offered


def test_the_config_line_offers_every_option():
    """As `name=`, and as a flag."""
    assert tab("%vs_config ") == tuple(f"{name}=" for name in settable())
    assert set(tab("%vs_config --")) == {f.long for f in settable().values()} | {
        "--reset",
        "--trust",
        "--help",
    }


def test_variables_are_offered_in_braces():
    """In a flag's value, in a line's task, and in the lines of a cell."""
    names = {"topic": "tea", "times": 3, "rows": [1], "_t": "x"}
    for text in ("%%vs --system {{t", "%vs Tell {{ t", "%%vs\nTell me {{t", "%%vs -k 3\na\nb {{t"):
        assert tab(text, **names) == ("times", "topic")


@pytest.mark.parametrize(
    "text",
    [
        "%vs Name a colour --",
        "%vs -k 5 Name --",
        "%%vs\nname --",
        "%%vs\n",
        "%vsx --",
        "%%time --",
        "vs --",
        "print('%vs --",
        "x = {{t",
        "%%time\n{{t",
        "%vs -k 3 -- --",
        "%%vs",
    ],
)
def test_other_text_is_left_to_others(text):
    """A task, another magic, plain Python: IPython's own completion answers there."""
    assert tab(text, topic="tea") is None


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_every_entry_has_a_kind_and_a_description(command):
    """Flags, their values, options' names and variables say what they are."""
    starts = [f"%{command.name} -"] + [f"%{command.name} {f.long} " for f in command.flags]
    for start in starts:
        for entry in suggest([start], {}).entries:
            assert entry.kind in (*KINDS, "value")
            assert entry.help
    (found,) = suggest(["%vs {{top"], {"topic": "tea"}).entries
    assert (found.text, found.label) == ("topic", "variable\xa0·\xa0str")


def plain(label: str) -> str:
    """A label with ordinary spaces and hyphens."""
    return label.replace("\xa0", " ").replace("\u2011", "-")


def test_an_entry_says_what_it_takes(shell):
    """IPython's completer carries kind and description to the terminal and to the kernel."""
    with provisionalcompleter():
        (flag,) = shell.Completer.completions("%vs --thresh", 12)
        values = list(shell.Completer.completions("%vs --display ", 14))
    assert plain(flag.type) == "number · ask for the tail: each probability below T, in …"
    assert [plain(v.type) for v in values] == [
        "value · --display (the default)",
        *["value · --display"] * 2,
    ]
    assert not {" ", "-"} & set("".join(v.type for v in (flag, *values)))  # JupyterLab breaks there


def completions(shell, text: str) -> list[tuple[int, str]]:
    """What IPython's own completer gives: where it would be put, and what."""
    with provisionalcompleter():
        return [(c.start, c.text) for c in shell.Completer.completions(text, len(text))]


@pytest.mark.parametrize("jedi", [True, False])
@pytest.mark.parametrize(
    ("text", "at", "offered"),
    [
        ("%%vs --meth", 5, ["--method"]),
        ("%vs -m vs-", 7, list(VS_METHODS)),
        ("%vs --method=vs-m", 13, ["vs-multi"]),
        ("%vs --model simulated/al", 12, ["simulated/aligned"]),
        ("%%vs --method ", 14, list(METHODS)),
        ("%vs_config mod", 11, ["model="]),
        ("df = %vs --thr", 9, ["--threshold"]),
        ("%%vs\nTell me of {{topi", 18, ["topic"]),
    ],
)
def test_ipython_offers_ours_alone(shell, jedi, text, at, offered):
    """With jedi and without, in our order, replacing exactly what was typed."""
    shell.Completer.use_jedi = jedi
    shell.user_ns["topic"] = "tea"
    assert completions(shell, text) == [(at, one) for one in offered]


def test_the_old_interface_offers_the_same(shell):
    """`shell.complete`, which other front ends call."""
    with pytest.warns(PendingDeprecationWarning, match="Completer.complete"):
        assert shell.complete("", "%vs --meth", 10) == ("--meth", ["--method"])


def test_python_completion_goes_on(shell):
    """A line that is not ours gets what it always got."""
    shell.user_ns["unmistakable"] = 1
    assert "unmistakable" in [text for _, text in completions(shell, "unmist")]


def test_completion_is_gone_after_unloading(shell):
    """Nothing of ours is offered any more."""
    shell.run_line_magic("unload_ext", "vs_magic")
    assert "--method" not in [text for _, text in completions(shell, "%%vs --meth")]
