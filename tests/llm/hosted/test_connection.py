"""A call that did not reach its server says why, and what to do: in one line, after few tries."""

from __future__ import annotations

import http.server
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from vs_magic.llm import progress
from vs_magic.llm.hosted.call_error import CallError
from vs_magic.llm.hosted.failures import Kind
from vs_magic.testing import Endpoint, faults

AUTHORITY = """
[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = policy
x509_extensions = names
[policy]
commonName = supplied
[names]
subjectAltName = DNS:{name}
"""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """No proxy and no certificates but those that a test names."""
    for name in (*PROXIES, "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """Have an endpoint speak https with a certificate of its own making; return its file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")

    def secure(endpoint, name="localhost", until="20991231235959Z"):
        (tmp_path / "settings").write_text(AUTHORITY.format(name=name), encoding="utf-8")
        (tmp_path / "index").touch()
        (tmp_path / "serial").write_text("01", encoding="utf-8")
        key, certificate = tmp_path / "key", tmp_path / "certificate"
        commands = (
            "openssl req -new -newkey rsa:2048 -nodes -subj /CN=loopback -keyout key -out asked",
            (
                "openssl ca -batch -selfsign -config settings -keyfile key -in asked"
                f" -out certificate -startdate 20200101000000Z -enddate {until}"
            ),
        )
        for command in commands:
            subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        endpoint._server.socket = context.wrap_socket(endpoint._server.socket, server_side=True)
        address = endpoint.base_url.replace("http://127.0.0.1", "https://localhost")
        monkeypatch.setattr(endpoint, "env", lambda: {"OPENAI_BASE_URL": address})
        return certificate

    return secure


def failed(ask, endpoint, **given):
    """Ask, and return the error."""
    with pytest.raises(CallError, match="^openai/loopback: ") as caught:
        ask(endpoint, **given)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_certificate_that_nobody_vouches_for(ask, tls):
    """A company's own, say: told at once, with the variable that makes it known."""
    with Endpoint() as endpoint:
        tls(endpoint)
        said = str(failed(ask, endpoint))
    assert "is not trusted (self-signed certificate)" in said.replace("self signed", "self-signed")
    assert "set SSL_CERT_FILE to a file with the certificate of who signed it" in said
    assert "tries" not in said


def test_a_certificate_that_is_vouched_for_is_trusted(ask, tls, monkeypatch):
    """What the error advises works."""
    with Endpoint(["Ohio"]) as endpoint:
        monkeypatch.setenv("SSL_CERT_FILE", str(tls(endpoint)))
        assert ask(endpoint).text == "Ohio"


def test_a_file_of_certificates_that_is_not_there(ask, tls, monkeypatch, tmp_path):
    """The variable, and the file that it names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    with Endpoint() as endpoint:
        tls(endpoint)
        assert "nowhere.pem, and there is no such file" in str(failed(ask, endpoint))


def test_a_certificate_for_another_name(ask, tls, monkeypatch):
    """It is the address that is wrong, not the certificates."""
    with Endpoint() as endpoint:
        monkeypatch.setenv("SSL_CERT_FILE", str(tls(endpoint, name="elsewhere.example")))
        said = str(failed(ask, endpoint))
    assert "certificate is not valid for 'localhost'" in said
    assert "write the name that the certificate is for in OPENAI_BASE_URL" in said


def test_a_certificate_that_has_expired(ask, tls, monkeypatch):
    """Nothing that the user sets here mends it, but for a clock that is wrong."""
    with Endpoint() as endpoint:
        monkeypatch.setenv("SSL_CERT_FILE", str(tls(endpoint, until="20200102000000Z")))
        said = str(failed(ask, endpoint))
    assert "certificate has expired" in said
    assert "whoever runs the server has to renew it" in said


def test_https_where_a_server_speaks_http(ask, monkeypatch):
    """A slip in the address is told as one."""
    with Endpoint() as endpoint:
        address = endpoint.base_url.replace("http:", "https:")
        monkeypatch.setattr(endpoint, "env", lambda: {"OPENAI_BASE_URL": address})
        said = str(failed(ask, endpoint))
    assert "does not speak https" in said
    assert "write http:// in OPENAI_BASE_URL" in said


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_there(ask, monkeypatch, variable, scheme):
    """Its variable is named, its password is not, and a server on this machine needs none."""
    monkeypatch.setenv(variable, f"{scheme}://ann:hunter22@127.0.0.1:{closed_port()}")
    with Endpoint() as endpoint:
        error = failed(ask, endpoint)
    assert error.kind is Kind.PROXY
    assert f"the proxy of {variable}, by which calls to http://127.0.0.1" in str(error)
    assert "NO_PROXY=127.0.0.1" in str(error)
    assert "hunter22" not in str(error)
    assert endpoint.requests == []


def test_a_server_that_no_proxy_names_is_reached_without_it(ask, monkeypatch):
    """What the error advises works."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Endpoint(["Ohio"]) as endpoint:
        assert ask(endpoint).text == "Ohio"


@pytest.mark.parametrize("base", ["http://api.example/v1", "https://api.example/v1"])
def test_a_proxy_that_wants_a_password(ask, monkeypatch, base):
    """With and without a tunnel: told as what it is, and asked once."""
    with Proxy(407) as proxy, Endpoint() as endpoint:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, proxy.address)
        monkeypatch.setattr(endpoint, "env", lambda: {"OPENAI_BASE_URL": base})
        said = str(failed(ask, endpoint))
    assert f"{base.partition(':')[0].upper()}_PROXY" in said
    assert "wants a user and a password" in said
    assert proxy.asked == 1


