"""`reranklab before-after`: the table and the JSON hold the same numbers."""

from tests.contract.command import printed_json, run_command

ARGUMENTS = (
    "before-after", "--before", "bm25", "--after", "bm25?k1=0&b=0", "--dataset", "negation", "--dataset", "arguments",
    "--own", "negation", "--candidates", "judged", "--probes", "samples",
)  # fmt: skip


def test_the_table_and_its_json_agree():
    record = printed_json(*ARGUMENTS)
    status, out, err = run_command(*ARGUMENTS, "--top", "1")
    assert (status, err) == (0, "")
    for each in record["collections"]:
        pair = each["difference"]
        assert f"{pair['difference']:+.3f} [{pair['interval'][0]:+.3f}, {pair['interval'][1]:+.3f}]" in out
        gained = max(each["queries"], key=lambda query: query["change"])
        assert gained["query"] in out
        assert each["run"] is not None
    assert [each["trained_for"] for each in record["collections"]] == [True, False]
    assert all(sentence in out for sentence in record["verdict"])
    assert record["probes"]["flips"][0]["probe"]["id"] in out


def test_the_same_ranker_twice_is_an_error():
    status, _, err = run_command("before-after", "--before", "bm25", "--after", "bm25", "--dataset", "negation")
    assert status == 2 and "both before and after" in err
