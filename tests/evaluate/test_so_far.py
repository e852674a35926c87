from reranklab.evaluate.anytime import confidence_sequence
from reranklab.evaluate.experiment import visit_order
from reranklab.evaluate.so_far import intervals_so_far

QUERIES = [f"q{number}" for number in range(40)]


def test_means_and_differences_follow_the_order_of_the_visits():
    arrival = [QUERIES[position] for position in visit_order(QUERIES)]
    values = {query: number / 40 for number, query in enumerate(QUERIES)}
    done = {
        "first": {query: {"RR": values[query]} for query in QUERIES},
        "second": {query: {"RR": 0.5} for query in arrival[:7]},
        "not begun": {},
    }
    found = intervals_so_far(done, QUERIES, measure="RR")
    assert set(found.means) == {"first", "second"}
    assert found.means["first"] == confidence_sequence([values[query] for query in arrival])
    assert list(found.differences) == [("first", "second")], "the third shares no query yet"
    difference = found.differences["first", "second"]
    assert difference == confidence_sequence([values[query] - 0.5 for query in arrival[:7]], low=-1.0, high=1.0)
    assert difference.low < difference.mean < difference.high
