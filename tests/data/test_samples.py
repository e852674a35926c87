import re
from pathlib import Path
from statistics import mean

import pytest

from reranklab.data import app_dir, judged_candidates, list_samples, load_sample, query_note, samples
from reranklab.errors import InputError, RerankLabError

NAMES = sorted(about.parent.name for about in (app_dir() / "sample_data").glob("*/about.toml"))
NATURAL = ("arguments", "hard-negatives", "legal-financial", "negation", "numbers-entities", "polysemy")


def test_there_are_samples_for_every_behaviour() -> None:
    assert {*NATURAL, *(f"{name}-adversarial" for name in NATURAL), "long-documents"} <= set(NAMES)


@pytest.mark.parametrize("name", NATURAL)
def test_a_natural_sample_follows_its_recipe(name: str) -> None:
    collection = load_sample(name)
    judged = [grade for grades in collection.qrels.values() for grade in grades.values()]
    assert len(collection.queries) >= 12
    for grades in collection.qrels.values():
        first, second, partial, *others = sorted(grades.values(), reverse=True)
        assert (first, second, others) == (3, 3, [0] * 9)
        assert partial in (1, 2)
    words = {True: [], False: []}
    for grades in collection.qrels.values():
        for document_id, grade in grades.items():
            words[grade > 0].append(len(collection.documents[document_id].text.split()))
    assert mean(words[True]) == pytest.approx(mean(words[False]), rel=0.1)
    about = next(sample for sample in list_samples() if sample.name == name)
    assert about.recipe.strip() == about.recipe != ""
    assert f"the {len(judged)} passages" in about.agreement
    assert about.finding.strip() == about.finding != ""
    assert about.title == next(sample for sample in list_samples() if sample.name == f"{name}-adversarial").title.removesuffix(
        ", adversarial"
    )


def test_the_list_describes_each_sample() -> None:
    listed = list_samples()
    assert [sample.name for sample in listed] == NAMES
    for sample in listed:
        collection = load_sample(sample.name)
        assert (sample.queries, sample.documents) == (len(collection.queries), len(collection.documents))
        assert all(text.strip() == text != "" for text in (sample.title, sample.behaviour, sample.look_for))
    assert len({sample.title for sample in listed}) == len(listed)


def test_findings_give_the_numbers_of_the_tables() -> None:
    tables = (Path(__file__).parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    findings = {sample.name: sample.finding for sample in list_samples() if sample.finding}
    assert findings.keys() == {*NATURAL, *(f"{name}-adversarial" for name in NATURAL)}
    for name, finding in findings.items():
        rows = "\n".join(line for line in tables.splitlines() if line.startswith(f"| `{name.removesuffix('-adversarial')}"))
        numbers = re.findall(r"\d\.\d{3}", finding)
        assert numbers
        assert [number for number in numbers if number not in rows] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_complete(name: str) -> None:
    collection = load_sample(name)
    assert (collection.name, collection.licence, collection.notes) == (name, "Apache-2.0", ())
    assert collection.graded
    assert len(collection.queries) >= 8
    contents = [document.content for document in collection.documents.values()]
    assert all(document.text.strip() for document in collection.documents.values())
    assert len(set(contents)) == len(contents)
    assert set(collection.documents) == {document_id for judged in collection.qrels.values() for document_id in judged}
    for query_id, judged in collection.qrels.items():
        grades = list(judged.values())
        assert len(judged_candidates(collection, query_id)) == len(grades) >= 10
        assert set(grades) <= ({0, 1, 2, 3} if name in NATURAL else {0, 1, 2})
        assert max(grades) >= 2
        assert 0 in grades
        assert grades != sorted(grades, reverse=True), "the order of the candidates gives the answer away"
        assert query_note(name, query_id).endswith((".", "?", "!", '"', "”"))


@pytest.mark.parametrize("name", NAMES)
def test_no_character_of_a_sample_had_to_be_cleaned(name: str) -> None:
    for file in (app_dir() / "sample_data" / name).glob("*.jsonl"):
        assert "\ufffd" not in file.read_text(encoding="utf-8")
    assert not any("\ufffd" in document.content for document in load_sample(name).documents.values())


def test_unknown_names() -> None:
    for name in ("nothing", "", "..", "../sample_data/negation"):
        with pytest.raises(InputError, match=r"no sample .* Choose one of: .*negation"):
            load_sample(name)
    with pytest.raises(InputError, match="has no query 'q999'"):
        query_note("negation", "q999")


def write(folder: Path, *, about: str) -> None:
    folder.mkdir(parents=True)
    (folder / "about.toml").write_text(about, encoding="utf-8")
    (folder / "corpus.jsonl").write_text('{"_id": "a", "text": "x"}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "x"}\n', encoding="utf-8")


def test_damaged_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "app_dir", lambda: tmp_path)
    assert list_samples() == ()
    write(tmp_path / "sample_data" / "good", about='title = "T"\nbehaviour = "B"\nlook_for = "L"\n')
    assert [(sample.title, sample.queries, sample.documents) for sample in list_samples()] == [("T", 1, 1)]
    assert {(sample.recipe, sample.agreement, sample.finding) for sample in list_samples()} == {("", "", "")}
    assert query_note("good", "q") == ""
    for hidden in ("._good", "good~"):
        write(tmp_path / "sample_data" / hidden, about="not TOML")
    assert [sample.name for sample in list_samples()] == ["good"]
    for name, about in (("keyless", 'title = "T"\n'), ("broken", "title = T\n")):
        write(tmp_path / "sample_data" / name, about=about)
        with pytest.raises(RerankLabError, match=rf"{name}.about.toml cannot be used"):
            list_samples()
        (tmp_path / "sample_data" / name / "about.toml").unlink()
