"""`rl.tune`: what a script gets."""

import pytest

import reranklab as rl
from reranklab.rankers.catalogue import parse_ranker_id


def test_a_script_tunes_saves_and_uses_what_was_chosen():
    result = rl.tune("negation", ["bm25", "bm25?k1=0.2"], budget_ms=1e6, candidates="judged", folds=3)
    best = max(result, key=lambda each: each.mean.mean)
    assert result.ranker == best.ranker and result.ranker in repr(result) and result.ranker in result._repr_html_()
    assert result.to_dict()["chosen"]["held_out"]["mean"] == result.tuning.held_out.mean
    assert list(result.to_pandas()["ranker"]) == [each.ranker for each in result]
    drawing = result.figure("pareto")
    assert "p95" in drawing.words and "budget" in str(drawing.figure.layout.annotations)
    assert result.save_as("mine") == "tuned:mine" and parse_ranker_id("tuned:mine").id == result.ranker
    with pytest.raises(rl.InputError, match="A ranker cannot be called"):
        result.save_as("../mine")
    # a subpackage of the same name does not stand in the function's way
    from reranklab.tune.tuner import check_budget

    assert check_budget and callable(rl.tune)
    with pytest.raises(rl.InputError, match="A budget of -1 ms"):
        rl.tune("negation", "bm25", budget_ms=-1)
