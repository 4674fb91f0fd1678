"""The line: flags and their values, the binding, the task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.magics.flags import OPTIONS, Display
from vs_magic.magics.line import Line
from vs_magic.magics.reader import read
from vs_magic.magics.vs import COMMAND
from vs_magic.verbalized.method import Method


def parse(line, put=str) -> Line:
    """Read a line of `%%vs`, with a task below it."""
    return read(COMMAND, line, "Name a colour.", put)


@pytest.mark.parametrize("line", ["-k 5", "-k5", "-k=5", "--k 5", "--k=5", "--K 5", "  --k   5  "])
def test_a_value_may_be_written_in_every_usual_way(line):
    """Short, long, glued, with `=` or a space: it is the same flag."""
    assert parse(line).options == {"k": 5}


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("--method VS_CoT", {"method": Method.VS_COT}),
        ("-m multi", {"method": Method.VS_MULTI}),
        ("--min_probability .2", {"min_probability": 0.2}),
        ("--seed -5", {"seed": -5}),
        ("--seed=-5", {"seed": -5}),
        ("--threshold none", {"threshold": None}),
        ('--system "You are terse"', {"system": "You are terse"}),
        ("--system='a \"b\" c'", {"system": 'a "b" c'}),
        (r'--system "say \"hi\" \n"', {"system": r'say "hi" \n'}),
        ("--system don't", {"system": "don't"}),
        ('--system ""', {"system": None}),
        ('--system "-k 5"', {"system": "-k 5"}),
    ],
)
def test_values_are_read_as_typed(line, given):
    """Quotes group, a backslash escapes only the quote, and nothing else is changed."""
    assert parse(line).options == given


def test_every_option_has_a_flag():
    """What `Options` declares can be written on a line, by each of its spellings."""
    values = {int: "1", float: "0.5", str: "x", tuple: "x"}
    for flag in OPTIONS:
        for spelling in flag.spellings:
            text = flag.choices[0] if flag.choices else values[flag.kind]
            assert flag.name in read(COMMAND, f"{spelling} {text} task").options


@pytest.mark.parametrize(
    "line", ["jokes <<", "jokes << -k 3", " jokes<< -k 3", "-o jokes", "--out=jokes"]
)
def test_the_frame_can_be_bound_in_three_ways(line):
    """`NAME <<` at the start, `-o NAME` and `--out NAME` mean the same."""
    assert parse(line).out == "jokes"


def test_flags_of_the_cell_are_told_from_options():
    """What only the cell needs does not reach the options."""
    found = parse("--quiet --display Widget -o x")
    assert found.own == {"quiet": True, "display": Display.WIDGET, "out": "x"}
    assert found.options == {}


@pytest.mark.parametrize(
    ("line", "task"),
    [
        ("-k 3 What's the best -- really -- colour?", "What's the best -- really -- colour?"),
        ("-k 3 -- --verbose is which flag?", "--verbose is which flag?"),
        ('-k 3 "Name a colour" as JSON', '"Name a colour" as JSON'),
        ("-- -5 degrees is how cold?", "-5 degrees is how cold?"),
        ("-- - one\n- two", "- one\n- two"),
        ("Name a colour   ", "Name a colour"),
        ("x<<1 is what in C?", "x<<1 is what in C?"),
        ("-- — so, why?", "— so, why?"),
        ("-k 2 --\n–kitchen", "–kitchen"),
        ("-- What do -k and --model mean?", "What do -k and --model mean?"),
        ("A kitchen – or a k-way switch – at -5 --whatever", None),
        ('{"n": {{n}}}', '{"n": {{n}}}'),
    ],
)
def test_the_task_begins_after_the_flags_and_stays_as_typed(line, task):
    """Dashes, quotes and braces in a task are the task's; one that begins so goes after `--`."""
    assert read(COMMAND, line).task == (task or line)


