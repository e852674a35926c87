"""The written forms of a ranking, which of several counts, and what is none."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.engine.build import build_ranker
from reranklab.errors import EndpointError
from reranklab.llm.replies import parse_permutation
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query
from tests.llm.chat_server import serve, streamed

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def table(rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def by_rank(order: list[int]) -> list[tuple[int, int]]:
    """(rank, passage), in the order of the passages."""
    return sorted(enumerate(order, start=1), key=lambda pair: pair[1])


def by_score(order: list[int]) -> list[tuple[float, int]]:
    """(score out of 10, passage), in the order of the passages."""
    return [(10 - rank / 4, passage) for rank, passage in by_rank(order)]


FORMS: dict[str, Callable[[list[int]], str]] = {
    "chain": lambda order: " > ".join(f"[{n}]" for n in order),
    "arrows": lambda order: " → ".join(f"Passage {n}" for n in order),
    "from worst to best": lambda order: " < ".join(f"[{n}]" for n in reversed(order)),
    "LaTeX": lambda order: "$\\boxed{" + r" \succ ".join(str(n) for n in order) + "}$",
    "chain with scores": lambda order: " > ".join(f"[{n}] (9/10)" for n in order),
    "down the page": lambda order: "\n↓\n".join(f"[{n}]" for n in order),
    "Arabic-Indic": lambda order: " > ".join(f"[{n}]" for n in order).translate(ARABIC),
    "Devanagari": lambda order: " > ".join(f"{n}" for n in order).translate(DEVANAGARI),
    "bold lines": lambda order: "\n".join(f"**[{n}]**" for n in order),
    "bold chain": lambda order: "**Final ranking:** " + " > ".join(f"**[{n}]**" for n in order),
    "bullets": lambda order: "Best first:\n" + "\n".join(f"- Passage {n}" for n in order),
    "numbered": lambda order: "\n".join(f"{rank}. [{n}]" for rank, n in enumerate(order, 1)),
    "numbered, with reasons": lambda order: "\n".join(
        f"{rank}. **Passage {n}** - it names 3 cities, 7 of them in France\n   and more" for rank, n in enumerate(order, 1)
    ),
    "numbered bare": lambda order: "\n".join(f"{rank}) {n}" for rank, n in enumerate(order, 1)),
    "mapped": lambda order: "\n".join(f"{rank} -> [{n}]" for rank, n in enumerate(order, 1)),
    "ordinals": lambda order: "\n".join(f"{rank}th: [{n}]" for rank, n in enumerate(order, 1)),
    "rank of": lambda order: "\n".join(f"Passage {n}: rank {rank}" for rank, n in by_rank(order)),
    "rank is": lambda order: "\n".join(f"rank {rank}: passage {n}" for rank, n in by_rank(order)),
    "rank is, in a row": lambda order: ", ".join(f"rank {rank}: passage {n}" for rank, n in enumerate(order, 1)),
    "in Chinese": lambda order: "\n".join(f"第{rank}位：段落{n}" for rank, n in enumerate(order, 1)),
    "bare lines": lambda order: "\n".join(map(str, order)),
    "commas": lambda order: "The ranking: " + ", ".join(map(str, order)),
    "scores": lambda order: "\n".join(f"Passage {n} (score {score}/10)" for score, n in by_score(order)),
    "scores in a row": lambda order: ", ".join(f"Passage {n} (score {score}/10)" for score, n in by_score(order)),
    "decimal scores": lambda order: "\n".join(f"[{n}]: {score:.2f}" for score, n in by_score(order)),
    "table": lambda order: table([("Rank", "Passage"), *((str(r), str(n)) for r, n in enumerate(order, 1))]),
    "table by passage": lambda order: table([("Passage", "Rank", "Why"), *((f"{n}", str(r), "x") for r, n in by_rank(order))]),
    "table of scores": lambda order: table([("Passage", "Score"), *((str(n), f"{score}") for score, n in by_score(order))]),
    "table in another language": lambda order: table([("Nº", "Párrafo"), *((str(r), str(n)) for r, n in enumerate(order, 1))]),
    "CSV": lambda order: "```csv\nrank,passage\n" + "\n".join(f"{r},{n}" for r, n in by_rank(order)) + "\n```",
    "JSON array": lambda order: json.dumps(order),
    "JSON strings": lambda order: json.dumps([f"Passage {n}" for n in order]),
    "JSON object": lambda order: "Here it is:\n```json\n" + json.dumps({"reason": "see [1]", "ranking": order}) + "\n```",
    "JSON chain": lambda order: json.dumps({"ranking": " > ".join(f"[{n}]" for n in order)}),
    "JSON ranks": lambda order: json.dumps([{"id": n, "rank": r} for r, n in by_rank(order)]),
    "JSON scores": lambda order: json.dumps({"results": [{"passage": n, "relevance_score": s} for s, n in by_score(order)]}),
    "JSON lines": lambda order: "\n".join(json.dumps({"rank": r, "passage_id": f"[{n}]"}) for r, n in by_rank(order)),
    "JSON by rank": lambda order: json.dumps({f"rank {r}": n for r, n in enumerate(order, 1)}),
    "JSON by passage": lambda order: json.dumps({f"passage {n}": s / 10 for s, n in by_score(order)}),
    "Python": lambda order: str({"ranking": [str(n) for n in order]}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=30, deadline=None)
@given(order=st.integers(2, 20).flatmap(lambda count: st.permutations(range(1, count + 1))))
def test_any_order_in_any_form_is_read(form: str, order: list[int]) -> None:
    parsed = parse_permutation(FORMS[form](order), count=len(order))
    assert [position + 1 for position in parsed.order] == order
    assert parsed.repairs == 0


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FORMS)), min_size=1, max_size=3),
    st.permutations(range(1, 6)),
    st.sampled_from(["\n\n", " ", ". Final: "]),
    st.integers(1, 30),
)
def test_mixed_forms_are_a_permutation_or_an_error(forms: list[str], order: list[int], between: str, count: int) -> None:
    try:
        parsed = parse_permutation(between.join(FORMS[form](order) for form in forms), count=count)
    except EndpointError:
        assert count != 5 or len(forms) > 1
        return
    assert sorted(parsed.order) == list(range(count))


@pytest.mark.parametrize(
    ("reply", "order"),
    [
        pytest.param("first I thought [1] > [2] > [3] ... final: [2] > [3] > [1]", "231", id="the last chain"),
        pytest.param("[1] > [2] > [3]\nOn reflection:\n[2] > [3] > [1]", "231", id="the last line"),
        pytest.param("Passage [1] is bread, [2] names Paris.\nFinal ranking: [2] > [3] > [1]", "231", id="reasons before"),
        pytest.param("[2] > [3] > [1] > [4]\nSo the top two are [2] > [3].", "2314", id="a restated part"),
        pytest.param("[2] > [3] > [1] > [4]\nSo the top three are [2] > [3] > [1].", "2314", id="a longer restated part"),
        pytest.param("[2] > [3] > [1] > [4]\nBy date alone, [1] > [2].", "2314", id="a partial remark"),
        pytest.param("The form is [2] > [1] > ...\nMine: [3] > [1] > [2]", "312", id="an abbreviated example before"),
        pytest.param("Mine: [3] > [1] > [2]\nThe form was [2] > [1] > ...", "312", id="an abbreviated example behind"),
        pytest.param('[2] > [3] > [1]\nThis has the form "[1] > [2] > [3]" as asked.', "231", id="a quoted example"),
        pytest.param("[2] > [3] > [1]\nThe form `[1] > [2] > [3]` is kept.", "231", id="an example in backticks"),
        pytest.param("Final answer: [2] > [3] > [1]\n\nBefore that I had:\n[1] > [2] > [3]", "231", id="final goes first"),
        pytest.param("**Final answer**\n\n[2] > [3] > [1]\n\nDraft:\n[1] > [2] > [3]", "231", id="final as a heading"),
        pytest.param("<answer>[2] > [3] > [1]</answer>\nNot [1] > [2] > [3].", "231", id="an answer tag"),
        pytest.param("[2] > [3] > [1]\n\n1. [1] is bread\n2. [2] is Paris\n3. [3] is Lyon", "231", id="a commentary behind"),
        pytest.param("[2] > [3] > [1]\n\n- [3]: Lyon\n- [2]: Paris\n- [1]: bread", "231", id="remarks behind"),
        pytest.param("1. [2] > [1] > [3]\n2. [2] > [3] > [1]", "231", id="numbered drafts"),
        pytest.param(
            "Draft: 1, 3, 2\n\n| rank | passage |\n|---|---|\n| 1 | 2 |\n| 2 | 3 |\n| 3 | 1 |", "231", id="a table last"
        ),
        pytest.param("Passage 3 (9/10)\nPassage 2\nPassage 1 (10/10)", "321", id="scores for some: as written"),
        pytest.param("1. [2] (3/10)\n2. [1] (9/10)\n3. [3] (5/10)", "213", id="ranks go before scores"),
        pytest.param("Passage 2: 1\nPassage 3: 2\nPassage 1: 3", "231", id="values that count up are ranks"),
        pytest.param("Passage 1: 7\nPassage 2: 9\nPassage 3: 8", "231", id="other values are scores"),
        pytest.param("[2] = [3] > [1]", "231", id="a tie"),
        pytest.param("> 1. [2]\n> 2. [3]\n> 3. [1]", "231", id="a list as a block quote"),
        pytest.param("The best order is 2, 3, 1.", "231", id="in a sentence, all of them"),
        pytest.param("2, 3 and 1", "231", id="with a word before the last"),
        pytest.param("2.\n3.\n1.", "231", id="bare numbers with points"),
    ],
)
def test_which_ranking_counts(reply: str, order: str) -> None:
    parsed = parse_permutation(reply, count=len(order))
    assert "".join(str(position + 1) for position in parsed.order) == order


@pytest.mark.parametrize(
    "reply",
    [
        "The query is not clear and relates to none of the 3 passages, so I cannot rank them.",
        "I cannot rank these passages. Passage 2 comes nearest.",
        "I cannot rank passages 1, 2 and 3.",
        "I cannot rank passages [1], [2] and [3] by this query.",
        "Je ne peux pas classer les passages 1, 2 et 3.",
        "我无法对段落1、2、3进行排序",
        "None fits: passages 1, 2 and 3 are off topic.",
        "[1] is about bread.\n[2] names Paris.\n[3] is about Lyon.",
        "- Passage 1: bread\n- Passage 2: Paris\n- Passage 3: Lyon\nNone of them answers.",
        "1. The query is unclear.\n2. The passages are short.\n3. I would need more.",
        "| Passage | Topic |\n|---|---|\n| 1 | bread |\n| 2 | Paris |\n| 3 | Lyon |",
        '{"relevant": [2], "irrelevant": [1, 3]}',
        '{"error": "I cannot rank the 3 passages"}',
        "Of 3 passages, 2 are good, 1 is bad",
        "2 of 3",
        "Passage 1: 3\nPassage 2: 1\nPassage 3: 2",
        "[2]",
        "[2] > [2] > [2]",
    ],
)
def test_what_is_no_ranking_of_three(reply: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse_permutation(reply, count=3)
    assert " ".join(reply.replace("\n", " ").split())[:30] in str(caught.value)


def test_less_than_half_is_said_with_its_number() -> None:
    with pytest.raises(EndpointError, match="ranks 4 of the 9 passages, less than half: “"):
        parse_permutation("[4] > [3] > [2] > [1]", count=9)
    assert parse_permutation("[4] > [3] > [2] > [1]", count=8).repairs == 4


DOCUMENTS = ["Bread is baked in an oven.", "Paris is the capital of France.", "Lyon lies in France."]
REASONED = "Passage [1] is about bread and passage [2] names Paris.\nFinal ranking: [2] > [3] > [1]\n"
REFUSAL = "The query is not clear and relates to none of the 3 passages, so I cannot rank them."


def ranked(reply: str) -> list[str]:
    """The ids in order, from a server that streams this reply."""
    with serve(streamed(reply)) as server:
        endpoint = Endpoint(url=server.url, model="tiny-chat")
        ranker = build_ranker("listwise-llm?method=chat", endpoints=(endpoint,))
        documents = [Document(id=f"d{number}", text=text) for number, text in enumerate(DOCUMENTS, start=1)]
        return [item.id for item in ranker.rank(Query(text="capital of France"), documents).items]


@pytest.mark.parametrize("reply", [REASONED, "1. [2]\n2. [3]\n3. [1]\n"], ids=["reasons, then a chain", "a numbered list"])
def test_a_reply_through_the_ranker(reply: str) -> None:
    assert ranked(reply) == ["d2", "d3", "d1"]


def test_a_refusal_through_the_ranker() -> None:
    with pytest.raises(EndpointError, match="ranks none of the 3: “The query is not clear"):
        ranked(REFUSAL)
