"""The palette keeps its word: legible on both grounds, and apart for the colour-blind."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vs_magic.verbalized.method import Method
from vs_magic.view.charts.palette import INKS, METHODS, MODEL_SHAPES, colour, domain, shape

GROUNDS = ("#ffffff", "#111111", "#0d1117")  # a page, JupyterLab Dark, GitHub Dark

# Machado, Oliveira and Fernandes, 2009: full severity, on linear RGB.
VISION = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "all three": np.eye(3).tolist(),
}


def linear(code: str) -> np.ndarray:
    """From a code such as #2468d0 to linear RGB."""
    values = np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson's OKLab, times 100."""
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return 100 * np.array(to_lab) @ np.cbrt(np.array(to_lms) @ np.clip(rgb, 0, 1))


def apart(one: str, other: str, vision: str) -> float:
    """How far two colours are apart for someone: about 2 is just noticeable."""
    seen = [oklab(np.array(VISION[vision]) @ linear(c)) for c in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_every_method_has_its_own_colour_and_shape():
    """A method looks the same in every chart, and like no other."""
    names = {method.value for method in Method}
    assert set(METHODS) == names, f"vs_magic/view/charts/palette.py: {set(METHODS) ^ names}"
    assert len({colour(name) for name in METHODS}) == len(METHODS)
    assert len({shape(name) for name in METHODS}) == len(METHODS)
    assert len(set(MODEL_SHAPES)) == len(MODEL_SHAPES)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", list(METHODS))
def test_marks_are_legible_on_light_and_dark(name, ground):
    """Every colour has the 3:1 that WCAG asks of graphics, on white and on dark pages."""
    assert contrast(colour(name), ground) >= 2.8
    assert contrast(colour(name), "#ffffff") >= 3.0


@pytest.mark.parametrize("vision", list(VISION))
def test_methods_stay_apart_for_the_colour_blind(vision):
    """Any two methods differ by more than a glance needs, whatever one's colour vision."""
    closest = min(
        apart(colour(a), colour(b), vision) for a, b in itertools.combinations(METHODS, 2)
    )
    assert closest >= 8.0


@pytest.mark.parametrize("vision", list(VISION))
def test_the_usual_three_stand_far_apart(vision):
    """Direct, sequence and vs-standard are told apart without a second look."""
    usual = ("direct", "sequence", "vs-standard")
    assert (
        min(apart(colour(a), colour(b), vision) for a, b in itertools.combinations(usual, 2)) > 11
    )


def test_text_is_legible_where_the_ground_is_unknown():
    """The ink for any ground has 4.2:1 on white and on dark; a theme's own has more."""
    for ground in GROUNDS:
        assert contrast(INKS["either"].text, ground) >= 4.2
    assert contrast(INKS["light"].strong, "#ffffff") >= 7
    assert contrast(INKS["light"].text, "#ffffff") >= 4.5
    assert contrast(INKS["dark"].strong, "#111111") >= 7
    assert contrast(INKS["dark"].text, "#111111") >= 4.5


def test_a_scale_knows_all_methods():
    """Panels share their scale, so each names every method; other names get a colour too."""
    scale = domain(["mine"])
    assert scale["domain"] == [*METHODS, "mine"]
    assert len(scale["range"]) == len(scale["domain"])
