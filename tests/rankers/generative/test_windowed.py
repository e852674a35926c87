"""A list reordered window by window, with a method that sorts each window perfectly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.llm.escape import escaped_prompt_warning
from reranklab.llm.local import WindowOrder
from reranklab.progress import Step
from reranklab.rankers.generative.windowed import WindowedOrder, WindowPlan
from reranklab.types import RANK_ONLY, TOKEN_LOGIT


def run(values: list[int], *, size: int, step: int) -> WindowedOrder:
    """Sort each window by value, largest first."""
    plan = WindowPlan(size=size, step=step, passage_tokens=8)
    state = WindowedOrder(len(values), plan=plan, cancel=None, progress=None)
    for positions in state:
        window = [values[position] for position in positions]
        order = tuple(sorted(range(len(window)), key=lambda place: -window[place]))
        scores = tuple(float(value) for value in window)
        state.reorder(WindowOrder(order=order, scores=scores, tokens=len(window), repairs=1))
    return state


def ranked(state: WindowedOrder) -> list[int]:
    """Candidates, best first."""
    scores = state.scores()
    return sorted(range(len(scores)), key=lambda candidate: -scores[candidate])


def test_one_window_keeps_the_methods_scores() -> None:
    state = run([3, 9, 5], size=4, step=2)
    assert state.count == 1
    assert state.scores() == [3.0, 9.0, 5.0]
    assert state.scale(TOKEN_LOGIT) is TOKEN_LOGIT


def test_several_windows_give_an_order_only() -> None:
    # Windows of 4, step 2, over 6: positions 2 to 5, then 0 to 3. The best of the bottom rises into the top window.
    state = run([1, 2, 3, 4, 5, 6], size=4, step=2)
    assert state.count == 2
    assert ranked(state) == [5, 4, 1, 0, 3, 2]
    assert state.scores() == [1 / 4, 1 / 3, 1 / 6, 1 / 5, 1 / 2, 1]
    assert state.scale(TOKEN_LOGIT) is RANK_ONLY
    assert (state.tokens, state.repairs) == (8, 2)


@given(
    values=st.lists(st.integers(), min_size=1, max_size=60, unique=True),
    size=st.integers(min_value=2, max_value=20),
    step=st.integers(min_value=1, max_value=20),
)
def test_always_a_permutation_with_the_best_at_the_top(values: list[int], size: int, step: int) -> None:
    """With a perfect method the best candidate reaches rank 1, wherever it started: windows overlap unless step = size."""
    step = min(step, size)
    state = run(values, size=size, step=step)
    assert sorted(ranked(state)) == list(range(len(values)))
    if step < size:
        assert ranked(state)[0] == values.index(max(values))


def test_progress_counts_windows_and_ends() -> None:
    steps: list[Step] = []
    plan = WindowPlan(size=4, step=2, passage_tokens=8)
    state = WindowedOrder(8, plan=plan, cancel=None, progress=steps.append)
    for positions in state:
        state.reorder(WindowOrder(order=tuple(range(len(positions))), scores=None, tokens=0))
    assert [(step.done, step.total, step.unit) for step in steps] == [(number, 3, "window") for number in range(4)]


@pytest.mark.parametrize(("changed", "count"), [(0, 0), (2, 1)])
def test_defused_documents_are_counted(changed: int, count: int) -> None:
    assert len(escaped_prompt_warning(changed)) == count
    assert all(text.startswith("2 documents") for text in escaped_prompt_warning(changed))
