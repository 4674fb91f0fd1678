"""`%load_ext` is quick and adds little; `%unload_ext` leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import pytest

HEAVY = (
    *("litellm", "torch", "sentence_transformers", "altair", "anywidget", "ipywidgets", "pandas"),
    *("numpy", "onnxruntime", "xllamacpp", "vs_magic.sampling.api", "vs_magic.llm.models"),
)
BUDGET_S = 0.15


def in_a_fresh_shell(code: str) -> str:
    """Run code in a new process, in an InteractiveShell named `ip` that has no extension yet."""
    start = "from IPython.core.interactiveshell import InteractiveShell\nip = InteractiveShell()\n"
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_loading_imports_nothing_heavy(workdir, monkeypatch):
    """No model client, no data frames, no charts: they come with the first cell."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir))
    loaded = in_a_fresh_shell(
        f"""
        import sys
        ip.run_line_magic("load_ext", "vs_magic")
        ip.run_cell("%vs_config k=3")
        print([name for name in {HEAVY!r} if name in sys.modules])
        """
    )
    assert loaded.splitlines()[-1] == "[]"


def test_reading_a_line_imports_nothing_heavy(workdir, monkeypatch):
    """Help, a misread line and completion wait for no model client and no data frame."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir))
    loaded = in_a_fresh_shell(
        f"""
        import sys
        from vs_magic.magics.complete import suggest
        ip.run_line_magic("load_ext", "vs_magic")
        for name in ("vs", "vs_compare", "vs_sweep", "vs_theory", "vs_cache", "vs_record"):
            ip.run_cell(f"%{{name}} --help")
            ip.run_cell(f"%{{name}} –n 3 Name a colour.")
            assert suggest([f"%{{name}} --"], {{}}).texts
        print([name for name in {HEAVY!r} if name in sys.modules])
        """
    )
    assert loaded.splitlines()[-1] == "[]"


def test_loading_is_quick(workdir, monkeypatch):
    """Under 0.15 s of work, the least of three fresh processes, for the machine may be busy."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir))
    code = """
        import time
        began = time.process_time()
        ip.run_line_magic("load_ext", "vs_magic")
        print(time.process_time() - began)
    """
    assert min(float(in_a_fresh_shell(code)) for _ in range(3)) < BUDGET_S


def state(shell) -> dict[str, object]:
    """All that an extension could change in a shell."""
    manager = shell.magics_manager
    return {
        "line": dict(manager.magics["line"]),
        "cell": dict(manager.magics["cell"]),
        "registry": dict(manager.registry),
        "configurables": list(shell.configurables),
        "matchers": list(shell.Completer.custom_matchers),
        "transformers": list(shell.input_transformers_cleanup),
        "tokens": list(shell.input_transformer_manager.token_transformers),
        "post": list(shell.input_transformers_post),
        "events": {name: list(calls) for name, calls in shell.events.callbacks.items()},
        "names": set(shell.user_ns) - {"_dh", "_i", "_ii", "_iii"},
        "hidden": set(shell.user_ns_hidden),
        "config": shell.config.copy(),
        "formatters": dict(shell.display_formatter.formatters["text/html"].type_printers),
        "extensions": set(shell.extension_manager.loaded),
    }


def test_unloading_leaves_nothing_behind(bare):
    """Magics, settings, completion, hooks and our own variables are gone; the user's stay."""
    threads = {t.name for t in threading.enumerate()}
    bare.run_line_magic("unload_ext", "none")  # IPython loads its own magics when they are used
    before = state(bare)
    bare.run_line_magic("load_ext", "vs_magic")
    bare.run_cell("%vs_config model=simulated/aligned", silent=True)
    bare.run_cell("%vs -k 2 --quiet Roll a die.", silent=True)
    bare.run_cell("%%vs mine << -k 2 --quiet\nRoll a die.", silent=True)
    assert state(bare) != before
    bare.run_line_magic("unload_ext", "vs_magic")
    after = state(bare)
    assert after.pop("names") - before.pop("names") == {"mine"}
    assert after == before
    assert {t.name for t in threading.enumerate()} - threads <= {"vs_magic-loop"}


def test_what_the_user_put_there_stays(shell, run):
    """A `_vs` that is no longer ours is not taken away."""
    run("%vs -k 2 --quiet Roll a die.")
    shell.user_ns["_vs"] = "mine"
    run("%unload_ext vs_magic")
    assert shell.user_ns["_vs"] == "mine"


def test_another_extensions_magic_stays(shell, run):
    """A `%vs` that someone else registered since is theirs."""
    shell.register_magic_function(lambda _: "theirs", "line", "vs")
    run("%unload_ext vs_magic")
    assert run("%vs").result == "theirs"
    assert shell.find_cell_magic("vs") is None


def test_it_can_be_loaded_again(shell, run):
    """Unload, load, reload: it works, and the session's settings start afresh."""
    run("%unload_ext vs_magic")
    run("%load_ext vs_magic")
    assert run("%vs_config model").result.rows == (("model", "–", "default"),)
    run("%reload_ext vs_magic")
    assert len(run("%vs -k 2 --model simulated/aligned Roll a die.").result) == 2


def test_loading_twice_adds_nothing(shell, run, capsys):
    """The second time says so, and the settings stay."""
    from vs_magic.magics import load

    before = state(shell)
    run("%load_ext vs_magic")
    assert "already loaded" in capsys.readouterr().out
    load(shell)
    assert state(shell)["matchers"] == before["matchers"]
    assert run("%vs_config model").result.rows[0][1] == "simulated/aligned"


def test_unloading_twice_does_no_harm(shell):
    """Nothing to take back is fine."""
    from vs_magic.magics import unload

    unload(shell)
    unload(shell)
    assert shell.find_line_magic("vs") is None


@pytest.mark.parametrize("name", ["vs", "vs_config", "vs_models"])
def test_the_magics_are_listed(shell, name):
    """`%lsmagic` knows them."""
    assert name in shell.magics_manager.lsmagic()["line"]
