"""The asks so far: stepping, pooling, ids, pins."""

from __future__ import annotations

import pytest

from tests.browser import scenes
from vs_magic.view.widget.history import History, kept_frame, pool


def test_pooled_weights_are_averaged_over_calls():
    """An ask of two calls counts twice as much as an ask of one; the weights sum to 1 again."""
    one = scenes.shown([("a", 0.6), ("b", 0.4)])
    two = scenes.shown([("c", 0.5), ("d", 0.5)])
    two.frame["call"] = [1, 2]
    pooled = pool([one, two]).frame
    assert pooled["weight"].tolist() == pytest.approx([0.2, 0.4 / 3, 1 / 3, 1 / 3])
    assert pooled["weight"].sum() == pytest.approx(1)
    assert pooled["rank"].tolist() == [3, 4, 1, 2]


def test_pooling_keeps_calls_apart():
    """Rows of different asks never share a call's number, and each call is found again."""
    pooled = pool([scenes.jokes(reasoning="first"), scenes.jokes(reasoning="second")])
    assert pooled.frame["call"].tolist() == [1] * 5 + [2] * 5
    assert [(call.call, call.reasoning) for call in pooled.calls] == [(1, "first"), (2, "second")]


def test_pooling_sums_what_was_spent_and_averages_what_was_stated():
    """Calls, tokens and cost are summed; Σ stated is averaged over calls; nothing known is lost."""
    pooled = pool([scenes.jokes(), scenes.shown(scenes.TEA)])
    assert pooled.frame.attrs["calls"] == 2
    assert pooled.frame.attrs["cost_usd"] == pytest.approx(0.0024)
    assert pooled.stated_sum == pytest.approx((3.5 + 0.6) / 2)
    unknown = pool([scenes.jokes(), scenes.jokes(cost_usd=None)])
    assert unknown.frame.attrs["cost_usd"] is None


def test_pooling_leaves_the_asks_as_they_were():
    """The frames that users hold are not written to."""
    asks = [scenes.jokes(), scenes.jokes()]
    before = asks[0].frame.copy()
    pool(asks)
    assert asks[0].frame.equals(before)


def test_failed_calls_carry_no_weight_when_pooled():
    """An ask in which every call failed changes no weight of the others."""
    failed = scenes.shown([(None, None)])
    pooled = pool([scenes.jokes(), failed]).frame
    assert pooled["weight"].iloc[:5].sum() == pytest.approx(1)
    assert pooled["weight"].isna().sum() == 1


def test_a_candidate_keeps_its_id_when_its_ask_is_pooled():
    """So that a pin, or a draw's light, means the same candidate on every page."""
    history = History(asks=[scenes.jokes(), scenes.shown(scenes.TEA)])
    alone = history.page().ids
    history.pooled = True
    assert history.page().ids[: len(alone)] == alone
    assert history.page().asks == 2


def test_stepping_is_held_to_the_ends():
    """There is no ask before the first one, nor after the last."""
    history = History(asks=[scenes.jokes(), scenes.jokes()])
    history.step(-3)
    assert history.at == 0
    history.step(9)
    assert history.at == 1


@pytest.mark.parametrize("id_", ["", "1", "1.", ".1", "1.99", "9.0", "0.0", "a.b", "1.0.0", "-1.0"])
def test_an_id_that_names_nothing_is_found_nowhere(id_):
    """Ids come from a browser; a wrong one finds nothing and raises nothing."""
    assert History(asks=[scenes.jokes()]).find(id_) is None


def test_pinned_rows_come_in_the_order_of_pinning():
    """The pinned frame holds rows of any ask; without pins it is empty, with its columns."""
    history = History(asks=[scenes.jokes(), scenes.shown(scenes.TEA)])
    kept = kept_frame(history, ["2.1", "1.0"])
    assert kept["text"].tolist() == [scenes.TEA[1][0], scenes.JOKES[0][0]]
    assert kept_frame(history, []).columns.tolist() == kept.columns.tolist()
    assert len(kept_frame(history, [])) == 0
