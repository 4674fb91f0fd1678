"""Keys and servers, from the environment only: what is missing is named before any request."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vs_magic.errors import ModelError, OptionError, closest, did_you_mean
from vs_magic.files import reason
from vs_magic.llm.hosted import names
from vs_magic.llm.hosted.providers import PROVIDERS

ENV_FILE = "VS_MAGIC_ENV_FILE"
API_BASE = "VS_MAGIC_API_BASE"
API_KEY = "VS_MAGIC_API_KEY"
NO_KEY = "not-needed"
"""What a server that asks for no key is sent in its place: its client insists on something."""

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
# What a file of keys may set: keys, and where they are used. Not PATH, not a proxy.
_WANTED = re.compile(
    r"_(KEY|KEY_ID|TOKEN|SECRET|API_BASE|BASE_URL|API_VERSION|PROJECT|LOCATION|REGION|REGION_NAME"
    r"|ORGANIZATION|PROFILE|CREDENTIALS)$|^VS_MAGIC_"
)
_read: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Route:
    """How a model is reached."""

    model: str  # as litellm takes it
    base: str | None = None  # the server, where it is not the provider's own
    key: str | None = None  # where litellm would not find the right one by itself
    variable: str | None = None  # that the key comes from, for the advice in an error

    def __repr__(self) -> str:
        """Leave the key out: a repr ends up in tracebacks."""
        return f"Route(model={self.model!r}, base={self.base!r})"


def route_to(name: str) -> Route:
    """Return how to reach a hosted model, or say what is missing; sends nothing.

    Raises
    ------
    OptionError
        No provider is known for the name; near misses are named.
    ModelError
        A key is missing; the variable is named.
    """
    load_named_env()
    provider = names.provider_of(name)
    if provider is None or provider not in _provider_names():
        if (base := _own_base()) is None:
            raise _unknown(name)
        return _own_route(f"openai/{name}", base)
    if provider == "openai" and (base := _own_base()) is not None:
        full = name if name.startswith("openai/") else f"openai/{name}"
        return _own_route(full, base)
    known = PROVIDERS.get(provider)
    if known is not None and not known.is_open():
        raise missing(name, known.key_names)
    if known is None or known.own is None:
        return Route(model=name)
    variable = provider.removesuffix("_chat").upper() + "_API_KEY"
    # litellm's plain `ollama/` flattens a conversation into one prompt; `ollama_chat/` keeps it.
    model = name.replace("ollama/", "ollama_chat/", 1) if provider == "ollama" else name
    key = os.environ.get(variable)
    return Route(model=model, base=known.base(), key=key, variable=variable)


def load_env(path: str | os.PathLike[str]) -> list[str]:
    """Read the keys in a `.env` file into the environment; what is set already stays as it is.

    Parameters
    ----------
    path
        The file: lines NAME=value; `export`, quotes and # comments are understood. Nothing in it
        is expanded or run, and names that are no key, server or setting of ours are passed over.

    Returns
    -------
    list of str
        The names that were set, never their values.

    Raises
    ------
    OptionError
        The file cannot be read.
    """
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "it is not text"
        raise OptionError(f"cannot read the file of keys {str(path)!r}: {why}") from None
    found = (_LINE.match(line) for line in lines if not line.lstrip().startswith("#"))
    values = {m[1]: _unquoted(m[2]) for m in found if m and _WANTED.search(m[1])}
    fresh = {name: value for name, value in values.items() if not os.environ.get(name)}
    os.environ.update(fresh)
    return list(fresh)


def load_named_env() -> None:
    """Read, once, the `.env` file that VS_MAGIC_ENV_FILE names.

    Raises
    ------
    OptionError
        It cannot be read.
    """
    path = os.environ.get(ENV_FILE)
    if path and path not in _read:
        load_env(path)
        _read.add(path)


def _own_base() -> str | None:
    """The server that the user named for OpenAI's API, if any."""
    base = os.environ.get(API_BASE) or PROVIDERS["openai"].base()
    return None if base is None or urlsplit(base).hostname == "api.openai.com" else base


def _own_route(model: str, base: str) -> Route:
    """The route to that server. OpenAI's own key is not sent to VS_MAGIC_API_BASE."""
    variable = API_KEY if os.environ.get(API_BASE) else "OPENAI_API_KEY"
    return Route(model=model, base=base, key=os.environ.get(variable) or NO_KEY, variable=variable)


def _provider_names() -> set[str]:
    """The providers that a name can begin with."""
    listed = {str(row["litellm_provider"]) for row in names.table().values()}
    listed |= {name.split("/", 1)[0] for name in names.table() if "/" in name}
    listed |= {name.split("/", 1)[0] for name in names.embedders() if "/" in name}
    return set(PROVIDERS) | listed | {"custom_openai", "github", "litellm_proxy", "vllm"}


def _unknown(name: str) -> OptionError:
    candidates = [*names.known(), "local/qwen2.5-coder-1.5b", "local/qwen2.5-coder-0.5b"]
    candidates += ["simulated/aligned", "simulated/base"]
    prefix, slash, rest = name.partition("/")
    close = closest(name, candidates, most=3, cutoff=0.7)
    if slash and (providers := closest(prefix, _provider_names(), cutoff=0.7)):
        close = [f"{providers[0]}/{rest}"]
    return OptionError(
        f"unknown model {name!r}: {did_you_mean(close)}%vs_models lists what is usable here; for "
        f"a server of your own, set OPENAI_BASE_URL and write openai/{name}"
    )


def missing(name: str, variables: str) -> ModelError:
    """Return the error that names the variables that a model needs."""
    what = f"{name} needs {variables} in the environment (or in the file that {ENV_FILE} names)"
    if "/" not in name and (twin := f"gemini/{name}") in names.table():
        what += f"; with a key of Google AI Studio, write {twin}"
    return ModelError(f"{what}; local/… and simulated/… need no key: see %vs_models")


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] in "\"'" and value[0] == value[-1]:
        return value[1:-1]
    return re.split(r"\s#", value, maxsplit=1)[0].rstrip()
