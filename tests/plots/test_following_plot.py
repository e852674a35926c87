import pytest

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.following_run import follow
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.plots.following import draw_following
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query


def test_a_row_a_ranker_with_p_mrr_and_the_three_means():
    collection = Collection(
        name="fruit",
        split="test",
        documents={id_: Document(id=id_, text=f"a {id_} apple") for id_ in ("red", "green")},
        queries={id_: Query(id=id_, text="apple") for id_ in ("r", "g")},
        qrels={"r": {"red": 1, "green": 0}, "g": {"red": 0, "green": 1}},
        instructions={"r": "red", "g": "green"},
    )
    specs = [parse_ranker_id("bm25"), parse_ranker_id("bm25?variant=plus")]
    report = follow(prepare_tasks(collection, candidates="judged"), specs, measure="RR")
    drawing = draw_following(report.rankers, measure="RR")
    changes, *means = drawing.figure.data
    assert list(changes.x) == pytest.approx([0.5, 0.5]) and list(changes.y) == [0, 1]
    assert {trace.name: list(trace.x) for trace in means} == {
        "the right instruction": pytest.approx([1, 1]),
        "no instruction": pytest.approx([0.75, 0.75]),
        "the wrong instruction": pytest.approx([0.5, 0.5]),
    }
    assert "p-MRR +0.500" in drawing.words and "0.750 with no instruction" in drawing.words
    with pytest.raises(InputError, match="nothing to draw"):
        draw_following([], measure="RR")
