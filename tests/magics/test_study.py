"""`%vs_compare` and `%vs_sweep` as people write them, in a real shell, on the simulated model."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from vs_magic.magics import vs_compare, vs_sweep
from vs_magic.study.comparison import Comparison
from vs_magic.study.sweep_result import Sweep
from vs_magic.testing import Endpoint
from vs_magic.verbalized.options import option_fields


def test_a_line_compares_one_task(run, shell):
    """The task stands behind the flags; the Comparison is the cell's value."""
    result = run("%vs_compare -n 10 --seed 1 Roll a die -- it's for a friend.")
    assert isinstance(result.result, Comparison)
    assert result.result.tasks == ("Roll a die -- it's for a friend.",)
    assert shell.user_ns["_"] is result.result
    assert shell.user_ns["_vs_study"] is result.result


def test_a_cell_compares_a_task_a_line(run):
    """Each line is one; blank lines are none; names in braces are put in."""
    run("what = 'die'")
    found = run("%%vs_compare -n 5 --seed 1\nRoll a {{what}}.\n\n  Flip a coin.\n").result
    assert found.tasks == ("Roll a die.", "  Flip a coin.")


@pytest.mark.parametrize(
    "made",
    [
        "tasks = ['Roll a die.', 'Flip a coin.']",
        "import pandas as pd; tasks = pd.DataFrame({'t': ['Roll a die.', 'Flip a coin.']})['t']",
        "import numpy as np; tasks = np.array(['Roll a die.', 'Flip a coin.'])",
    ],
)
def test_a_list_or_column_alone_on_a_line_is_all_its_tasks(run, made):
    """In a cell, beside other lines, and on the line of a line magic."""
    run(made)
    found = run("%%vs_compare -n 5 --seed 1\n{{ tasks }}\nName a colour.").result
    assert found.tasks == ("Roll a die.", "Flip a coin.", "Name a colour.")
    assert run("%vs_compare -n 5 --seed 1 {{tasks}}").result.tasks == found.tasks[:2]


def test_the_whole_cell_can_be_one_task(run):
    """A task of several lines stays as typed."""
    found = run("%%vs_compare -n 5 --seed 1 --whole\nRoll a die.\n\nSix sides.\n").result
    assert found.tasks == ("Roll a die.\n\nSix sides.",)


@pytest.mark.parametrize("line", ["found << -n 5", "-n 5 -o found", "--out=found --n=5"])
def test_a_bound_comparison_is_shown_and_not_returned(run, shell, capsys, line):
    """`NAME <<` and `--out` bind the Comparison; it is shown once."""
    assert run(f"%%vs_compare {line} --seed 1\nRoll a die.").result is None
    assert isinstance(shell.user_ns["found"], Comparison)
    assert capsys.readouterr().out.count("In parentheses") == 1


def test_the_price_is_said_before_it_starts(run, capsys):
    """One line: what is asked of whom, and what it will cost."""
    run("%vs_compare -n 10 --seed 1 Roll a die.")
    shown = capsys.readouterr().out
    price = "1 task × 3 methods, 10 responses each: 14 calls to simulated/aligned, free"
    assert shown.startswith(price)
    assert shown.index(price) < shown.index("Distinct answers")


def test_quiet_shows_nothing_and_keeps_everything(run, shell, capsys):
    """Neither price nor result; the value is there."""
    run("%vs_compare -n 5 --quiet -o found Roll a die.")
    assert capsys.readouterr().out == ""
    assert len(shell.user_ns["found"].frame) == 15
    found = run("%vs_compare -n 5 --quiet Roll a die.").result
    assert "Distinct" not in capsys.readouterr().out
    assert isinstance(found, Comparison)


def test_a_dry_run_sends_nothing_and_shows_all(run, shell, capsys):
    """Calls, price, and the messages of every arm."""
    assert run("%vs_compare --dry-run -n 10 Roll a die.").result is None
    shown = capsys.readouterr().out
    assert "Dry run: nothing was sent." in shown
    assert "14 calls to simulated/aligned, free" in shown
    for method in ("direct", "sequence", "vs-standard"):
        assert f"═══ {method} ═══" in shown
    assert shown.count("Roll a die.") >= 3
    assert "_vs_study" not in shell.user_ns


def test_flags_reach_the_study(run):
    """Methods, models, metrics, level, options of the calls."""
    found = run(
        "%vs_compare -n 6 -k3 -m direct,vs-cot --models simulated/aligned,simulated/base "
        "--metrics rouge_l,entropy --level 0.8 --temperature 0.5 --seed 4 --threshold 0.3 "
        "Name a US state."
    ).result
    assert [str(a.method) for a in found.arms] == ["direct", "vs-cot"] * 2
    assert found.models == ("simulated/aligned", "simulated/base")
    assert [m.name for m in found.metrics] == ["rouge-l", "entropy"]
    assert found.metric_plan.level == 0.8
    assert found.options.k == 3
    assert found.options.threshold == 0.3
    frame = found.frame[found.frame["method"] == "vs-cot"]
    assert (frame["probability"] < 0.3).all()


