"""Measures of how varied texts are, and of how near answers come to a reference.

    import vs_magic as vs
    vs.metrics.rouge_l(texts)                     # each metric is a function: texts -> float
    vs.metrics.get("rouge-l").higher_is           # and registered, with what its number means
    vs.metrics.interval("rouge-l", texts)         # its interval

NaN where a metric is undefined. Whatever is heavy is imported by the function that needs it.

semantic     semantic_diversity, pairwise_similarity
lexical      rouge_l, distinct_1, distinct_2, distinct_3, distinct_n, self_bleu
compression  compression_ratio
modes        unique_share, distinct_answers, entropy
effective    vendi
classes      distinct_k
reference    kl, js
distance     total_variation, chi_square
correct      coverage, precision
numeric      kolmogorov_smirnov, wasserstein
calibration  brier, expected_calibration_error, calibration_table
bootstrap    interval, difference, permutation_test
sources      source
embed        get_embedder, register
choose       choose
"""

from __future__ import annotations

from vs_magic.metrics import embed
from vs_magic.metrics._registry import Metric, diversity, get, metric, names, registered
from vs_magic.metrics.bootstrap import Interval, difference, interval, permutation_test
from vs_magic.metrics.calibration import brier, calibration_table, expected_calibration_error
from vs_magic.metrics.choose import Choice, choose
from vs_magic.metrics.classes import distinct_k, equivalence_classes
from vs_magic.metrics.compression import compression_ratio
from vs_magic.metrics.correct import coverage, precision
from vs_magic.metrics.distance import chi_square, total_variation
from vs_magic.metrics.effective import vendi
from vs_magic.metrics.embed import Embedder, get_embedder, register
from vs_magic.metrics.lexical import (
    distinct_1,
    distinct_2,
    distinct_3,
    distinct_n,
    rouge_l,
    self_bleu,
)
from vs_magic.metrics.modes import distinct_answers, entropy, unique_share
from vs_magic.metrics.numeric import kolmogorov_smirnov, wasserstein
from vs_magic.metrics.permutation import holm
from vs_magic.metrics.reference import js, kl
from vs_magic.metrics.semantic import pairwise_similarity, semantic_diversity
from vs_magic.metrics.sources import Source, source
from vs_magic.metrics.units import Spread

__all__ = [
    "Choice",
    "Embedder",
    "Interval",
    "Metric",
    "Source",
    "Spread",
    "brier",
    "calibration_table",
    "chi_square",
    "choose",
    "compression_ratio",
    "coverage",
    "difference",
    "distinct_1",
    "distinct_2",
    "distinct_3",
    "distinct_answers",
    "distinct_k",
    "distinct_n",
    "diversity",
    "embed",
    "entropy",
    "equivalence_classes",
    "expected_calibration_error",
    "get",
    "get_embedder",
    "holm",
    "interval",
    "js",
    "kl",
    "kolmogorov_smirnov",
    "metric",
    "names",
    "pairwise_similarity",
    "permutation_test",
    "precision",
    "register",
    "registered",
    "rouge_l",
    "self_bleu",
    "semantic_diversity",
    "source",
    "total_variation",
    "unique_share",
    "vendi",
    "wasserstein",
]
