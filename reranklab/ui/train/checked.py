"""What the check before a training found: leaks, the cost, the data, the loss."""

from __future__ import annotations

from reranklab.ui.say import say
from reranklab.ui.train.state import Checked

_SHORT = 1.5
"""Minutes below which seconds are told."""


def show_checked(done: Checked) -> None:
    """The cost and the verdict on leaks first."""
    made, estimate = done.training_set, done.estimate
    memory = f"{estimate.gigabytes:.1f} GB of memory" if estimate.peak is None else f"{estimate.peak:.1f} GB of memory in all"
    say("query", f"{done.recipe.name}: {time_in_words(estimate.minutes)}, {memory}")
    checked = str(made.provenance.get("evaluate_on", ""))
    say("info" if checked else "warning", leaks_in_words(checked, int(made.provenance.get("leaks_left_out") or 0)))
    held = "none" if not made.held_back else f"{len(made.held_back):,}"
    say(
        "note",
        f"{len(made.lists):,} lists to train on, {held} held back to stop early by. {made.provenance.get('labels_why', '')} "
        f"Loss: {done.loss.id}. {done.loss.why}",
    )
    say("note", f"In full: {estimate.words}")
    for note in made.notes:
        say("note", note)


def time_in_words(minutes: float) -> str:
    """Such as "about 12 minutes"."""
    return f"about {60 * minutes:,.0f} seconds" if minutes < _SHORT else f"about {minutes:,.0f} minutes"


def leaks_in_words(checked: str, left_out: int) -> str:
    """The verdict on training queries that the `checked` evaluations ask too. Where some leaked and were not left out, nothing
    is checked further."""
    if not checked:
        return (
            "Nothing is kept to judge the model by: no evaluation was named and no query is kept for the test. What it scores "
            "on its own training queries says nothing."
        )
    if left_out:
        queries = "1 query" if left_out == 1 else f"{left_out:,} queries"
        return f"No leak is left: {queries} that {checked} asks too, in the same or in other words, are not trained on."
    return f"No leak: no training query is asked by {checked}, in the same or in other words."
