"""Options: what is refused, in which words, and what follows from them."""

import pytest

from vs_magic.errors import OptionError
from vs_magic.verbalized.method import Format, Method, Wording
from vs_magic.verbalized.options import Options, option_fields, read_option


@pytest.mark.parametrize(
    ("spelling", "method"),
    [
        ("direct", Method.DIRECT),
        ("CoT", Method.COT),
        ("multi_turn", Method.MULTI_TURN),
        ("VS-Standard", Method.VS_STANDARD),
        ("vs_standard", Method.VS_STANDARD),
        ("standard", Method.VS_STANDARD),
        ("Vs_Cot", Method.VS_COT),
        ("multi", Method.VS_MULTI),
        ("vs multi", Method.VS_MULTI),
    ],
)
def test_a_method_is_found_in_any_spelling(spelling, method):
    """Dashes, underscores and case do not matter; `cot` is the baseline, `multi` the VS variant."""
    assert Method.of(spelling) is method


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("vs-standart", "unknown method 'vs-standart': did you mean 'vs-standard'"),
        ("sequense", "did you mean 'sequence'"),
        ("xyz", "unknown method 'xyz': one of direct, cot, sequence"),
    ],
)
def test_a_near_miss_is_named(wrong, message):
    """A misspelt method names the one that was probably meant, or all of them."""
    with pytest.raises(OptionError, match=message):
        Options(method=wrong)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, r"--k takes a whole number in \[1, 1000\], not 0"),
        ({"k": 2.5}, "--k takes a whole number"),
        ({"k": True}, "--k takes a whole number"),
        ({"k": None}, "--k takes a whole number"),
        ({"n": -1}, "--n takes a whole number"),
        ({"threshold": 0}, r"--threshold takes a number in \(0, 1\], not 0"),
        ({"threshold": 1.5}, r"--threshold takes a number in \(0, 1\], not 1.5"),
        ({"threshold": float("nan")}, "--threshold takes a number"),
        ({"min_probability": -0.1}, r"--min-probability takes a number in \[0, 1\]"),
        ({"temperature": -1}, "--temperature takes a number of at least 0"),
        ({"top_p": 0}, r"--top-p takes a number in \(0, 1\]"),
        ({"timeout": 0}, "--timeout takes a number above 0"),
        ({"top_k": -1}, "--top-k takes a whole number of at least 0"),
        ({"min_p": 1.5}, r"--min-p takes a number in \[0, 1\]"),
        ({"presence_penalty": 3}, r"--presence-penalty takes a number in \[-2, 2\], not 3"),
        ({"frequency_penalty": "x"}, r"--frequency-penalty takes a number in \[-2, 2\]"),
        ({"reasoning_effort": 3}, "--reasoning-effort takes text, not 3"),
        ({"stop": 3}, "--stop takes a text, or several, none of them empty, not 3"),
        ({"stop": ["END", ""]}, "--stop takes a text, or several, none of them empty"),
        ({"words": 0}, "--words takes a whole number of at least 1"),
        ({"threshold": 0.1, "method": "direct"}, "direct states none: use vs-standard"),
        ({"min_probability": 0.1, "method": "sequence"}, "sequence states none: use vs-standard"),
        ({"format": "lines", "method": "vs-cot"}, "no place for the reasoning of vs-cot"),
        ({"probability": "procent"}, "unknown probability wording 'procent': did you mean"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_range(options, message):
    """The message names the flag, what it takes, and what it was given."""
    with pytest.raises(OptionError, match=message):
        Options(**options)


def test_an_unknown_option_lists_the_known_ones():
    """`with_` names the nearest one, and what there is."""
    with pytest.raises(OptionError, match="unknown option 'treshold': did you mean 'threshold'"):
        Options().with_(treshold=0.1)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (5,)),
        ({"k": 5, "n": 10}, (5, 5)),
        ({"k": 5, "n": 12}, (5, 5, 2)),
        ({"k": 5, "n": 3}, (3,)),
        ({"method": "direct", "n": 3}, (1, 1, 1)),
        ({"method": "direct", "k": 4}, (1, 1, 1, 1)),
        ({"method": "vs-multi", "k": 4, "n": 8}, (4, 4)),
        ({"method": "multi-turn", "n": 2}, (1, 1)),
    ],
)
def test_the_calls_sum_to_the_responses_wanted(options, sizes):
    """Lists ask k a call and the rest in the last one; the other methods ask one a call."""
    asked = Options(**options)
    assert asked.sizes == sizes
    assert sum(asked.sizes) == asked.wanted


