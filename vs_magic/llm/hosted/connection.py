"""What people read of a call that did not reach its server: the true cause, and what to do."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from vs_magic.llm.hosted.failures import Failure, Kind
from vs_magic.llm.hosted.keys import Route
from vs_magic.llm.hosted.reached import is_loopback

CERT_FILE = "SSL_CERT_FILE"


def wording(failed: Failure, route: Route, where: str) -> tuple[str, str]:
    """Return what happened on the way to a server, and what to do."""
    base = route.base_variable or "the address of the server"
    if failed.kind is Kind.PROXY:
        return _proxy(failed, route, where)
    if failed.kind is Kind.TLS:
        return _tls(failed, where, base)
    if failed.partial:
        return f"the reply from {where} broke off", "what had arrived is kept"
    wordings = {
        Kind.REDIRECT: (
            f"{where} leads to another server, and the call was not sent there",
            f"set {base} to it, if it may have your prompt and your key",
        ),
        Kind.HOST: (f"there is no host by the name in {where}", f"check {base}, and the network"),
        Kind.CLOSED: (
            f"cannot reach {where}, where nothing listens",
            f"is the server running? Start it, or check {base}",
        ),
    }
    unknown = (f"cannot reach {where}", "is the server running, and the network up?")
    return wordings.get(failed.kind, unknown)


def loopback_by_proxy(route: Route) -> str:
    """Return what to know where calls to this very machine go by a proxy; "" where they do not."""
    host = urlsplit(route.base or "").hostname or ""
    if not is_loopback(host) or (proxy := _proxy_for(route)) is None:
        return ""
    return f"; it went by the proxy of {proxy}: set NO_PROXY={host} for a server on this machine"


def _proxy(failed: Failure, route: Route, where: str) -> tuple[str, str]:
    variable = _proxy_for(route) or "the system's settings"
    what = f"the proxy of {variable}, by which calls to {where} go, cannot be reached"
    fix = f"check {variable}"
    if failed.status == 407 or failed.said.startswith("407"):
        what = f"the proxy of {variable}, by which calls to {where} go, wants a user and a password"
        fix = f"write them into {variable}, before its host and an @"
    elif failed.said[:3].isdigit():
        what = f"the proxy of {variable} does not let calls to {where} through"
    host = urlsplit(route.base or "").hostname or ""
    aside = " for a server on this machine" if is_loopback(host) else ", if it is not needed"
    return what, f"{fix}, or set NO_PROXY={host or '…'}{aside}"


def _tls(failed: Failure, where: str, base: str) -> tuple[str, str]:
    said = failed.said.lower()
    if "version number" in said or "record layer" in said or "http request" in said:
        return f"{where} does not speak https", f"write http:// in {base}"
    named = os.environ.get(CERT_FILE)
    if named and not Path(named).is_file():
        fix = f"{CERT_FILE} names {named}, and there is no such file: correct or unset it"
    elif "expired" in said or "not yet valid" in said:
        fix = "whoever runs the server has to renew it; is the clock of this machine right?"
    elif "mismatch" in said or "not valid for" in said:
        fix = f"write the name that the certificate is for in {base}"
    else:
        fix = f"set {CERT_FILE} to a file with the certificate of who signed it"
    return (
        f"the certificate of {where} is not trusted",
        f"{fix}; then restart the kernel",
    )


def _proxy_for(route: Route) -> str | None:
    """The variable of the proxy by which calls go, or what else sets it; None: they go without."""
    server = urlsplit(route.base or "https://")
    if server.hostname and urllib.request.proxy_bypass(server.hostname):
        return None
    proxies = urllib.request.getproxies()
    kind = next((kind for kind in (server.scheme, "all") if proxies.get(kind)), None)
    if kind is None:
        return None
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "the system's settings")
