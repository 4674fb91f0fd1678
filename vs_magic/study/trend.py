"""A sweep's trend: how a metric moves over all settings that arrived."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vs_magic.metrics import Metric
from vs_magic.metrics.units import Spread, weighed_sum
from vs_magic.study.measure import Estimate
from vs_magic.verbalized.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How one metric of one method moves along a parameter.

    Parameters
    ----------
    method
        Whose it is.
    spread
        The rise of a straight line over the settings, taken in equal steps, from the first that
        arrived to the last; its note says why there is none.
    first, last
        The values of the parameter at these.
    """

    method: Method
    spread: Spread
    first: float = math.nan
    last: float = math.nan


def trends(estimates: Sequence[Estimate], values: Sequence[float]) -> dict[Metric, list[Trend]]:
    """Return the trend of each metric and method that was asked at more than one value.

    Parameters
    ----------
    estimates
        Each metric of each method at each value.
    values
        The parameter's values, in order.
    """
    found: dict[Metric, list[Trend]] = {}
    of = {(e.metric, e.arm.method, e.arm.at): e for e in estimates}
    for metric, method in dict.fromkeys((e.metric, e.arm.method) for e in estimates):
        asked = [(at, of[metric, method, at]) for at in values if (metric, method, at) in of]
        if asked:
            found.setdefault(metric, []).append(_of_method(method, asked))
    return found


def _of_method(method: Method, asked: Sequence[tuple[float, Estimate]]) -> Trend:
    arrived = [(at, e) for at, e in asked if e.spreads]
    if len(arrived) < 2:
        which = f"{len(arrived)} of {len(asked)} settings arrived"
        return Trend(method=method, spread=Spread(value=math.nan, note=which))
    steps = np.arange(len(arrived)) - (len(arrived) - 1) / 2
    shares = steps * (len(arrived) - 1) / float(steps @ steps)
    spreads = [e.spread for _, e in arrived]
    line = weighed_sum(spreads, shares.tolist())
    if not all(s.is_known or (s.freedom and not s.error) for s in spreads):
        line = Spread(value=line.value)
    return Trend(method=method, spread=line, first=arrived[0][0], last=arrived[-1][0])
