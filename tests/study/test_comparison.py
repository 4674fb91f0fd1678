"""What a comparison holds and shows: the frame, the table, the charts, words for a terminal."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from tests.view.charts.frames_of import data, titles
from vs_magic.errors import OptionError, WeightsError
from vs_magic.study.compare import compare
from vs_magic.view.frame import DTYPES

STATE = "Name a US state."


@pytest.fixture(scope="module")
def found():
    """A comparison of short answers."""
    return compare(STATE, n=30, model="simulated/aligned", temperature=0.7, seed=1)


@pytest.fixture(scope="module")
def jokes():
    """A comparison of texts."""
    return compare(
        "Tell me a joke about coffee.",
        n=20,
        model="simulated/aligned",
        temperature=0.7,
        seed=1,
        embedder="lexical",
    )


def test_the_frame_has_every_response(found):
    """Task and arm, then the columns of a candidate frame; a plain DataFrame."""
    assert type(found.frame) is pd.DataFrame
    assert list(found.frame.columns) == ["task", "arm", *DTYPES]
    assert found.frame.groupby("arm").size().to_dict() == {
        "direct": 30,
        "sequence": 30,
        "vs-standard": 30,
    }
    json.dumps(found.frame.attrs)
    assert found.frame.attrs["calls"] == 42
    assert found.frame.attrs["methods"] == ["direct", "sequence", "vs-standard"]


def test_the_summary_is_tidy(found):
    """A row an arm and metric, with what it takes to read it."""
    assert list(found.summary.columns) == [
        *("metric", "method", "model", "value", "low", "high"),
        *("n", "tasks", "unit", "higher_is", "note", "units"),
    ]
    given = found.summary[found.summary["low"].notna()]
    assert set(given["method"]) == {"direct", "sequence", "vs-standard"}
    assert (given["low"] <= given["value"]).all()
    assert (given["value"] <= given["high"]).all()
    assert (found.summary["units"] == 6).all()
    assert (found.summary["n"] == 30).all()


def test_the_main_chart_of_answers(found):
    """The answers side by side, then every metric; titled with task, model, T, n, date."""
    spec = found.chart().to_dict()
    named = titles(spec)
    assert named[0] == STATE
    assert [t for t in named if t in ("What it answered", "How varied")] == [
        "What it answered",
        "How varied",
    ]
    (subtitle,) = spec["title"]["subtitle"]
    assert subtitle.startswith("simulated/aligned · T = 0.7 · 30 responses per method · k = 5 · 20")
    counted = sum(row["count"] for row in data(spec) if "count" in row)
    assert counted == 90


def test_the_main_chart_of_texts(jokes):
    """A map by embeddings, the text on hover, identical ones as one point."""
    spec = jokes.chart().to_dict()
    assert "Where the responses lie" in titles(spec)
    texts = [row for row in data(spec) if "text" in row and "x" in row]
    assert sum(row["count"] for row in texts) == 60
    assert any("mugged" in row["text"] for row in texts)
    assert "Semantic diversity" in titles(spec)


def test_without_an_embedder_lexical_metrics_remain(jokes, tmp_path, monkeypatch):
    """No lexical number is given as a semantic one; one line says what to fetch or install."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path))  # no weights there
    plain = jokes.measured(embedder="light")
    assert "Semantic diversity is left out, lexical metrics remain:" in plain.report()
    assert plain.summary["metric"].unique().tolist() == [
        *("rouge-l", "distinct-2", "distinct-answers")
    ]
    assert "The same response, how often" in titles(plain.chart().to_dict())
    with pytest.raises(WeightsError, match="vs-magic fetch"):
        plain.map_chart()


def test_the_map_says_how_much_it_holds(jokes):
    """A plane is not the whole space, and the chart says what share it is."""
    spec = json.dumps(jokes.map_chart().to_dict(), ensure_ascii=False)
    assert "% of the spread" in spec.replace('", "', " ")  # a long note goes on below


def test_the_calibration_chart(found, jokes, scripted):
    """Stated against observed; where that makes no sense, it says why."""
    spec = found.calibration_chart().to_dict()
    rows = {row["answer"]: row for row in data(spec) if "answer" in row}
    assert rows["California"]["observed"] > rows["California"]["stated"]
    two = compare("Name a colour.", model=scripted().as_model(), n=5, methods="direct,sequence")
    with pytest.raises(OptionError, match="compare direct with a method that states some"):
        two.calibration_chart()
    apart = compare("Name a colour.", model=scripted(one=lambda i: f"x{i}").as_model(), n=5)
    with pytest.raises(OptionError, match="no answer that was stated ever came directly"):
        apart.calibration_chart()


def test_every_chart_is_drawn(found, jokes):
    """As SVG, as well-formed XML."""
    for chart in (
        *(found.chart(), found.metrics_chart(), found.answers_chart(), found.calibration_chart()),
        *(jokes.map_chart(), jokes.similarity_chart(), jokes.answers_chart()),
    ):
        ET.fromstring(chart.svg())


