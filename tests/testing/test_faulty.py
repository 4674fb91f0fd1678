"""FaultyEndpoint: faults on demand and by share, the same for the same seed, all of them noted."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest

from vs_magic.testing import KINDS, Answer, FaultyEndpoint, faults
from vs_magic.testing.faulty import INSTEAD

BODY = {"model": "m", "messages": [{"role": "user", "content": "two words"}]}
BROKEN = (ConnectionError, http.client.HTTPException, socket.timeout)


def post(endpoint, timeout=5.0, **more):
    """Send one request with the standard library's client; the response and its body."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=timeout)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps({**BODY, **more}))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def attempt(endpoint):
    """Send a request, whatever comes of it."""
    with contextlib.suppress(BROKEN):
        post(endpoint)


def post_again(endpoint):
    """Send a request, again while connections are refused, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            return post(endpoint)
    raise AssertionError("connections were refused for ten seconds")


QUICK = {"refuse_s": 0.02, "hang_s": 0.05, "drip_s": 0.02, "huge": 10_000}


def test_without_a_share_it_is_an_endpoint():
    """Nothing fails unasked."""
    with FaultyEndpoint(["yes"], share=0) as endpoint:
        response, content = post(endpoint)
    assert response.status == 200
    assert json.loads(content)["choices"][0]["message"]["content"] == "yes"
    assert [t.fault for t in endpoint.treated] == [None]
    assert endpoint.treated[0].request is endpoint.requests[0]


def test_faults_come_on_demand_and_in_order():
    """Those asked for, then answers; what each request got is noted."""
    with FaultyEndpoint(lambda _: "yes", share=0) as endpoint:
        endpoint.fail_next("503", "429-wait")
        seen = [post(endpoint)[0].status for _ in range(3)]
    assert seen == [503, 429, 200]
    assert [t.fault for t in endpoint.treated] == ["503", "429-wait", None]
    assert endpoint.counts == {"503": 1, "429-wait": 1}


def test_the_same_seed_gives_the_same_faults():
    """Request by request, and another seed others."""
    seen = {}
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        with FaultyEndpoint(lambda _: "x", share=0.4, seed=seed, **QUICK) as endpoint:
            while len(endpoint.treated) < 40:  # while it refuses, nothing arrives
                attempt(endpoint)
            seen[name] = [t.fault for t in endpoint.treated]
    assert seen["first"] == seen["again"] != seen["other"]


def test_the_share_is_kept_and_every_kind_comes():
    """20 % of many, and the kinds about equally often."""
    endpoint = FaultyEndpoint(share=0.2, seed=3)
    drawn = Counter(endpoint._drawn(i) for i in range(20_000))
    assert 0.19 < 1 - drawn[None] / 20_000 < 0.21
    assert set(drawn) == {None, *KINDS}
    assert min(drawn[kind] for kind in KINDS) > 0.7 * 4000 / len(KINDS)


def test_only_the_kinds_that_were_named_come():
    """A test of one weakness has only that."""
    with FaultyEndpoint(lambda _: "x", share=1, kinds=("500", "503")) as endpoint:
        for _ in range(20):
            post(endpoint)
    assert set(endpoint.counts) == {"500", "503"}


@pytest.mark.parametrize(
    ("given", "message"),
    [({"share": 1.5}, r"share of faults is a number in \[0, 1\]"), ({"kinds": ["418"]}, "418")],
)
def test_what_makes_no_sense_is_refused(given, message):
    """At once, not in the middle of a test."""
    with pytest.raises(ValueError, match=message):
        FaultyEndpoint(**given)


def test_an_unknown_fault_on_demand_is_refused():
    """With the kinds that there are."""
    with pytest.raises(ValueError, match=r"\['teapot'\]; there are 429, 429-wait"):
        FaultyEndpoint().fail_next("teapot")


def test_a_script_is_not_used_up_by_what_came_in_its_place():
    """The answer is still there for the next attempt."""
    for kind in INSTEAD:
        with FaultyEndpoint(["the only answer"], share=0, **QUICK) as endpoint:
            endpoint.fail_next(kind)
            attempt(endpoint)
            response, content = post_again(endpoint)
            assert response.status == 200, kind
            assert b"the only answer" in content, kind


def test_refused_connections_are_refused_for_a_moment_and_others_go_on():
    """An answer under way on another connection arrives; then the same port listens again."""
    slow = threading.Event()

    def reply(body):
        slow.set()
        return Answer(text="slow", delay=0.3 if body.get("slow") else 0)

    results = []
    with FaultyEndpoint(reply, share=0, refuse_s=1.0) as endpoint:
        other = threading.Thread(target=lambda: results.append(post(endpoint, slow=True)))
        other.start()
        assert slow.wait(5)
        endpoint.fail_next("refused")
        with pytest.raises(BROKEN, match="."):
            post(endpoint)
        with pytest.raises(ConnectionRefusedError, match="refused"):
            post(endpoint)
        other.join()
        assert post_again(endpoint)[0].status == 200
    assert results[0][0].status == 200
    assert endpoint.counts == {"refused": 1}


def test_a_hang_ends_with_the_endpoint():
    """Leaving the block does not wait for it; the test's own time limit would end this one."""
    with FaultyEndpoint(share=0, hang_s=3000) as endpoint:
        endpoint.fail_next("hang")
        with pytest.raises(socket.timeout, match="timed out"):
            post(endpoint, timeout=0.1)


def test_a_plain_answer_drips():
    """Its bytes come one piece after another, and are whole in the end."""
    with FaultyEndpoint(["a long answer"], share=0, drip_s=0.4) as endpoint:
        endpoint.fail_next("drip")
        began = time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=5)
        connection.request("POST", "/v1/chat/completions", json.dumps(BODY))
        response = connection.getresponse()
        first = response.read(5)
        after_first = time.monotonic() - began
        content = first + response.read()
        assert time.monotonic() - began > 0.3 > after_first
        connection.close()
    assert json.loads(content)["choices"][0]["message"]["content"] == "a long answer"


def test_a_duplicate_leaves_a_second_answer_on_the_connection():
    """Word for word the first one, unasked for."""
    with FaultyEndpoint(["once"], share=0) as endpoint:
        endpoint.fail_next("duplicate")
        with socket.create_connection(("127.0.0.1", urlsplit(endpoint.base_url).port), 5) as raw:
            body = json.dumps(BODY).encode()
            head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            got = b""
            while piece := raw.recv(65_536):
                got += piece
    assert got.count(b"HTTP/1.1 200 OK") == got.count(b'"content": "once"') == 2


def test_a_huge_body_is_as_long_as_it_says():
    """To the byte, whatever the size of the pieces that it is made of."""
    with FaultyEndpoint(share=0, huge=200_001) as endpoint:
        endpoint.fail_next("huge")
        assert len(post(endpoint)[1]) == 200_001


def test_reactions_of_ones_own_are_left_alone():
    """A fault that a test wrote itself is not spoilt by another, and is not counted as ours."""
    with FaultyEndpoint(
        lambda _: faults.status(418, "teapot"), share=1, kinds=("drip",)
    ) as endpoint:
        assert post(endpoint)[0].status == 418
    assert endpoint.counts == {}