def test_the_wording_defaults_to_the_papers_best():
    """Explicit for VS-Standard and VS-CoT, confidence for VS-Multi, unless one is asked for."""
    assert Options(method="vs-standard").wording is Wording.EXPLICIT
    assert Options(method="vs-multi").wording is Wording.CONFIDENCE
    assert Options(method="vs-multi", probability="percentage").wording is Wording.PERCENTAGE


def test_options_are_read_from_text_by_their_kind():
    """Flags, variables and files all give text; it is read as the option's kind, or refused."""
    assert read_option("k", "7") == 7
    assert read_option("threshold", "0.1") == 0.1
    assert read_option("threshold", "none") is None
    assert read_option("method", "VS_CoT") is Method.VS_COT
    assert read_option("format", "lines") is Format.LINES
    with pytest.raises(OptionError, match="--k takes a whole number, not '2.5'"):
        read_option("k", "2.5")
    with pytest.raises(OptionError, match="--threshold takes a number, not '0,1'"):
        read_option("threshold", "0,1")


def test_every_option_says_how_people_write_it():
    """An option without a flag or a help text would be missing from help, README and widget."""
    for declared in option_fields():
        assert declared.metadata["flags"][-1] == "--" + declared.name.replace("_", "-")
        assert declared.metadata["help"]


def test_as_json_is_plain_json():
    """The options travel in frame.attrs and in widget state."""
    import json

    plain = Options(method="vs-multi", probability="nll", threshold=0.5).as_json()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["method"] == "vs-multi"
    assert Options(**plain) == Options(method="vs-multi", probability="nll", threshold=0.5)


CUT = [
    ("vs-standard", None, "}"),
    ("vs-standard", None, "\n"),
    ("vs-standard", None, '", "'),
    ("vs-standard", None, '":"'),
    ("vs-standard", None, "probability"),
    ("vs-standard", None, "."),
    ("vs-multi", None, "confidence"),
    ("vs-cot", None, "reasoning"),
    ("sequence", None, "],"[:1]),
    ("sequence", "lines", "\n"),
    ("vs-standard", "lines", "|"),
    ("vs-standard", "lines", "7"),
]


@pytest.mark.parametrize(("method", "format", "text"), CUT)
def test_a_stop_that_would_cut_a_list_is_refused(method, format, text):
    """Compact, spaced, indented or in lines: what is part of the form ends every list too soon."""
    with pytest.raises(OptionError, match=rf"--stop .* would cut off the list of {method}.*: take"):
        Options(method=method, format=format, stop=("END", text))


@pytest.mark.parametrize(
    ("method", "format", "text"),
    [
        ("direct", None, "\n"),
        ("multi-turn", None, "."),
        ("cot", None, "\n\n"),
        ("vs-standard", None, "END"),
        ("vs-standard", None, "\n\n"),
        ("vs-standard", "lines", '"'),
        ("sequence", "lines", "|"),
    ],
)
def test_a_stop_that_cuts_no_form_is_taken(method, format, text):
    """Methods that ask for one response take any; lists take what is no part of their form."""
    assert Options(method=method, format=format, stop=text).parameters.stop == (text,)


def test_a_text_to_stop_at_is_read_with_its_line_breaks():
    r"""On a line `\n` is a line break; a JSON list is several texts; none unsets."""
    assert read_option("stop", r"\n\n") == ("\n\n",)
    assert read_option("stop", r"C:\\new") == (r"C:\new",)
    assert read_option("stop", '["END", "]"]') == ("END", "]")
    assert read_option("stop", "[1]") == ("[1]",)
    assert read_option("stop", "none") is None


def test_options_with_every_parameter_travel_as_json():
    """Several texts are a JSON list, and come back as they were."""
    asked = Options(method="direct", stop=["END", "\n"], top_k=0, reasoning_effort="low")
    assert asked.as_json()["stop"] == ["END", "\n"]
    assert Options(**asked.as_json()) == asked
    assert Options(stop=[]) == Options(stop=None) == Options()
