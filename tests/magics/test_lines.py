"""How a line is read is the same for every magic; and on a misread line nothing is sent."""

from __future__ import annotations

import json
import re

import pytest

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.flags import HELP, Flag
from vs_magic.magics.reader import read
from vs_magic.magics.scan import DASHES

each_magic = pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
each_that_asks = pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.takes is Takes.TASK], ids=lambda c: c.name
)

START = {"vs_compare": "-n 2 -m direct,sequence ", "vs_sweep": "-n 2 --vary k --values 1,2 "}
"""What a magic needs on its line to be able to ask."""


@pytest.fixture
def served(endpoint, run):
    """An endpoint that answers whatever is sent; it is what every cell would ask."""
    started = endpoint(lambda _: "Red.")
    run("%vs_config model=openai/loopback")
    return started


def value(flag: Flag) -> str:
    """A value that a flag takes."""
    if flag.choices:
        return flag.choices[0]
    return {int: "3", float: "0.5", str: "word", tuple: "word"}[flag.kind]


def written(flag: Flag, spelling: str, between: str = " ") -> str:
    """A flag as people write it, with a value where it takes one."""
    return spelling + (between + value(flag) if flag.takes_value else "")


def spellings(command: Command) -> list[tuple[Flag, str]]:
    """Every spelling of every flag, but of those that show something in place of all else."""
    return [(f, s) for f in command.flags if f is not HELP for s in f.spellings]


# --- the words of a line, for every flag of every magic ------------------------------------------


@each_magic
def test_a_flag_is_read_in_every_usual_way(command):
    """With a space and with `=`, by each spelling: the same value; a switch takes none."""
    end = " Name a colour." if command.takes is Takes.TASK else ""
    for flag, spelling in spellings(command):
        line = read(command, written(flag, spelling) + end)
        found = {**line.options, **line.own}
        assert list(found) == [flag.name]
        if flag.takes_value:
            assert read(command, written(flag, spelling, "=") + end) == line
        else:
            with pytest.raises(OptionError, match=f"{flag.long} takes no value, and '=yes"):
                read(command, f"{spelling}=yes{end}")


@each_magic
def test_a_typographic_dash_makes_no_flag_and_no_task(command):
    """Whatever dash an editor made of it: refused, with the line as it is to be written."""
    for flag in command.flags:
        for dash in DASHES.replace("-", ""):
            word = written(flag, dash + flag.long.lstrip("-"), "=")
            with pytest.raises(OptionError, match="is typed with an? .*: write -") as caught:
                read(command, f"{word} Name a colour.")
            right = str(caught.value).partition("as in ")[2]
            assert right.startswith(f"%{command.name} -")
            assert right.endswith(" Name a colour.")
            assert not set(DASHES[1:]) & set(right)


@each_that_asks
def test_a_flag_inside_the_task_is_refused_with_the_line_put_right(command):
    """By each spelling, with and without `=`, with typographic dashes too."""
    for flag, spelling in spellings(command):
        for word in (
            written(flag, spelling),
            written(flag, spelling, "="),
            written(flag, "—" + spelling.lstrip("-")),
        ):
            start = START.get(command.name, "-n 2 ")
            if flag.name in read(command, start + "x").own or flag.name in ("n", "k"):
                start = ""
            with pytest.raises(OptionError, match="stands inside the task: flags go be") as caught:
                read(command, f"{start}Name a {word} colour.")
            right = str(caught.value).partition(f"as in %{command.name} ")[2]
            right = right.removesuffix(" (-- before the task sends it as typed)")
            line = read(command, right)
            assert line.task == "Name a colour."
            assert flag.name in {**line.options, **line.own}
            inside = f"Name a {word} colour."
            assert read(command, f"{start}-- {inside}").task == inside


@each_magic
def test_no_word_with_a_dash_passes_for_something_else(command):
    """Before a task, each is a flag or an error: unknown, misspelt, a lone dash, a number."""
    for word in ("--zebra", "-z", "-5", "-", "—", "–zebra", "---", "--zebra=3", "-—-"):
        with pytest.raises(OptionError, match="^unknown flag") as caught:
            read(command, f"{word} Name a colour.")
        if command.takes is Takes.TASK:
            assert f"as in %{command.name} -- {word} Name a colour." in str(caught.value)
            assert read(command, f"-- {word} Name").task == f"{word} Name"


@each_magic
def test_a_value_is_never_taken_from_the_next_flag(command):
    """A flag without its value says so, whatever dashes the next word has; numbers may have one."""
    for flag in command.flags:
        if not flag.takes_value:
            continue
        for follows in ("--help", "–help", "--zebra", "--", "—"):
            with pytest.raises(OptionError, match=rf"{flag.long} takes a value \("):
                read(command, f"{flag.long} {follows} Name a colour.")
        if flag.kind in (int, float):
            text = f"{flag.long} -3" + (" Name" if command.takes is Takes.TASK else "")
            line = read(command, text)
            assert {**line.options, **line.own} == {flag.name: -3}


