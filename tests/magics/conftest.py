"""A real InteractiveShell for each test, with a home and a folder of its own."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config

from vs_magic.llm.session import CACHE_LIMIT, Session, current
from vs_magic.testing import Endpoint


@pytest.fixture
def make_shell(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., InteractiveShell]]:
    """Make shells that know nothing of the person who runs the tests, with a configuration."""
    home = workdir / "ipython"
    monkeypatch.setenv("IPYTHONDIR", str(home))
    made = []

    def make(config: Config | None = None) -> InteractiveShell:
        config = config or Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        profile = ProfileDir.create_profile_dir(str(home / f"profile_{len(made)}"))
        shell = InteractiveShell(config=config, profile_dir=profile, ipython_dir=str(home))
        made.append(shell)
        return shell

    yield make
    for shell in made:
        atexit.unregister(shell.atexit_operations)


@pytest.fixture
def bare(make_shell: Callable[..., InteractiveShell]) -> InteractiveShell:
    """A shell without the extension."""
    return make_shell()


@pytest.fixture
def shell(bare: InteractiveShell) -> InteractiveShell:
    """A shell with the extension loaded, that asks the simulated model."""
    bare.run_line_magic("load_ext", "vs_magic")
    bare.run_line_magic("vs_config", "model=simulated/aligned")
    return bare


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[[str], ExecutionResult]:
    """Run a cell as a person would."""

    def run_cell(code: str) -> ExecutionResult:
        return shell.run_cell(code, store_history=True)

    return run_cell


@pytest.fixture
def complaint(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Run a cell that must fail as a UsageError does: one line on stderr, no traceback."""

    def run_cell(code: str) -> str:
        capsys.readouterr()
        result = shell.run_cell(code, store_history=True)
        error = result.error_in_exec
        assert type(error) is UsageError, f"{error!r}"
        shown = capsys.readouterr()
        assert shown.err == f"UsageError: {error}\n"
        assert "\n" not in str(error)
        assert "Traceback" not in shown.out
        return str(error)

    return run_cell


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Endpoint]:
    """Start a loopback endpoint, and lead LiteLLM's `openai/` models there."""
    started = []

    def start(*args: object) -> Endpoint:
        served = Endpoint(*args)  # type: ignore[arg-type]
        served.__enter__()
        started.append(served)
        for name, value in served.env().items():
            monkeypatch.setenv(name, value)
        return served

    yield start  # type: ignore[misc]
    for served in started:
        served.__exit__(None, None, None)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """The session of this process, with a cache of this test's own, and nothing spent."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv(CACHE_LIMIT, raising=False)
    own = current()
    own.__init__()  # type: ignore[misc]
    yield own
    own.close()
    own.__init__()  # type: ignore[misc]
