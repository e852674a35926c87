"""Rankers saved under a name: what the name stands for, what is refused, and what a damaged file costs."""

from pathlib import Path

import pytest

import reranklab as rl
from reranklab.errors import InputError, LockedError
from reranklab.rankers.catalogue import add_family, parse_ranker_id
from reranklab.rankers.named import NamedRanker, delete_named, find_named, named_rankers, save_named
from reranklab.rankers.scorer import scorer_family
from tests.contract.command import printed_json, run_command

CASCADE = "cascade(bm25?k1=2,bm25)?keep=3"


def save(name: str = "fast", ranker: str = CASCADE) -> NamedRanker:
    named = NamedRanker(name=name, ranker=ranker, origin={"collection": "negation", "budget_ms": 200.0})
    save_named(named)
    return named


def test_the_name_stands_for_the_id_in_every_place_of_an_id():
    named = save()
    assert find_named("fast") == named
    assert parse_ranker_id("tuned:fast").id == parse_ranker_id(CASCADE).id
    assert parse_ranker_id(" chunked( tuned:fast )?words=64 ").id == parse_ranker_id(f"chunked({CASCADE})?words=64").id
    result = rl.rank("red apples", ["pears", "red apples"], "tuned:fast")
    assert result.ranking.provenance.ranker == result.ranking.ranker == parse_ranker_id(CASCADE).id


def test_commands_take_the_name_and_their_results_hold_the_id(tmp_path: Path):
    save()
    documents = tmp_path / "docs.txt"
    documents.write_text("red apples\npears\n")
    record = printed_json("rank", "--query", "red", "--documents", documents, "--ranker", "tuned:fast")
    assert record["rankings"][0]["ranker"] == parse_ranker_id(CASCADE).id
    named = printed_json("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", "tuned:fast")
    itself = printed_json("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", CASCADE)
    assert itself["stored"] == 12, "the name and the id share what is stored"
    assert named["results"][0]["ranker"] == itself["results"][0]["ranker"]


@pytest.mark.parametrize("name", ["../up", "a/b", "a\\b", "x" * 300, "a\x1bb", "a\nb", "", ".", "-a", "a-", "a?b", "a(b"])
def test_hostile_names_are_refused_in_a_sentence(name: str):
    with pytest.raises(InputError, match=r"^A ranker cannot be called .{0,200}\. Take up to 40 letters"):
        save_named(NamedRanker(name=name, ranker="bm25"))
    with pytest.raises(InputError):
        find_named(name)
    assert named_rankers().rankers == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "not valid JSON"),
        ("[]", "not an object"),
        ('{"format": 2, "ranker": "bm25", "origin": {}, "created_at": "2026"}', "format is 2"),
        ('{"format": 1, "ranker": 3, "origin": {}, "created_at": "2026"}', "ranker is 3"),
        ('{"format": 1, "ranker": "bm25", "origin": {"a": [1]}, "created_at": "2026"}', "origin"),
        ("x" * 200_000, "more than 100,000 bytes"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_costs_no_other(content: str, why: str):
    save("whole", "bm25")
    save("torn")
    from reranklab.data.paths import data_dir

    (data_dir() / "rankers" / "torn.json").write_text(content)
    with pytest.raises(InputError, match=f"The named ranker torn is damaged and counts as absent .*{why}"):
        parse_ranker_id("tuned:torn")
    found = named_rankers()
    assert list(found.rankers) == ["whole"] and len(found.damaged) == 1
    status, out, err = run_command("rankers", "list")
    assert status == 0 and "tuned:whole" in out and err.count("\n") == 1
    delete_named("torn")
    assert named_rankers().damaged == ()


def test_a_name_stands_for_no_other_name():
    save("loop", "tuned:loop")
    with pytest.raises(InputError, match="tuned:loop stands for tuned:loop, which does not work"):
        parse_ranker_id("tuned:loop")


def test_what_was_saved_is_replaced_and_a_name_in_other_case_is_another_file_on_some_machines():
    save("fast", "bm25")
    save("fast", CASCADE)
    assert find_named("fast").ranker == CASCADE
    with pytest.raises(InputError, match="There is a ranker tuned:fast already"):
        save("Fast", "bm25")
    with pytest.raises(InputError, match="There is no ranker tuned:slow"):
        parse_ranker_id("tuned:slow")
    with pytest.raises(InputError, match="tuned:fast is a ranker as it was saved"):
        parse_ranker_id("tuned:fast?keep=3")


def test_no_family_takes_the_prefix():
    with pytest.raises(InputError, match="There is already a ranker 'tuned'"):
        add_family(scorer_family("tuned", lambda query, texts: [0.0 for _ in texts]))


def test_a_lock_holds_for_what_a_name_stands_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    save("local", f"cross-encoder:{tmp_path}")
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    with pytest.raises(LockedError, match="the operator of this installation has locked"):
        rl.rank("red apples", ["pears", "red apples"], "tuned:local")


def test_the_command_saves_lists_and_deletes():
    assert run_command("rankers", "list")[1].startswith("No ranker is saved.")
    status, out, _ = run_command("rankers", "save", "words", "bm25?k1=2")
    assert (status, out) == (0, "tuned:words stands for bm25?k1=2.\n")
    assert [each["ranker"] for each in printed_json("rankers", "list")["rankers"]] == ["bm25?k1=2"]
    assert run_command("rankers", "delete", "words")[0] == 0
    status, _, err = run_command("rankers", "delete", "words")
    assert status == 2 and err.startswith("reranklab: There is no ranker tuned:words.")