def test_a_repeatable_flag_collects_its_values():
    """In order, as a tuple; one that is not is refused the second time."""
    label = Flag(name="label", help="a name for it", metavar="TEXT", kind=tuple)
    once = Flag(name="once", help="said once", metavar="TEXT")
    command = Command(
        name="x", intro="X.\n", run=lambda *_: None, flags=(label, once), takes=Takes.TASK
    )
    line = read(command, '--label a --once=b --label="c d" Go.')
    assert line.own == {"label": ("a", "c d"), "once": "b"}
    with pytest.raises(OptionError, match="--once is given twice: leave one out"):
        read(command, "--once a --once b Go.")


@each_magic
def test_a_flag_of_another_magic_is_told_from_the_task(command):
    """What `%vs` has and a study has not is refused wherever it stands, with what to do instead."""
    for flag, why in command.elsewhere.items():
        for line in (flag, f"{flag}=x", f"Name a colour. {flag} x", f"Name it. —{flag[2:]} x"):
            if command.takes is not Takes.TASK and " " in line:
                continue
            with pytest.raises(OptionError, match=rf"^\S+ {re.escape(why)}$"):
                read(command, line)


# --- in a real shell, with an endpoint that counts ----------------------------------------------


@each_that_asks
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("–n 30 --dry-run Name a colour.", "–n is typed with an en dash: write -n, as in %{} -n"),
        ("--zebra Name a colour.", "unknown flag --zebra: %{} --help lists them"),
        ("-temperature 1 Name a colour.", "did you mean --temperature (two dashes)?"),
        ("Name a colour. --dry-run", "as in %{} --dry-run Name a colour."),
        ("Name a colour. —dry-run", "as in %{} --dry-run Name a colour."),
        (
            "Name a colour. --model openai/loopback --dry-run",
            "go before it, as in %{} --model openai/loopback --dry-run Name a colour.",
        ),
        ("--seed --dry-run Name a colour.", "--seed takes a value (SEED), and none was given"),
        ("--system --zebra Name a colour.", "--system takes a value (TEXT), and --zebra is typed"),
        ("-5 degrees: how cold is it.", "as in %{} -- -5 degrees: how cold is it."),
    ],
)
def test_nothing_is_sent_on_a_misread_line(complaint, served, command, line, says):
    """One line says what to write; the endpoint has seen no request, the session no call."""
    assert says.format(command.name) in complaint(f"%{command.name} {line}")
    assert served.requests == []


@each_that_asks
@pytest.mark.parametrize("flag", ["–n 3", "--zebra", "-temperature 1", "Name it. --dry-run"])
def test_nothing_is_sent_on_a_misread_line_over_a_cell(complaint, served, command, flag):
    """The line of `%%` has the same reader; no example puts a task behind it."""
    said = complaint(f"%%{command.name} {flag}\nName a colour.")
    assert f"%%{command.name} --" not in said.replace(f"%%{command.name} --help", "")
    assert served.requests == []


@each_that_asks
def test_a_line_put_right_shows_what_would_be_sent(run, served, capsys, command):
    """`--flag=value` is read, and `--dry-run` before the task sends nothing."""
    start = START.get(command.name, "")
    assert run(f"%{command.name} {start}--seed=3 --dry-run Name a colour.").success
    assert "Dry run: nothing was sent." in capsys.readouterr().out
    assert served.requests == []


@each_that_asks
def test_two_dashes_send_the_rest_as_typed(shell, served, command):
    """A task that names flags, or begins with a dash, is asked for after `--`."""
    task = "— Say what --model x and -k 5 mean."
    shell.run_cell(f"%{command.name} {START.get(command.name, '')}-- {task}")
    assert served.requests
    assert all(task in json.dumps(r.body, ensure_ascii=False) for r in served.requests)


@each_magic
def test_magics_that_ask_nobody_read_their_lines_alike(complaint, served, command):
    """Typographic dashes, unknown flags, words behind `--`: an error, and nothing is done."""
    assert "is typed with an em dash: write --help" in complaint(f"%{command.name} —help")
    assert f"%{command.name} --help lists them" in complaint(f"%{command.name} --qqq")
    if command.takes is Takes.NOTHING:
        said = complaint(f"%{command.name} -- --help")
        assert "takes flags only, and '--help' is one word too many" in said
    assert served.requests == []


@each_magic
def test_help_holds_the_whole_description(run, shell, capsys, command):
    """Every spelling, help text and example; `?` shows the same; no line is too wide."""
    assert run(f"%{command.name} --help").success
    shown = capsys.readouterr().out
    assert shown.startswith(command.summary)
    assert shell.find_line_magic(command.name).__doc__.strip() == shown.strip()
    told = " ".join(shown.split())
    for flag in command.flags:
        assert ", ".join(flag.spellings) in told
        assert flag.help in told
    for line in command.examples.split("\n"):
        assert line in shown
    assert max(map(len, shown.splitlines())) <= 100
