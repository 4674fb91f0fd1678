"""`%vs_cache`, `%vs_record` and `%vs_cost` in a real shell, on calls that an endpoint answered."""

from __future__ import annotations

import asyncio
import re
import sqlite3

import numpy as np
import pytest

from vs_magic.llm.request import Model, Request
from vs_magic.llm.session import CACHE_LIMIT
from vs_magic.llm.trust import bundle
from vs_magic.metrics._embed_cache import Cache as Embeddings
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.prompt import Message
from vs_magic.verbalized.shape import Shape

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def say(run, capsys):
    """Run a line; return what it shows."""

    def run_line(line):
        capsys.readouterr()
        result = run(line)
        assert result.success, result.error_in_exec
        return capsys.readouterr().out

    return run_line


def ask(session, model="gpt-4.1", call=1, text="Ohio", **wrapping):
    """Ask once through the session, a scripted model behind it."""
    scripted = ScriptedModel(lambda _: text)
    door = session.wrap(Model(name=model, complete=scripted, estimate=lambda _: 0.0), **wrapping)
    request = Request(
        model=model,
        messages=(Message(role="user", content="Name a US state."),),
        shape=Shape(method=Method.DIRECT),
        call=call,
    )
    return asyncio.run(door.complete(request))


# --- %vs_cache ----------------------------------------------------------------------------------


def test_the_cache_says_where_it_is_and_how_full(say, session, tmp_path):
    """Folders, replies, embeddings, sizes and limit are shown, and how to set the limit."""
    for number in (1, 2, 3):
        ask(session, call=number)
    Embeddings.of_user().put("m", {"a text": np.eye(1, 8, dtype=np.float32)[0]})
    shown = say("%vs_cache")
    for kind in ("replies", "embeddings"):
        assert str(tmp_path / "cache" / kind) in re.sub(r"\s", "", shown)
    assert re.search(r"replies +3\nsize +0\.1 MB\n", shown)
    assert re.search(r"embeddings +1\nsize +0\.1 MB\n", shown)
    assert "256.0 MB (VS_MAGIC_CACHE_MB sets another; 0 switches it off)" in " ".join(shown.split())
    assert "trouble" not in shown


def test_clearing_says_what_was_forgotten(say, session):
    """One model's replies go, or all; the next call is asked again."""
    for model, number in (("a", 1), ("a", 2), ("b", 1)):
        ask(session, model, number)
    assert say("%vs_cache --clear --model a") == "forgot 2 replies of a\n"
    assert ask(session, "b").cached
    assert say("%vs_cache --clear") == "forgot 1 reply\n"
    assert not ask(session, "b").cached
    Embeddings.of_user().put("m", {"a text": np.eye(1, 8, dtype=np.float32)[0]})
    assert say("%vs_cache --clear --model m") == "forgot 0 replies of m\n"
    assert say("%vs_cache --clear") == "forgot 1 reply and 1 embedding\n"
    assert Embeddings.of_user().get("m", ["a text"]) == {}


def test_clearing_removes_what_an_earlier_version_kept(say, session, tmp_path):
    """Caches of diskcache are not read, and go with --clear; what is not ours stays."""
    for folder in (tmp_path / "cache" / "replies", tmp_path / "cache" / "embeddings"):
        folder.mkdir(parents=True)
        with sqlite3.connect(folder / "cache.db") as database:
            database.execute("CREATE TABLE Settings (key TEXT, value)")
            database.execute("CREATE TABLE Cache (key TEXT, filename TEXT, value BLOB)")
            database.execute("INSERT INTO Cache VALUES ('k', 'mine.txt', 'v')")
        database.close()
        for name in ("mine.txt", "cache.db-wal"):
            (folder / name).write_text("")
    assert not ask(session).cached
    assert (
        say("%vs_cache --clear") == "forgot 1 reply; what an earlier version had kept is removed\n"
    )
    for folder in (tmp_path / "cache" / "replies", tmp_path / "cache" / "embeddings"):
        assert [p.name for p in folder.iterdir() if p.name[:8] != "store.db"] == ["mine.txt"]
    assert say("%vs_cache --clear") == "forgot 0 replies\n"


