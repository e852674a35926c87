"""A run's candidates, reranked to less depth."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.evaluate.depth import replay_depth
from reranklab.plots.depth import draw_depth
from reranklab.ui.evaluate.runs import OpenRun
from reranklab.ui.figures import show_figure
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


def show_depth(session: SessionState, run: OpenRun) -> None:
    """nDCG@10 against the depth, or why it cannot be replayed."""
    try:
        replay = replay_depth(store(), run.stored.id)
    except InputError as error:
        say("info", str(error))
        return
    show_figure(draw_depth(replay, titles=run.titles), key="evaluate_depth")
