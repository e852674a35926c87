import pytest

from reranklab.errors import InputError
from reranklab.plots.timing import draw_timing, stage_times
from tests.evaluate.make import make_ranking, run_times

SLOW = make_ranking(
    "ab",
    ranker="cross-encoder",
    runs=[run_times(total, tokenise=10, compute=60, postprocess=5, queue=7) for total in (100, 80, 120)],
    load=900.0,
)
FAST = make_ranking("ab", ranker="bm25", runs=[run_times(2, tokenise=1, compute=0.5, postprocess=0)], cached=True)


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_stages_add_up_to_the_median_total():
    assert stage_times(SLOW.timing) == {"tokenise": 10, "transfer": 0, "compute": 60, "post-process": 5, "other": 25}
    assert stage_times(make_ranking("a", runs=[run_times(1)]).timing)["other"] == 0


def test_stacked_bars_fastest_first():
    figure = draw_timing([SLOW, FAST]).figure
    assert figure.layout.barmode == "stack"
    assert tuple(figure.layout.yaxis.ticktext) == ("BM25<br><i>cached</i>", "Cross-encoder")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert tuple(trace(figure, "compute").x) == (0.5, 60)
    assert tuple(trace(figure, "other").x) == (0.5, 25)
    assert figure.layout.xaxis.title.text == "time (ms/query)"
    assert figure.layout.xaxis.type == "linear"


def test_load_and_queue_have_panels_of_their_own():
    figure = draw_timing([SLOW, FAST]).figure
    load, queue = trace(figure, "load"), trace(figure, "queue")
    assert (load.xaxis, tuple(load.x), tuple(load.text)) == ("x2", (0, 900), ("none", "900 ms"))
    assert (queue.xaxis, tuple(queue.x)) == ("x3", (0, 7))


def test_whisker_from_median_to_p95():
    total = trace(draw_timing([SLOW, FAST]).figure, "total")
    # Sorted 80, 100, 120: the 95th percentile lies at position 1.9.
    assert tuple(total.x) == (2, 100)
    assert tuple(total.error_x.array) == (0, 18)
    assert total.error_x.visible is True
    assert trace(draw_timing([FAST]).figure, "total").error_x.visible is False


def test_labels_name_the_runs():
    texts = [annotation.text for annotation in draw_timing([SLOW, FAST]).figure.layout.annotations]
    assert texts[3:] == ["2.00 ms<br>1 run", "100 ms<br>p95 118 ms, 3 runs"]


def test_cached_results_are_hatched():
    assert tuple(trace(draw_timing([SLOW, FAST]).figure, "compute").marker.pattern.shape) == ("/", "")


def test_log_axis_has_marks_and_no_bars():
    figure = draw_timing([SLOW, FAST], log=True).figure
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.title.text == "time (ms/query), log scale"
    assert {item.type for item in figure.data if item.xaxis == "x"} == {"scatter"}
    # A stage that took no time has no place on a log axis.
    assert tuple(trace(figure, "post-process").x) == (5,)
    assert tuple(trace(figure, "post-process").y) == (1,)


def test_a_run_of_no_time_can_be_drawn():
    instant = make_ranking("a", runs=[run_times(0, tokenise=0, compute=0, postprocess=0)])
    assert draw_timing([instant]).figure.layout.xaxis.range[1] > 0
    assert draw_timing([instant], log=True).figure.layout.xaxis.range[0] < 0


def test_description():
    assert draw_timing([SLOW, FAST]).words == (
        "Median time per query, fastest first: BM25 2.00 ms (cached), Cross-encoder 100 ms."
    )


def test_refusal():
    with pytest.raises(InputError, match="no rankings"):
        draw_timing([])