@pytest.mark.parametrize(
    ("made", "flag"),
    [
        ("faces = list(range(1, 7))", "faces"),
        ("faces = {str(i): 1 for i in range(1, 7)}", "faces"),
        ("import pandas as pd; faces = pd.Series([str(i) for i in range(1, 7)])", "faces"),
        ("import pandas as pd; faces = pd.Series(range(1, 7)).astype(str).value_counts()", "faces"),
        ("pass", "1,2,3,4,5,6"),
    ],
)
def test_a_reference_is_a_variable_or_a_list(run, made, flag):
    """A list, counts, a column of answers or of counts, or answers with commas between."""
    run(made)
    found = run(
        f"%vs_compare -n 6 --seed 1 --metrics precision --reference {flag} Roll a die."
    ).result
    assert (found.summary["value"] == 1.0).all()


def test_an_embedder_can_be_a_variable(run):
    """A function of one's own."""
    run("import numpy as np\nown = lambda texts: np.array([[1.0, len(t)] for t in texts])")
    found = run(
        "%vs_compare -n 6 --seed 1 --metrics semantic_diversity --embedder own Name a US state."
    ).result
    assert found.summary["value"].notna().all()


def test_settings_hold_here_too(run):
    """%vs_config's k, n and model are the study's defaults; its method is not."""
    run("%vs_config k=2 n=8 model=simulated/base method=vs-cot")
    run("%vs_config seed=7")
    found = run("%vs_compare Roll a die.").result
    assert (found.options.k, found.options.n, found.options.seed) == (2, 8, 7)
    assert found.metric_plan.seed == 7
    assert found.models == ("simulated/base",)
    assert [str(arm.method) for arm in found.arms] == ["direct", "sequence", "vs-standard"]


def test_twenty_responses_where_nobody_says_otherwise(run):
    """Enough for intervals."""
    found = run("%vs_compare --seed 1 Roll a die.").result
    assert found.frame.groupby("arm").size().eq(20).all()


def test_a_sweep(run, shell):
    """One parameter over its values, on a line and in a cell."""
    found = run("%vs_sweep --vary k --values 1,5 -n 10 --seed 1 Roll a die.").result
    assert isinstance(found, Sweep)
    assert found.values == (1.0, 5.0)  # noqa: PD011
    run("%%vs_sweep tail << --vary threshold --values 1,0.2 -n 6 --seed 1\nName a US state.")
    assert shell.user_ns["tail"].parameter.name == "threshold"


COMPLAINTS = [
    ("%vs_compare", "there is no task: write it after the flags, as in %vs_compare -n 10 Name"),
    ("%%vs_compare\n\n", "the cell is empty: write the tasks, one a line, below the first line"),
    ("%%vs_compare Roll a die.\nRoll.", "is no flag: on %%vs_compare write the tasks, one a line,"),
    ("%vs_compare --methods direct Roll.", "a comparison needs two methods or two models"),
    ("%vs_compare --method direct Roll.", "--method is a flag of %vs; %vs_compare takes several"),
    ("%vs_compare --metrics entropi Roll.", "unknown metric 'entropi': did you mean 'entropy'"),
    ("%vs_compare --metrics coverage Roll.", "coverage compares the answers with what they ought"),
    ("%vs_compare --reference nope Roll.", "--reference names a variable, and 'nope' is not"),
    ("%vs_compare -n 1 Roll.", "n = 1 is too few"),
    ("%vs_compare -n two Roll.", "--n takes a whole number, not 'two'"),
    ("%vs_compare --metric entropy Roll.", "unknown flag --metric: did you mean --metrics?"),
    ("%vs_compare --level high Roll.", "--level takes a number, not 'high'"),
    ("%vs_compare --metrics --n 5 Roll.", "--metrics takes a value (A,B), and none was given"),
    ("%vs_compare -n 5 -n 6 Roll.", "--n is given twice"),
    ("%vs_compare --quiet --dry-run Roll.", "--dry-run only shows, and --quiet shows nothing"),
    ("%vs_compare --quiet=1 Roll.", "--quiet takes no value"),
    ("%vs_compare --display widget Roll.", "--display is a flag of %vs"),
    ("%vs_compare --min-probability 0.1 Roll.", "would leave the methods with unequal numbers"),
    ("%vs_compare -o 2x Roll.", "--out takes the name of a variable, and '2x' cannot be one"),
    ("%vs_compare Roll {{dice}}.", "{{dice}} names a variable that is not defined"),
    ("%vs_compare {{empty}}", "{{empty}} is an empty list of tasks"),
    ("%vs_compare {{numbers}}", "tasks[0] is int, not a text"),
    ("%vs_compare --judge simulated/base Roll.", "cannot judge: name a real model"),
    ("%vs_compare --model gpt-4.1 Roll.", "OPENAI_API_KEY"),
    ("%vs_compare Write a poem on rain.", "simulated/aligned is a toy that knows"),
    ("%vs_sweep Roll.", "--vary says what is swept: threshold, k, temperature or n"),
    ("%vs_sweep --vary top_p Roll.", "'top_p' cannot be swept"),
    ("%vs_sweep --vary k --k 5 Roll.", "--k is swept: give its values with --values"),
    ("%vs_sweep --vary k --values 1 Roll.", "needs two values of k or more"),
    ("%vs_sweep --vary threshold -m direct,cot Roll.", "direct, cot have no threshold"),
]


