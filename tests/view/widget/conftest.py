"""What the widget's tests share: scenes to show, and a comm that keeps what is sent over it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

sys.path.insert(0, str(Path(__file__).parents[3]))  # the scenes are the browser's too

from tests.browser import scenes
from vs_magic.view.widget import CandidateWidget, Shown


class Wire(BaseComm):
    """A comm without a kernel: what is published is kept, as the JSON that a browser would get."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        super().__init__(*args, **kwargs)

    def publish_msg(self, _: str, data: Any = None, *__: Any, **___: Any) -> None:
        """Keep a message."""
        self.sent.append(json.loads(json.dumps(data or {}, allow_nan=False)))


class Desk:
    """A widget with a wire, and the front end's end of it."""

    def __init__(self, shown: Shown, **more: Any) -> None:
        self.widget = CandidateWidget(shown, **more)
        self.wire: Wire = self.widget.comm
        self.number = 0

    def say(self, do: str, **details: Any) -> dict[str, Any]:
        """Send a message as the view does, and return the answer."""
        self.number += 1
        content = {"do": do, "n": f"test:{self.number}", **details}
        self.wire.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )
        answers = [m["content"] for m in self.wire.sent if m.get("method") == "custom"]
        return next((a for a in answers if a["n"] == content["n"]), {})

    def texts(self) -> list[str]:
        """Return the texts on display."""
        return [row["text"] for row in self.widget.rows]

    def wait(self, condition: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait until something holds that another thread brings about."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, f"did not come about; asking: {self.widget.asking}"
            time.sleep(0.005)

    def settled(self) -> None:
        """Wait until no ask is under way."""
        self.wait(lambda: self.widget.asking["state"] not in ("asking", "stopping"))


@pytest.fixture
def desk(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., Desk]]:
    """Make widgets that talk over a wire; close them afterwards; no message may have raised."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    made: list[Desk] = []

    def make(shown: Shown | None = None, **more: Any) -> Desk:
        made.append(Desk(shown or scenes.jokes(), **more))
        return made[-1]

    yield make
    for each in made:
        each.widget.close()
    assert "Exception in widget method" not in caplog.text
    assert "exception calling callback" not in caplog.text