def test_a_proxy_that_cannot_reach_this_machine(ask, monkeypatch):
    """Its own error page looks like the server's; the line says by which way it came."""
    with Proxy(403) as proxy, Endpoint() as endpoint:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        said = str(failed(ask, endpoint))
    assert "it went by the proxy of HTTP_PROXY: set NO_PROXY=127.0.0.1" in said


def test_a_host_that_nobody_knows(ask, monkeypatch):
    """The name is wrong, or the network is down; the server's state is no question."""
    with Endpoint() as endpoint:
        address = {"OPENAI_BASE_URL": "http://no-such-host.invalid/v1"}
        monkeypatch.setattr(endpoint, "env", lambda: address)
        said = str(failed(ask, endpoint))
    assert "there is no host by the name in http://no-such-host.invalid/v1" in said
    assert "check OPENAI_BASE_URL" in said
    assert "running" not in said


def test_a_port_that_never_answered_gets_two_attempts(ask):
    """Nothing runs there, as far as anybody knows."""
    with Endpoint() as endpoint, endpoint.down():
        waits = []
        with progress.waits_told_to(lambda seconds, _: waits.append(seconds)):
            error = failed(ask, endpoint)
    assert (error.kind, waits.count(0.0)) == (Kind.CLOSED, 1)
    assert "after 2 tries: is the server running? Start it, or check OPENAI_BASE_URL" in str(error)


@pytest.mark.parametrize("answer", ["Ohio", faults.status(400, "no")], ids=["reply", "error"])
def test_a_port_that_answered_before_gets_four(ask, answer):
    """Its server may be restarting; an error of its own is an answer, too."""
    with Endpoint([answer]) as endpoint:
        if answer == "Ohio":
            ask(endpoint)
        else:
            failed(ask, endpoint)
        with endpoint.down():
            error = failed(ask, endpoint)
    assert error.kind is Kind.CONNECTION
    assert "after 4 tries" in str(error)


class Proxy:
    """A proxy that answers every request, and every wish for a tunnel, with one status."""

    def __init__(self, status):
        self.asked = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                proxy.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_CONNECT = do_POST  # noqa: N815  (the method's name on the wire)

            def log_message(self, *_given):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


def closed_port():
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
