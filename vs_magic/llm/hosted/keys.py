"""Keys and servers, from the environment only: what is missing is named before any request.

A key is taken without what pasting leaves around it, and a server's address without its user name
and password: these go into a header.
"""

from __future__ import annotations

import base64
import os
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vs_magic.errors import ModelError, OptionError, closest, did_you_mean
from vs_magic.files import reason
from vs_magic.llm.hosted import names
from vs_magic.llm.hosted.providers import PROVIDERS, Provider
from vs_magic.llm.hosted.reached import is_loopback

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
_BLANKS = " \t\r\n\f\v\0\xa0\u200b\u200c\u200d\u2060\ufeff"
_QUOTES = "\"'`“”„‟‘’‚‛«»"
_read: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Route:
    """How a model is reached."""

    model: str  # as litellm takes it
    base: str | None = None  # the server, where it is not the provider's own
    key: str | None = None  # where litellm would not find the right one by itself
    variable: str | None = None  # that the key comes from, for the advice in an error
    base_variable: str | None = field(default=None, compare=False)  # that the server comes from
    login: str = ""  # user:password, where the server's address has one

    def __repr__(self) -> str:
        """Leave the key out: a repr ends up in tracebacks."""
        return f"Route(model={self.model!r}, base={self.base!r})"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that log in at the server."""
        if not self.login:
            return {}
        return {"Authorization": f"Basic {base64.b64encode(self.login.encode()).decode()}"}


def route_to(name: str) -> Route:
    """Return how to reach a hosted model, or say what is missing; sends nothing.

    Raises
    ------
    OptionError
        No provider is known for the name; near misses are named.
    ModelError
        A key is missing, or no key; the variable is named.
    """
    load_named_env()
    provider = names.provider_of(name)
    if provider is None or provider not in _provider_names():
        if (own := _own_base()) is None:
            raise _unknown(name)
        return _own_route(f"openai/{name}", *own)
    if provider == "openai" and (own := _own_base()) is not None:
        full = name if name.startswith("openai/") else f"openai/{name}"
        return _own_route(full, *own)
    known = PROVIDERS.get(provider)
    if known is not None and not known.is_open():
        raise missing(name, known.key_names)
    if known is None:
        return Route(model=name)
    base_variable, base = known.base()
    if known.own is None:
        return _providers_route(name, known, base_variable, base)
    # litellm's plain `ollama/` flattens a conversation into one prompt; `ollama_chat/` keeps it.
    model = name.replace("ollama/", "ollama_chat/", 1) if provider == "ollama" else name
    variable = provider.removesuffix("_chat").upper() + "_API_KEY"
    return _to_server(model, base_variable or known.bases[0], base, variable, _key(variable))


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


def _own_base() -> tuple[str, str] | None:
    """The server that the user named for OpenAI's API, if any, after the variable that names it."""
    variable, base = PROVIDERS["openai"].base()
    if value := os.environ.get(API_BASE):
        variable, base = API_BASE, value
    if variable is None or base is None or urlsplit(base).hostname == "api.openai.com":
        return None
    return variable, base


def _own_route(model: str, variable: str, base: str) -> Route:
    """The route to that server. OpenAI's own key is not sent to VS_MAGIC_API_BASE."""
    key_variable = API_KEY if variable == API_BASE else "OPENAI_API_KEY"
    return _to_server(model, variable, base, key_variable, _key(key_variable) or NO_KEY)


def _to_server(
    model: str, base_variable: str | None, base: str | None, variable: str | None, key: str | None
) -> Route:
    """The route to a server whose address stands in a variable, or is the usual one."""
    login = ""
    if base_variable is not None and base is not None:
        base, login = _address(base_variable, base)
    return Route(
        model=model,
        base=base,
        key=key,
        variable=variable,
        base_variable=base_variable,
        login=login,
    )


def _providers_route(name: str, known: Provider, variable: str | None, base: str | None) -> Route:
    """The route to a provider: litellm reads its variables, where these can be used as they are."""
    group = next((g for g in known.keys if all(os.environ.get(v) for v in g)), ())
    for each in group:
        if (cleaned := _key(each)) != os.environ[each]:
            if each.startswith("AWS_"):
                raise ModelError(f"{each} has blanks or quotes around it: set it without them")
            return _to_server(name, variable, base, each, cleaned)
    usable = base is None or variable is None or _address(variable, base) == (base, "")
    return Route(model=name) if usable else _to_server(name, variable, base, None, None)


def _key(variable: str) -> str | None:
    """The key in a variable, without the blanks and quotes around it; None: there is none.

    Raises
    ------
    ModelError
        It holds what no key holds and no header can carry.
    """
    key = _pasted(os.environ.get(variable, ""))
    odd = next((c for c in key if not "!" <= c <= "~"), None)
    if odd is not None:
        raise ModelError(
            f"{variable} holds no key: its character {key.index(odd) + 1} of {len(key)} is "
            f"{unicodedata.name(odd, repr(odd)).lower()}, which no key has: copy the key again"
        )
    return key or None


def _address(variable: str, value: str) -> tuple[str, str]:
    """A server's address without the user:password in it, and these ("": none).

    Raises
    ------
    OptionError
        It is no address of the web; what is missing is named.
    """
    base = _pasted(value)
    scheme, sign, rest = base.partition("://")
    if not (sign and scheme.isalpha()):
        scheme, rest = "", base.lstrip("/")
    place, slash, path = rest.partition("/")
    login, _, host = place.rpartition("@")
    if scheme.lower() in ("http", "https") and host:
        login = unquote(login)
        return f"{scheme}://{host}{slash}{path}", login and f"{login}{'' if ':' in login else ':'}"
    if scheme or not host:
        raise OptionError(
            f"{variable} is no address of a server: one begins with http:// or https://, as in "
            "http://127.0.0.1:8000/v1"
        )
    scheme = "http" if is_loopback(host) else "https"
    raise OptionError(
        f"{variable} lacks {scheme}:// at its beginning: set it to {scheme}://{host}{slash}{path}"
    )


def _pasted(value: str) -> str:
    """A value without what is pasted along: blanks, line ends, invisible signs, quotes."""
    value = value.strip(_BLANKS)
    while len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES:
        value = value[1:-1].strip(_BLANKS)
    return value


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
