"""Verbalized Sampling in a notebook.

`%load_ext vs_magic` brings `%%vs`; in plain Python, `sample` and `asample` do the same:

    import vs_magic as vs
    dist = vs.sample("Tell me a joke about coffee.", k=5)
    dist.frame, dist.draw(seed=1).text

The public names are imported when they are first used, so that loading the extension stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vs_magic._version import __version__

if TYPE_CHECKING:  # the same names as below, for type checkers and editors
    from vs_magic import charts as charts
    from vs_magic import metrics as metrics
    from vs_magic import theory as theory
    from vs_magic.errors import BudgetError as BudgetError
    from vs_magic.errors import Interrupted as Interrupted
    from vs_magic.errors import MissingExtraError as MissingExtraError
    from vs_magic.errors import ModelError as ModelError
    from vs_magic.errors import OptionError as OptionError
    from vs_magic.errors import RefusalError as RefusalError
    from vs_magic.errors import ReplyError as ReplyError
    from vs_magic.errors import VSError as VSError
    from vs_magic.errors import WeightsError as WeightsError
    from vs_magic.llm.logprobs import Scored as Scored
    from vs_magic.llm.logprobs import Token as Token
    from vs_magic.llm.logprobs import first_tokens as first_tokens
    from vs_magic.llm.logprobs import token_logprobs as token_logprobs
    from vs_magic.llm.request import Complete as Complete
    from vs_magic.llm.request import Model as Model
    from vs_magic.llm.request import OnText as OnText
    from vs_magic.llm.request import Reply as Reply
    from vs_magic.llm.request import Request as Request
    from vs_magic.sampling.api import asample as asample
    from vs_magic.sampling.api import sample as sample
    from vs_magic.sampling.call import Call as Call
    from vs_magic.sampling.call import Usage as Usage
    from vs_magic.sampling.distribution import Distribution as Distribution
    from vs_magic.sampling.progress import Observer as Observer
    from vs_magic.sampling.progress import Progress as Progress
    from vs_magic.study.arms import Arm as Arm
    from vs_magic.study.compare import compare as compare
    from vs_magic.study.comparison import Comparison as Comparison
    from vs_magic.study.judge import Judgement as Judgement
    from vs_magic.study.judge import Verdict as Verdict
    from vs_magic.study.measure import Estimate as Estimate
    from vs_magic.study.measure import MeasureOptions as MeasureOptions
    from vs_magic.study.metric_plan import MeasureChanges as MeasureChanges
    from vs_magic.study.metric_plan import MetricPlan as MetricPlan
    from vs_magic.study.outcome import Result as Result
    from vs_magic.study.parameter import Parameter as Parameter
    from vs_magic.study.responses import Responses as Responses
    from vs_magic.study.responses import ResponseTable as ResponseTable
    from vs_magic.study.sweep import sweep as sweep
    from vs_magic.study.sweep_result import Sweep as Sweep
    from vs_magic.verbalized.candidate import Candidate as Candidate
    from vs_magic.verbalized.keywords import CommonOptions as CommonOptions
    from vs_magic.verbalized.keywords import SampleOptions as SampleOptions
    from vs_magic.verbalized.method import Format as Format
    from vs_magic.verbalized.method import Method as Method
    from vs_magic.verbalized.method import TextPart as TextPart
    from vs_magic.verbalized.method import Wording as Wording
    from vs_magic.verbalized.options import Options as Options
    from vs_magic.verbalized.parameters import Parameters as Parameters
    from vs_magic.verbalized.parse import parse as parse
    from vs_magic.verbalized.prompt import Message as Message
    from vs_magic.verbalized.shape import Shape as Shape
    from vs_magic.view.charts.chart import Chart as Chart
    from vs_magic.view.frame import CandidateFrame as CandidateFrame

_NAMES = {
    "errors": "BudgetError Interrupted MissingExtraError ModelError OptionError RefusalError "
    "ReplyError VSError WeightsError",
    "llm.logprobs": "Scored Token first_tokens token_logprobs",
    "llm.request": "Complete Model OnText Reply Request",
    "sampling.api": "asample sample",
    "sampling.call": "Call Usage",
    "sampling.distribution": "Distribution",
    "sampling.progress": "Observer Progress",
    "study.arms": "Arm",
    "study.compare": "compare",
    "study.comparison": "Comparison",
    "study.judge": "Judgement Verdict",
    "study.measure": "Estimate MeasureOptions",
    "study.metric_plan": "MeasureChanges MetricPlan",
    "study.outcome": "Result",
    "study.parameter": "Parameter",
    "study.responses": "Responses ResponseTable",
    "study.sweep": "sweep",
    "study.sweep_result": "Sweep",
    "verbalized.candidate": "Candidate",
    "verbalized.keywords": "CommonOptions SampleOptions",
    "verbalized.method": "Format Method TextPart Wording",
    "verbalized.options": "Options",
    "verbalized.parameters": "Parameters",
    "verbalized.parse": "parse",
    "verbalized.prompt": "Message",
    "verbalized.shape": "Shape",
    "view.charts.chart": "Chart",
    "view.frame": "CandidateFrame",
}
_HOME = {name: f"vs_magic.{home}" for home, names in _NAMES.items() for name in names.split()}
_MODULES = ("charts", "metrics", "theory")

__all__ = [  # noqa: PLE0604 - texts, of which some are the table's
    "__version__",
    "load_ipython_extension",
    "unload_ipython_extension",
    *_MODULES,
    *_HOME,
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _MODULES:
        value = importlib.import_module(f"vs_magic.{name}")
    elif name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'vs_magic' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics: `%load_ext vs_magic`."""
    from vs_magic.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take everything back: `%unload_ext vs_magic`."""
    from vs_magic.magics import unload

    unload(ipython)
