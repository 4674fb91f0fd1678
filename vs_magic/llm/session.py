"""What surrounds every call of a session: cache, budget, ledger, record and replay, log.

`connect` gives a model; a session wraps its client and changes nothing else about it:

    logged( counted( noticed( caching( recording( budgeted( the model's own client ))))))

So a reply from the cache costs no budget, what is recorded is what came from the model, and the
ledger sees every call once. Under a replay the model is not even connected: no key is needed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vs_magic.errors import OptionError, VSError
from vs_magic.files import cache_dir, expanded
from vs_magic.llm import models
from vs_magic.llm.hosted import keys, names
from vs_magic.llm.hosted.providers import PROVIDERS
from vs_magic.llm.models import LOCAL, SIMULATED
from vs_magic.llm.request import Complete, Model, OnText, Reply, Request
from vs_magic.llm.trust.budget import PER_SESSION, Budget, budgeted
from vs_magic.llm.trust.bundle import Bundle, Recorder, read
from vs_magic.llm.trust.cache import Cache, caching
from vs_magic.llm.trust.estimates import Experience
from vs_magic.llm.trust.ledger import Ledger, counted
from vs_magic.llm.trust.log import logged
from vs_magic.llm.trust.notices import Notices
from vs_magic.llm.trust.replay import recording, replaying
from vs_magic.llm.trust.secrets import secrets_in
from vs_magic.verbalized.method import Format
from vs_magic.view.words import not_sent

CACHE_LIMIT = "VS_MAGIC_CACHE_MB"
DEFAULT_LIMIT_MB = 256.0
FOLDER = "replies"


class Session:
    """The surroundings of the calls of one process.

    Attributes
    ----------
    ledger
        What was asked and spent, by model.
    budget
        The session's limit: set its `limit_usd`.
    notices
        Lines for people, to be shown once the calls are over.
    recorder
        Where calls are recorded, if anywhere.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.budget = Budget(name=PER_SESSION)
        self.notices = Notices()
        self.recorder: Recorder | None = None
        self._experience = Experience()
        self._caches: dict[tuple[Path, int], Cache] = {}
        self._bundles: dict[str, tuple[tuple[int, int], Bundle]] = {}
        self._lock = threading.Lock()

    def open(
        self,
        name: str | None = None,
        *,
        fresh: bool = False,
        replay: str | None = None,
        budget: Budget | None = None,
    ) -> tuple[Model, str]:
        """Choose, connect and wrap a model; return it, and why it was taken, in plain words.

        Nothing is sent. `fresh`, `cached` and `budget` are as in `wrap`; with `replay`, a bundle
        answers: no model is connected then, and nothing is ever sent.

        Raises
        ------
        OptionError
            No such model, or a bundle that cannot be read.
        ModelError
            A key or weights are missing.
        """
        if replay:
            return self._replayed(name, replay)
        choice = models.choose(name)
        model = models.connect(choice.name)
        return self.wrap(model, fresh=fresh, budget=budget), choice.reason

    def wrap(
        self,
        model: Model,
        *,
        fresh: bool = False,
        cached: bool = True,
        budget: Budget | None = None,
    ) -> Model:
        """Return a connected model with everything of this session around its client.

        `fresh` asks anew, whatever the cache holds; `budget` is a limit beside the session's.
        Replies are `cached` where a name says what answers: a model that a caller made up may be
        another one tomorrow.
        """
        budgets = [self.budget] if budget is None else [budget, self.budget]
        client = budgeted(model.complete, budgets, model.estimate, self._experience)
        if self.recorder is not None:
            client = recording(client, self.recorder)
        cache = self.cache() if cached and not model.name.startswith(SIMULATED) else None
        if cache is not None:
            source = _source(model.name)
            client = caching(client, cache, fresh=fresh, source=source, on_hit=self._hit)
        client = self._noticed(client, leaves=not model.name.startswith((SIMULATED, LOCAL)))
        return replace(model, complete=logged(counted(client, self.ledger)))

    def cache(self) -> Cache | None:
        """Return the cache that the environment asks for; None where its limit is 0.

        Raises
        ------
        OptionError
            VS_MAGIC_CACHE_MB is no number.
        """
        limit = _cache_limit()
        if not limit:
            return None
        folder = cache_dir() / FOLDER
        with self._lock:
            if (folder, limit) not in self._caches:
                self._caches[folder, limit] = Cache(folder, limit=limit, notices=self.notices)
            return self._caches[folder, limit]

    def record(self, path: str) -> Recorder:
        """Record the calls of the cells that follow; one recording at a time.

        Raises
        ------
        OptionError
            A recording is under way, or the file cannot be written.
        """
        if self.recorder is not None:
            raise OptionError(
                f"calls are recorded to {self.recorder.path} already: end that first with "
                "%vs_record --stop"
            )
        self.recorder = Recorder(path, self.notices)
        return self.recorder

    def stop_recording(self) -> Recorder | None:
        """End the recording; return it, or None where there was none."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.close()
        return recorder

    def close(self) -> None:
        """End the recording and let go of the disk; the session can be used on."""
        self.stop_recording()
        with self._lock:
            caches, self._caches = self._caches, {}
        for cache in caches.values():
            cache.close()

    def _replayed(self, name: str | None, path: str) -> tuple[Model, str]:
        """Return a model that answers from a bundle."""
        bundle = self._bundle(path)
        if not bundle.models:
            raise OptionError(f"{path!r} holds no calls: record some with %vs_record first")
        if name is not None and name not in bundle.models:
            recorded = ", ".join(bundle.models)
            raise OptionError(f"{path!r} holds no call to {name!r}: recorded are {recorded}")
        taken = name or bundle.models[0]
        client = self._noticed(replaying(bundle, on_hit=self._hit), leaves=False)
        model = Model(
            name=taken,
            complete=logged(counted(client, self.ledger)),
            estimate=lambda _: 0.0,
            format=_recorded_format(bundle, taken),
            note=f"replayed from {path}: nothing is sent",
        )
        return model, f"you named it, and {path} answers" if name else f"{path} replays it"

    def _bundle(self, path: str) -> Bundle:
        """Return a bundle, read again only when its file has changed."""
        try:
            stat = expanded(path).stat()
        except (OSError, ValueError):
            return read(path)  # which says what is wrong
        state = (stat.st_mtime_ns, stat.st_size)
        before = self._bundles.get(path)
        if before is None or before[0] != state:
            self._bundles[path] = before = (state, read(path))
            if before[1].cut_off:
                self.notices.say(f"the last line of {path} is cut off, and was left out")
        return before[1]

    def _hit(self, reply: Reply) -> None:
        """Note a reply that came for nothing: what it saved, and in the recording."""
        self.ledger.saved(reply)
        if self.recorder is not None:
            self.recorder.record(reply)

    def _noticed(self, complete: Complete, *, leaves: bool) -> Complete:
        """Return a client that has people told what they would not expect of a call.

        That is a secret of the environment in a prompt that leaves the machine, a parameter that
        was asked for and not sent, and a system message that was sent as the user's words.
        """

        async def call(request: Request, *, on_text: OnText | None = None) -> Reply:
            said = (message["content"] for message in request.messages if leaves)
            if found := secrets_in("\n".join(said)):
                self.notices.say(
                    f"the prompt holds the value of {' and '.join(sorted(found))} and goes to "
                    f"{request.model} with it; such a call is neither cached nor recorded"
                )
            reply = await complete(request, on_text=on_text)
            if reply.not_sent:
                self.notices.say(not_sent(request.model, reply.not_sent))
            if "system_message" in reply.parameters:
                self.notices.say(
                    f"{request.model} takes no system message: its words began the user's turn"
                )
            return reply

        return call


_session = Session()


def current() -> Session:
    """Return the session of this process."""
    return _session


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Warn, once a block of calls is over, of what the session has noticed meanwhile.

    Nothing is warned of where the block fails: its error matters more, and the lines are kept.
    """
    yield
    for line in _session.notices.take():
        warnings.warn(line, stacklevel=4)


