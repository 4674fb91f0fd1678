"""What the fuzzers found once (`benchmarks/fuzz`), each with its smallest input; and quick reruns.

The coverage-guided runs take minutes and an environment of their own; here hypothesis goes over the
same targets, and the findings stay fixed.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_magic.errors import ReplyError
from vs_magic.verbalized import parse
from vs_magic.verbalized.method import Method, Wording

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz" / "targets.py"


def load():
    """The targets, which are no part of the package."""
    spec = importlib.util.spec_from_file_location("fuzz_targets", FUZZ)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_targets"] = module
    spec.loader.exec_module(module)
    return module


targets = load()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_whose_header_opens_a_quotation_for_good_is_no_table(separator):
    """It was an IndexError: every row, the header's too, is left out where a quote stays open."""
    with pytest.raises(ReplyError, match="no list of candidates"):
        parse.read(f'"text{separator}probability', Method.VS_STANDARD, Wording.EXPLICIT)


def pieces(target):
    """Inputs of words that the target knows, with anything between them."""
    word = st.sampled_from(targets.words(target)).map(lambda w: w.encode("utf-8", "replace"))
    seed = st.sampled_from(list(targets.seeds(target)))
    part = st.one_of(word, st.binary(max_size=6), st.sampled_from([b" ", b"\n", b'"', b"{", b"}"]))
    mixed = st.lists(part, max_size=40).map(b"".join)
    return st.one_of(mixed, st.builds(spliced, seed, mixed, st.integers(0, 400)))


def spliced(seed, piece, at):
    """A seed that holds something foreign."""
    return seed[:at] + piece + seed[at + len(piece) // 2 :]


@pytest.mark.parametrize("target", sorted(targets.TARGETS))
def test_the_seeds_keep_the_promises(target):
    """What the fuzzers begin with is well-formed, so that they begin inside."""
    seeds = list(targets.seeds(target))
    assert len(seeds) >= 5
    for seed in seeds:
        targets.TARGETS[target](seed)


@settings(max_examples=300)
@given(data=pieces("parser"))
def test_any_reply_is_read_or_a_reply_error(data):
    """Nothing else, in no time, and what was read is in its bounds."""
    targets.parser(data)


@settings(max_examples=300)
@given(data=pieces("line"))
def test_any_line_is_understood_or_an_option_error(data):
    """Of one line; and the task is what was typed."""
    targets.line(data)


@settings(max_examples=150)
@given(data=pieces("replay"))
def test_any_bundle_is_read_or_an_option_error(data):
    """Of one line; and what was read is the same when it is written and read again."""
    targets.replay(data)


def test_a_target_that_is_slow_is_told():
    """The fuzzers' clock works: a second of work for a few bytes breaks the promise."""
    with pytest.raises(targets.BrokenPromise, match="s for 10 bytes"):
        targets._in_time(targets.time.process_time() - 2.0, 10)
