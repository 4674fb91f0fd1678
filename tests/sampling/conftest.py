"""Plans whose model plays back a script, for the conductor's own tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vs_magic.llm.request import Model
from vs_magic.sampling.plan import Plan
from vs_magic.testing import ScriptedModel
from vs_magic.verbalized.options import Options

TASK = "Name a colour.\nOnly the name."


@pytest.fixture
def scripted() -> Callable[..., tuple[Plan, ScriptedModel]]:
    """Make a plan on a scripted model: `plan, model = scripted([replies], k=2)`."""

    def make(script, **options):
        model = ScriptedModel(script)
        plan = Plan(
            task=TASK,
            options=Options(model="scripted", **options),
            model=Model(name="scripted", complete=model, estimate=lambda _: 0.01),
            reason="the test named it",
        )
        return plan, model

    return make