def test_an_export_replays(say, session, tmp_path):
    """What is cached becomes a bundle that answers the same calls."""
    for number in (1, 2):
        ask(session, call=number, text=f"state {number}")
    path = tmp_path / "my lesson.jsonl"
    shown = say(f'%vs_cache --export "{path}"')
    assert shown == f"wrote 2 calls to {path}; %%vs --replay {path} answers from it\n"
    assert [r.text for r in bundle.read(path).calls.values()] == ["state 1", "state 2"]


def test_a_broken_cache_is_shown_as_broken_and_mended(say, session, tmp_path):
    """A corrupted database is set aside and told of with the way out, and --clear is it."""
    folder = tmp_path / "cache" / "replies"
    folder.mkdir(parents=True)
    (folder / "store.db").write_bytes(b"not a database " * 1000)
    for _ in range(2):
        shown = " ".join(say("%vs_cache").split())
        assert "a damaged file is set aside as store.db.broken, and %vs_cache --clear" in shown
        ask(session)
    assert ask(session).cached
    assert say("%vs_cache --clear") == "forgot 1 reply\n"
    assert "trouble" not in say("%vs_cache")
    assert not (folder / "store.db.broken").exists()


def test_a_cache_of_a_newer_version_is_left_alone(say, session, complaint, tmp_path):
    """What a newer vs_magic keeps is neither read nor cleared, and both are told."""
    ask(session)
    session.close()
    path = tmp_path / "cache" / "replies" / "store.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    before = path.read_bytes()
    assert not ask(session).cached
    assert "of a newer vs_magic (version 2; this one reads 1)" in " ".join(say("%vs_cache").split())
    assert complaint("%vs_cache --clear").startswith("the cache could not be cleared: store.db is")
    assert path.read_bytes() == before
    assert len(session.notices.take()) == 1, "it is told once"


def test_a_cache_that_is_off_says_so(say, monkeypatch):
    """Where nothing is cached, the magic says why."""
    monkeypatch.setenv(CACHE_LIMIT, "0")
    assert "off: VS_MAGIC_CACHE_MB is 0" in say("%vs_cache")
    assert say("%vs_cache --clear") == "the cache is off: nothing to clear\n"


# --- %vs_record ---------------------------------------------------------------------------------


def test_a_recording_is_begun_told_of_and_ended(say, session, tmp_path):
    """Begin, look, end, continue: each says in one line how things stand."""
    path = tmp_path / "lesson.jsonl"
    assert say("%vs_record") == "nothing is recorded; %vs_record FILE begins\n"
    assert say(f"%vs_record {path}") == f"calls are recorded to {path} from now on\n"
    ask(session)
    ask(session)
    assert say("%vs_record") == f"{path} is being written, and holds 1 call\n"
    assert say("%vs_record --stop") == f"{path} holds 1 call\n"
    ask(session, call=2)
    assert len(bundle.read(path).calls) == 1
    assert say(f"%vs_record {path}").endswith("from now on; it holds 1 call already\n")


def test_a_file_may_be_named_by_a_variable(say, shell, session, tmp_path):
    """`{{name}}` works here as in a task."""
    shell.user_ns["where"] = str(tmp_path / "lesson.jsonl")
    say("%vs_record {{where}}")
    ask(session)
    say("%vs_record --stop")
    assert len(bundle.read(shell.user_ns["where"]).calls) == 1


# --- %vs_cost -----------------------------------------------------------------------------------


def test_costs_are_listed_by_model(say, session, endpoint):
    """One line a model and one for all: calls, cached, failed, tokens, cost, what was saved."""
    from vs_magic.llm import loop

    endpoint()
    for name, number in (("gpt-4.1-mini", 1), ("gpt-4.1-mini", 1), ("openai/loopback", 1)):
        request = Request(
            model=name,
            messages=(Message(role="user", content="A state."),),
            shape=Shape(method=Method.DIRECT),
            call=number,
        )
        loop.run(session.open(name)[0].complete(request))
    say("%vs_config budget=2")
    shown = [re.split(r"\s{2,}", line) for line in say("%vs_cost").splitlines() if line]
    heads, first, second, total, note = shown[-5:]
    assert heads == [
        *("model", "calls", "cached", "failed", "tokens in", "tokens out", "cost", "saved")
    ]
    price = first[6]
    assert float(price.removeprefix("$")) > 0
    assert first == ["gpt-4.1-mini", "2", "1", "0", first[4], first[5], price, price]
    assert second == ["openai/loopback", "1", "0", "0", first[4], first[5], "unknown", "$0.00"]
    assert total[:4] == ["total", "3", "1", "0"]
    assert total[6:] == [f"{price} + unknown", price]
    assert note[0].startswith("No price is known for 1 reply: the sum is short of that.")
    assert note[0].endswith(f"The session's budget is $2.00; {price} of it is spent.")