@pytest.mark.parametrize(("code", "says"), COMPLAINTS)
def test_bad_input_is_one_line_that_names_the_fix(run, complaint, code, says):
    """No traceback, whatever is wrong."""
    run("empty, numbers = [], [1, 2]")
    assert says in complaint(code)


def test_help_lists_every_flag(run, shell, capsys):
    """Generated from the declaration; `?` shows the same."""
    for command in (vs_compare.COMMAND, vs_sweep.COMMAND):
        run(f"%{command.name} --help")
        shown = capsys.readouterr().out
        for flag in command.flags:
            assert all(spelling in shown for spelling in flag.spellings)
        assert shell.find_line_magic(command.name).__doc__.strip() == shown.strip()


def test_every_option_of_a_call_is_a_flag_here():
    """Declared once: what `%vs` takes, these take, but for what means something else here."""
    names = {flag.name for flag in vs_compare.COMMAND.flags}
    left_out = {field.name for field in option_fields()} - names
    assert left_out == {"method", "min_probability"}


def test_an_arm_that_fails_is_a_row_and_a_word(run, endpoint, shell):
    """Of two models one is down: the other is compared, and the table says what happened."""
    from vs_magic.testing import faults

    served = endpoint(lambda _body: faults.status(400, "no such deployment"))
    found = run(
        "%vs_compare -n 5 --seed 1 --methods direct,sequence "
        "--models simulated/base,openai/loopback Roll a die."
    ).result
    assert served.requests
    assert found.frame.loc[found.frame["model"] == "openai/loopback", "error"].notna().all()
    assert "no such deployment" in found.report()
    assert shell.user_ns["_vs_study"] is found


def test_nothing_heavy_is_imported_by_loading():
    """The magics' module costs no pandas, numpy or altair until a study runs."""
    code = (
        "import sys, vs_magic.magics.vs_compare, vs_magic.magics.vs_sweep\n"
        "heavy = {'pandas', 'numpy', 'altair', 'litellm', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_notebook_shows_the_chart_then_the_table(run, shell, monkeypatch):
    """Two outputs: Vega-Lite and SVG in one, HTML in the other."""
    shown = []
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    monkeypatch.setattr(InteractiveShell, "_instance", shell)  # as in a kernel, there is one
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, **_: shown.append(data))
    found = run("%vs_compare -n 6 --seed 1 --quiet Roll a die.").result
    shown.clear()
    found._ipython_display_()
    assert [sorted(data) for data in shown] == [
        ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"],
        ["text/html", "text/plain"],
    ]
    assert re.search(r"<td[^>]*>vs-standard</td>", shown[1]["text/html"])


def test_the_summary_is_an_ordinary_frame(run):
    """It can be sorted, joined, written: it is pandas."""
    found = run("%vs_compare -n 6 --seed 1 --quiet Roll a die.").result
    assert type(found.summary) is pd.DataFrame


def test_the_papers_embedder_is_named_on_the_line(run, monkeypatch):
    """`--embedder litellm:NAME` measures by a hosted model; without its key nothing is asked."""
    monkeypatch.setenv("VS_MAGIC_CACHE_MB", "0")
    with Endpoint() as endpoint:
        for name, value in endpoint.env().items():
            monkeypatch.setenv(name, value)
        line = "%vs_compare -n 6 -k 3 --model simulated/aligned --metrics semantic_diversity "
        line += "--embedder litellm:text-embedding-3-small"
        found = run(f"{line} Name a US state.").result
        assert found.summary["value"].notna().all()
        assert endpoint.embeddings[0].body["model"] == "text-embedding-3-small"
        monkeypatch.delenv("OPENAI_API_KEY")
        monkeypatch.delenv("OPENAI_BASE_URL")
        monkeypatch.delenv("OPENAI_API_BASE")
        error = run(f"{line} Name a US state.").error_in_exec
    assert "text-embedding-3-small needs OPENAI_API_KEY" in str(error)
