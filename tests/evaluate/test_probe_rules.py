"""The rules that make minimal pairs: what each one does, and where it makes nothing."""

import pytest

from reranklab.data.samples import load_sample
from reranklab.errors import InputError
from reranklab.evaluate.probes.generate import generate
from reranklab.evaluate.probes.rules import RULES, Made, Pair, applied
from reranklab.evaluate.probes.texts import terms_of, word_count
from reranklab.types import Document, Query

OTHERS = tuple(
    Document(
        id=f"o{number}",
        text=f"Whales number {number} sang under the ice of the bay for weeks. Nobody in the port could sleep because of them.",
    )
    for number in range(40)
)
MILL = "The Harwick mill burnt down in 1987 after a storm. It was a cold night. The owner, Ada Pell, moved to the coast."


def made(rule: str, query: str, text: str, *, title: str = "") -> Made:
    return applied(RULES[rule], Pair(query=Query(text=query), document=Document(id="d", title=title, text=text), others=OTHERS))


@pytest.mark.parametrize(
    ("rule", "query", "text", "before", "after"),
    [
        ("negate", "lamps in the shed are safe", "The lamps in the shed are safe to touch.", " are safe", " are not safe"),
        ("swap-number", "Harwick mill fire 1987", MILL, "1987", "1957"),
        ("swap-entity", "Harwick mill fire 1987", MILL, "Harwick", "Velmora"),
        ("remove-answer", "Harwick mill burnt 1987", MILL, "The Harwick mill burnt down in 1987 after a storm. ", ""),
    ],
)
def test_the_pair_differs_where_it_should(rule: str, query: str, text: str, before: str, after: str):
    pair = made(rule, query, text)
    assert pair.original.text == text and pair.edited.text == text.replace(before, after)


def test_numbers_and_names_change_everywhere():
    text = f"{MILL} In 1987 Harwick had one more."
    title = "Harwick, 1987"
    number = made("swap-number", "Harwick mill fire 1987", text, title=title).edited
    name = made("swap-entity", "Harwick mill fire 1987", text, title=title).edited
    assert "1987" not in number.content and number.content.count("1957") == 3
    assert "Harwick" not in name.content and name.content.count("Velmora") == 3


@pytest.mark.parametrize(
    ("rule", "query", "text", "reason"),
    [
        ("negate", "Are lamps in the shed safe?", "The lamps in the shed are safe to touch.", "may answer a question as well"),
        ("negate", "lamps in the shed safe", "The lamps in the shed are not safe to touch.", "negative already"),
        ("negate", "lamps in the shed safe", "All lamps in the shed are safe to touch.", "main verb is not sure"),
        ("negate", "lamps in the shed safe", "Lamps, if they are safe, were in the shed.", "not one verb"),
        ("swap-number", "Harwick mill 1987", MILL.replace("1987", "1987-1990"), "part of a range"),
        ("swap-number", "Harwick mill 8", MILL, "no number of two digits"),
        ("swap-entity", "the mill fire", MILL, "no name from the query"),
        ("swap-entity", "Harwick mill", f"{MILL} A harwick is a kind of mill.", "ordinary word"),
        ("swap-entity", "Harwick mill", f"{MILL} The H. mill is gone.", "abbreviated"),
        ("remove-answer", "Who was the architect of the Harwick mill?", MILL, "no sentence holds enough"),
        ("remove-answer", "Harwick mill burnt 1987", "The Harwick mill burnt down in 1987.", "fewer than 3 sentences"),
        ("move-answer", "Harwick mill burnt 1987", MILL, "may refer to the one before"),
        ("append-irrelevant", "Harwick mill", MILL * 10, "longer than 150 words"),
        ("append-irrelevant", "whales that sleep", MILL, "without a word of the query"),
        ("add-instruction", "Mühle abgebrannt", "Die Mühle brannte ab. Der Besitzer zog ans Meer.", "not English prose"),
        ("repeat-query", "what is it", MILL, "no content words"),
    ],
)
def test_where_a_rule_cannot_be_sure_it_makes_nothing(rule: str, query: str, text: str, reason: str):
    with pytest.raises(InputError) as raised:
        made(rule, query, text)
    assert reason in str(raised.value)


@pytest.mark.parametrize(("rule", "depth"), [("bury-200", 200), ("bury-500", 500)])
def test_a_buried_document_follows_text_that_says_nothing_of_the_query(rule: str, depth: int):
    query = "Harwick mill burnt 1987"
    pair = made(rule, query, MILL)
    lead, _, rest = pair.original.text.partition("\n\n")
    assert rest == MILL and depth <= word_count(lead) < depth + 60
    assert pair.edited.text.startswith(lead) and not terms_of(query) & terms_of(pair.edited.text)
    assert word_count(pair.edited.text) >= word_count(pair.original.text)


def test_a_collection_gives_one_probe_for_a_rule_and_query_and_says_why_not_more():
    collection = load_sample("numbers-entities")
    found = generate(collection)
    assert len({(each.edit, each.query.id) for each in found.probes}) == len(found.probes)
    assert all(collection.qrels[each.query.id][each.original.id] > 0 for each in found.probes)
    assert all(
        each.unrelated is None or not terms_of(each.query.text) & terms_of(each.unrelated.content) for each in found.probes
    )
    for rule, reasons in found.left_out.items():
        assert sum(each.edit == rule for each in found.probes) + sum(reasons.values()) == found.queries == 12
    assert found == generate(collection)
    some = generate(collection, queries=3, seed=1)
    assert {each.id for each in some.probes} < {each.id for each in found.probes}