def test_a_session_that_asked_nothing_says_so(say):
    """Before the first call there is nothing to list."""
    assert "Nothing was asked in this session." in say("%vs_cost")


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%vs_cache --claer", "unknown flag --claer: did you mean --clear?"),
        ("%vs_cache --zzz", "unknown flag --zzz: %vs_cache --help lists them"),
        ("%vs_cache now", "%vs_cache takes flags only, and 'now' is one word too many"),
        ("%vs_cache --clear --clear", "--clear is given twice: leave one out"),
        ("%vs_cache --clear=yes", "--clear takes no value"),
        ("%vs_cache --model a", "--model goes with --clear: it names the model whose replies go"),
        ("%vs_cache --clear --model", "--model takes a value (NAME), and none was given"),
        ("%vs_cache --model --clear", "--model takes a value (NAME), and none was given"),
        ("%vs_cache --clear --export x", "--clear and --export are two things: export first"),
        ("%vs_cache --export x.jsonl", "nothing is cached: there is nothing to export"),
        ("%vs_record a b", "%vs_record takes one file, and 'b' is one word too many"),
        ("%vs_record --stop a", "--stop ends a recording and a file begins one: leave one out"),
        ('%vs_record "a', "the quote that opens the value of FILE is never closed"),
        ("%vs_record none/a.jsonl", "cannot record to 'none/a.jsonl': No such file or directory"),
        ("%vs_record {{nowhere}}", "{{nowhere}} names a variable that is not defined"),
        ("%vs_cost everything", "%vs_cost takes flags only, and 'everything' is one word too"),
    ],
)
def test_bad_input_gets_one_line_that_says_what_to_do(complaint, line, says):
    """A flag, a word or a file that cannot be is named, and nothing happens."""
    assert complaint(line).startswith(says)


def test_an_export_that_cannot_be_written_is_refused(complaint, session):
    """A bundle that cannot be written is an error that names the file."""
    ask(session)
    assert complaint("%vs_cache --export none/x.jsonl").startswith(
        "cannot write the bundle 'none/x.jsonl': No such file or directory"
    )


def test_an_export_writes_over_no_file(complaint, session, tmp_path):
    """A file that is there stays as it is, and the message says so."""
    ask(session)
    (tmp_path / "notes.txt").write_text("my notes")
    said = complaint(f"%vs_cache --export {tmp_path / 'notes.txt'}")
    assert said.endswith(
        "it is there already, and was left alone: name another file, or remove it first"
    )
    assert (tmp_path / "notes.txt").read_text() == "my notes"


def test_a_wrong_limit_is_named(complaint, monkeypatch):
    """A misspelt limit in the environment is told by the magic, too."""
    monkeypatch.setenv(CACHE_LIMIT, "lots")
    assert complaint("%vs_cache").startswith("VS_MAGIC_CACHE_MB takes a number of megabytes")


@pytest.mark.parametrize("magic", ["vs_cache", "vs_record", "vs_cost"])
def test_help_is_the_docstring(say, shell, magic):
    """`--help` prints what `?` shows."""
    shown = say(f"%{magic} --help")
    assert shown.strip() == shell.find_line_magic(magic).__doc__.strip()


def test_a_models_name_is_shown_as_text(say, session):
    """Control sequences in a name are shown, not executed."""
    ask(session, model="evil\x1b[2J")
    assert "\x1b" not in say("%vs_cost")
    assert "\x1b" not in say("%vs_cache --clear --model 'evil\x1b[2J'")
