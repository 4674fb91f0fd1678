"""What every test shares: no keys from outside, a home of its own, and nothing skipped in CI."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from IPython.core.interactiveshell import InteractiveShell

MUST_RUN_IN_CI = ("browser", "kernel", "local_model")
_OURS = re.compile(r"^VS_MAGIC_(?!CACHE_DIR)|_API_KEY$|_API_BASE$|_BASE_URL$")


CACHE_OFF = ("VS_MAGIC_CACHE_MB", "0")
"""Who tests the cache switches it on."""


def pytest_configure() -> None:
    """Kernels and servers that serve a whole module begin before any test's own settings."""
    os.environ.__setitem__(*CACHE_OFF)
    _keep_to_one_core()
    slow = [HealthCheck.too_slow]
    settings.register_profile("calm", settings(), deadline=None, suppress_health_check=slow)
    settings.load_profile("calm")  # a busy machine is no failure


def _keep_to_one_core() -> None:
    """Give each of several test processes a core: a model's threads wait for each other on two."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with kernels or models come first: no long one is left when all others are done."""
    slow = {
        item.path
        for item in items
        if item.get_closest_marker("kernel") or item.get_closest_marker("local_model")
    }
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys, the model or the defaults of the person who runs it."""
    for name in list(os.environ):
        if _OURS.search(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv(*CACHE_OFF)


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current folder, away from this project's own pyproject.toml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reader(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """The shell of one who follows a page: in an empty folder, asking the simulated model."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir / "ipython"))
    monkeypatch.setenv("VS_MAGIC_MODEL", "simulated/aligned")
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    yield shell
    shell.run_line_magic("unload_ext", "vs_magic")
    InteractiveShell.clear_instance()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What is marked `untraced` runs at its own speed: coverage is not measured there.

    pytest-cov's own `no_cover` stops the tracing of every other thread for good: the loop that our
    calls run on would be missed by all tests that come after. And in a process of pytest-xdist it
    stops nothing in this one.
    """
    if item.get_closest_marker("untraced") is None:
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a skipped browser, kernel or local-model test is a failure: nothing hides there."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        kinds = [mark for mark in MUST_RUN_IN_CI if item.get_closest_marker(mark)]
        if kinds:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where {kinds[0]} tests must run: {report.longrepr}"