def test_several_tasks_are_rows_of_the_main_chart():
    """And a single chart is of the task that one names, by number or by text."""
    tasks = ["Roll a die.", "Flip a coin."]
    found = compare(tasks, n=10, model="simulated/base", seed=1)
    assert "Task by task" in titles(found.chart().to_dict())
    assert titles(found.answers_chart(1).to_dict())[0] == "Flip a coin."
    assert titles(found.answers_chart("Roll a die.").to_dict())[0] == "Roll a die."
    with pytest.raises(OptionError, match="there is no task 2 here: 0: Roll a die.; 1: Flip"):
        found.answers_chart(2)


def test_several_models_are_arms_too():
    """Each method of each model; labels name the model where there are several."""
    models = ["simulated/aligned", "simulated/base"]
    found = compare("Roll a die.", n=10, model=models, methods="direct,vs-standard", seed=1)
    assert found.frame["arm"].unique().tolist() == [
        "direct · simulated/aligned",
        "vs-standard · simulated/aligned",
        "direct · simulated/base",
        "vs-standard · simulated/base",
    ]
    assert len(found.differences[found.differences["metric"] == "entropy"]) == 4
    assert found.chart().svg()


def test_a_terminal_gets_a_table_and_a_paragraph(found):
    """Within a hundred columns, with intervals."""
    text = repr(found)
    assert text.startswith(STATE)
    _, verdict, table, *_ = text.split("\n\n")
    assert " ".join(verdict.split()) == " ".join(found.verdict)
    assert table.split()[:2] == ["Distinct", "answers"]
    assert "Distinct answers" in text
    assert "In parentheses, 95 % intervals" in " ".join(text.split())
    assert max(len(line) for line in text.split("\n")) <= 110


def test_the_verdict_comes_first_and_the_rest_is_folded(found):
    """In three sentences: the values, what is clear and by what, what is not; then the details."""
    values, clear = found.verdict
    assert values == "direct gave 2 answers, sequence 8, vs-standard 17."
    assert clear == (
        "Clear (distinct answers and entropy): sequence and vs-standard against direct; "
        "vs-standard against sequence."
    )
    html = found._repr_html_()
    assert html.index(found.verdict[0]) < html.index("<details") < html.index("<table")
    assert "<summary>Table, pairs and method</summary>" in html


def test_the_table_is_escaped(scripted):
    """Tasks, models and errors are text on the page, whatever they hold."""
    model = scripted(fails=("sequence",)).as_model("<b>model</b>")
    found = compare("<script>alert(1)</script>", model=model, n=5)
    html = found._repr_html_()
    assert "<script" not in html
    assert "<b>model" not in html


def test_the_frames_of_the_parts_stay_as_they_are(found):
    """Putting them together changes none of them."""
    part = found.results[0].distribution.frame
    found.frame  # noqa: B018 - it is what might change it
    assert list(part.columns) == list(DTYPES)
    assert part.attrs["task"] == STATE


def test_a_metric_that_is_undefined_on_a_task_is_left_out_of_the_verdict(scripted):
    """One-word answers have no bigrams: the chart says on how many tasks it is defined."""

    class Two(scripted):
        def _text(self, request):
            line = "Write" in request.messages[1]["content"]
            self.one = (lambda i: f"red fox ran {i % 3}") if line else (lambda _: "red")
            return super()._text(request)

    model = Two().as_model()
    tasks = ["Name a colour.", "Write a line."]
    found = compare(tasks, model=model, methods="direct,cot", n=10, metrics="distinct-2,entropy")
    assert found.summary.query("metric == 'distinct-2'")["tasks"].tolist() == [1, 1]
    assert found.differences.query("metric == 'distinct-2'")["clear"].isna().all()
    assert "undefined on 1 of 2 tasks: it is left out of the verdict" in found.report()
    assert "1 of 2 tasks" in json.dumps(found.metrics_chart().to_dict())
    assert found.differences.query("metric == 'entropy'")["clear"].notna().all()


def test_the_source_is_estimated_beside_the_sample(found):
    """Of single answers; of lists only where a reference closes what there can be."""
    assert found.source["method"].tolist() == ["direct"]
    assert found.source["estimators"].tolist() == ["Chao-Shen, Chao1"]
    assert "Of the source, not of the sample, it is estimated (Chao-Shen, Chao1)" in found.report()
    die = compare(
        "Roll a six-sided die.",
        n=30,
        model="simulated/aligned",
        seed=1,
        reference=range(1, 7),
    )
    assert die.source["method"].tolist() == ["direct", "sequence", "vs-standard"]
    assert (die.source["answers"] <= 6).all()
    assert (die.source["entropy"] <= math.log2(6)).all()
    summary = die.summary.set_index("metric")
    assert (summary.loc["distinct-answers", "high"].dropna() <= 6).all()
    assert (summary.loc["entropy", "high"].dropna() <= math.log2(6)).all()


def test_the_main_chart_is_saved_for_paper(found, tmp_path):
    """One call, by the ending; black on white."""
    assert found.save(tmp_path / "figure.pdf", width=600).read_bytes().startswith(b"%PDF")
    svg = found.save(tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert 'fill="#000000"' in svg
    assert "<desc>" in svg