def test_values_are_interpolated_and_the_task_is_left_alone():
    """The line's reader puts variables into values only; `{{ name }}` is one value, with spaces."""
    found = read(
        COMMAND,
        "--system {{ who }} -k{{n}} Tell {{who}}",
        put=lambda t: {"{{ who }}": "a b", "{{n}}": "7"}[t],
    )
    assert found.options == {"system": "a b", "k": 7}
    assert found.task == "Tell {{who}}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--treshold 1", "unknown flag --treshold: did you mean --threshold?"),
        ("--temp 1", "unknown flag --temp: did you mean --temperature?"),
        ("--k5", "unknown flag --k5: did you mean -k5 (one dash)?"),
        ("-temperature 1", "unknown flag -temperature: did you mean --temperature (two dashes)?"),
        ("-temperture 1", "unknown flag -temperture: did you mean --temperature?"),
        ("--t 0.1", "unknown flag --t: did you mean -t (one dash)?"),
        ("-mdirect", "unknown flag -mdirect: did you mean -m direct?"),
        ("--zebra", "unknown flag --zebra: %vs --help lists them"),
        (
            "--system --zebra",
            "--system takes a value (TEXT), and --zebra is typed as a flag: if it",
        ),
        ("--system -- x", "--system takes a value (TEXT), and none was given"),
        ("--seed −5", "--seed takes a whole number, not '−5' (write -5)"),
        ("-x 1", "unknown flag -x: "),
        ("-hk", "unknown flag -hk: "),
        ("--k", "--k takes a value (K), and none was given"),
        ("-k --n 3", "--k takes a value (K), and none was given"),
        ("--out --quiet", "--out takes a value (NAME), and none was given"),
        (
            "--display",
            "--display takes a value (HOW), and none was given: one of auto, widget, static",
        ),
        ("--display wigdet", "unknown display 'wigdet': did you mean 'widget'?"),
        ("--k 5.5", "--k takes a whole number, not '5.5'"),
        ("--threshold 0,1", "--threshold takes a number, not '0,1' (write 0.1)"),
        ("--threshold 10%", "--threshold takes a number, not '10%' (write 0.1)"),
        ("--method stadard", "unknown method 'stadard': did you mean 'vs-standard'?"),
        ("-k 3 --k=4", "--k is given twice"),
        ("a << -o b", "--out is given twice"),
        ("--out 3x", "--out takes the name of a variable, and '3x' cannot be one"),
        ("--out class", "--out takes the name of a variable, and 'class' cannot be one"),
        ("class <<", "--out takes the name of a variable, and 'class' cannot be one"),
        ("--quiet=1", "--quiet takes no value, and '=1' follows it"),
        ("--quiet --dry-run", "--dry-run only shows, and --quiet shows nothing"),
        ('--system "open', 'the quote that opens the value of --system is never closed: "open'),
        ("--system 'don't'", "the value of --system ends at 'don' and goes on without a space"),
        ("--system “You are”", "the value of --system begins with “, which does not quote here"),
        ("–k 5", "–k is typed with an en dash: write -k, as in %%vs -k 5"),
        ("—threshold 0.1", "—threshold is typed with an em dash: write --threshold, as in %%vs"),
        ("−n=3", "−n is typed with a minus sign: write -n=3, as in %%vs -n=3"),
        ("—temprature 1", "unknown flag —temprature: did you mean --temperature?"),
    ],
)
def test_a_wrong_flag_says_what_to_write_instead(line, message):
    """Each slip of the hand has an answer in one line."""
    with pytest.raises(OptionError) as caught:
        parse(line)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("rest", "meant"),
    [
        ("Tell me a joke", "on %%vs write the task on the lines below; to write it on the same"),
        ("k=5", "did you mean --k 5?"),
        ("quiet", "did you mean --quiet?"),
        ("vs-cot", "did you mean --method vs-cot?"),
        ("7", "did you mean --k 7?"),
        ("local/qwen2.5-coder-0.5b", "did you mean --model local/qwen2.5-coder-0.5b?"),
        ("my-jokes << -k 3", "a variable cannot be called 'my-jokes'"),
        ("-k 3 jokes <<", "`jokes <<` goes before the flags, or write --out jokes"),
    ],
)
def test_a_stray_word_says_where_it_belongs(rest, meant):
    """A word on a `%%vs` line that is no flag is refused with what was probably meant."""
    with pytest.raises(OptionError, match="is no flag: ") as caught:
        parse(rest)
    assert meant in str(caught.value)


@given(st.text())
def test_no_line_raises_anything_else(line):
    """Whatever is typed, the reader answers with arguments or with a sentence."""
    try:
        said = read(COMMAND, line).task
    except OptionError as error:
        said = str(error)
    assert said == said.rstrip()


@given(st.text(alphabet=st.characters(exclude_characters="\r\n")))
def test_any_quoted_text_comes_back(text):
    """A value in quotes is exactly what was between them."""
    escaped = text.replace('"', '\\"')
    if text.endswith("\\"):
        return  # its last backslash would escape the closing quote; a variable can hold such text
    found = parse(f'--system "{escaped}" -k 3')
    assert found.options == {"system": text or None, "k": 3}