def _cache_limit() -> int:
    """The bytes that the cache may take; 0: no cache."""
    text = os.environ.get(CACHE_LIMIT, "").strip()
    try:
        megabytes = float(text) if text else DEFAULT_LIMIT_MB
        return max(0, int(megabytes * 1_000_000))
    except (ValueError, OverflowError):
        raise OptionError(
            f"{CACHE_LIMIT} takes a number of megabytes (0 switches the cache off), not {text!r}"
        ) from None


def _source(name: str) -> str:
    """What the replies of a model depend on beside its name: its server, or its file's state."""
    if name.startswith(LOCAL):
        path = expanded(name.removeprefix(LOCAL))
        try:
            stat = path.stat()
        except (OSError, ValueError):
            return ""  # a name of the catalogue: its bytes are pinned
        return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"
    try:
        base = keys.route_to(name).base
    except VSError:
        base = None
    provider = PROVIDERS.get(names.provider_of(name) or "")
    return base or (provider.base()[1] if provider else None) or ""


def _recorded_format(bundle: Bundle, name: str) -> Format:
    """The form of lists in which a model was asked: the prompt has to be the same again."""
    for reply in bundle.calls.values():
        shape = reply.request.shape
        if reply.request.model == name and shape.method.lists and not shape.method.reasons:
            return shape.format
    return Format.JSON
