"""Replies that a model could send by accident or on purpose: each is a permutation, or an error in words."""

import json
import random
from collections.abc import Callable

import pytest

from reranklab.errors import EndpointError
from reranklab.llm.replies import parse_permutation
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong

REPLIES = 2_000
PASSAGES = 8

Form = Callable[[list[int]], str]
Mutation = Callable[[str, random.Random], str]

FORMS: tuple[Form, ...] = (
    lambda order: " > ".join(f"[{n}]" for n in order),
    lambda order: ", ".join(map(str, order)),
    lambda order: "\n".join(f"{rank}. Passage {n}" for rank, n in enumerate(order, start=1)),
    lambda order: "\n".join(f"- [{n}] (score {9 - rank}/10): it says what was asked" for rank, n in enumerate(order)),
    lambda order: json.dumps({"ranking": order}),
    lambda order: json.dumps([{"passage": n, "relevance": 1 / rank} for rank, n in enumerate(order, start=1)]),
    lambda order: "\n".join(json.dumps({"id": n, "rank": rank}) for rank, n in enumerate(order, start=1)),
    lambda order: "| rank | passage |\n|---|---|\n" + "\n".join(f"| {r} | {n} |" for r, n in enumerate(order, start=1)),
    lambda order: f"<think>Is [{order[-1]}] first? No.</think>\n<answer>{' > '.join(f'[{n}]' for n in order)}</answer>",
    lambda order: "Here you are:\n```json\n" + json.dumps(order) + "\n```\nFinal: " + " > ".join(map(str, order)),
    lambda order: " < ".join(f"**{n}**" for n in reversed(order)),
    lambda order: " ≻ ".join("①②③④⑤⑥⑦⑧"[n - 1] for n in order),
)

_PIECES = (
    "", " ", "\n", "\t", "\0", "\u200b", "\ufeff", "\u202e", "\ud800", "\U0010ffff", "\x1b[2J",
    "[", "]", "{", "}", '"', "'", ">", "<", "=>", "->", "&gt;", "|", ",", ":", ".", "…", "-", "**", "__", "```", "#",
    "<think>", "</think>", "<answer>", "</answer>", "\\u0000", "NaN", "Infinity", "-Infinity", "1e999",
    "1" * 400, "9" * 5_000, "0" * 5_000 + "1", "-1", "½", "Ⅷ", "〇", "٣", "２", "𝟛", "㉛", "⒈",
    "no", "final", "Final answer:", "rank", "score", "[0]", "[99]", "[[1]]", "[1", "1]", "1/10", "50%", "0.5", "null", "true",
    "[" * 60, "{" * 60, '{"a":' * 40, "1. " * 30, "> " * 40, "| " * 40, "ﷺ", "字" * 20, "e\u0301" * 20,
)  # fmt: skip


def insert(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + chance.choice(_PIECES) + text[place:]


def delete(text: str, chance: random.Random) -> str:
    start = chance.randint(0, len(text))
    return text[:start] + text[start + chance.randint(1, 10) :]


def cut(text: str, chance: random.Random) -> str:
    return text[: chance.randint(0, len(text))]


def repeat(text: str, chance: random.Random) -> str:
    start = chance.randint(0, len(text))
    return text[:start] + text[start : start + chance.randint(1, 30)] * chance.randint(2, 40) + text[start:]


def swap(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    return text[place:] + text[:place]


def replace_digits(text: str, chance: random.Random) -> str:
    return "".join(chance.choice(_PIECES) if character.isdigit() and chance.random() < 0.2 else character for character in text)


def scramble(text: str, chance: random.Random) -> str:
    return "".join(chance.sample(text, len(text)))


def noise(text: str, chance: random.Random) -> str:
    return "".join(
        chr(chance.choice((chance.randint(0, 127), chance.randint(0, 0x10FFFF)))) for _ in range(chance.randint(0, 200))
    )


def join(text: str, chance: random.Random) -> str:
    return text + chance.choice(("\n", " ", "\n\n", " or ", " > ")) + form(chance)


MUTATIONS: tuple[Mutation, ...] = (insert, insert, insert, delete, cut, repeat, swap, replace_digits, scramble, noise, join)


def form(chance: random.Random) -> str:
    order = chance.sample(range(1, PASSAGES + 1), PASSAGES)
    return chance.choice(FORMS)(order)


def reply(seed: int) -> str:
    """The same for the same seed."""
    chance = random.Random(seed)
    text = form(chance)
    for _ in range(chance.randint(1, 5)):
        text = chance.choice(MUTATIONS)(text, chance)[:20_000]
    return text


def end_of(text: str, count: int) -> str:
    """What is wrong with the reading of a reply; "" where nothing is."""
    try:
        parsed = parse_permutation(text, count=count)
    except EndpointError as error:
        return what_is_wrong(error)
    except Exception as error:  # noqa: BLE001 - the plan reports it
        return what_is_wrong(error)
    if sorted(parsed.order) != list(range(count)):
        return f"no permutation of {count}: {parsed.order}"
    return "" if type(parsed.repairs) is int and parsed.repairs >= 0 else f"{parsed.repairs!r} repairs"


@pytest.mark.slow
def test_replies_that_went_wrong(fault_plan: StartPlan) -> None:
    with fault_plan("replies of a model") as plan:
        for seed in range(REPLIES):
            text = reply(seed)
            plan.tried(f"seed {seed}: {text[:80]!r}", failed=end_of(text, (PASSAGES, 1, 2, 20)[seed % 4]))


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_the_replies_begin_as_good_ones(number: int) -> None:
    """A plan of replies that were all unreadable would prove little."""
    order = [3, 1, 8, 2, 7, 4, 6, 5]
    parsed = parse_permutation(FORMS[number](order), count=PASSAGES)
    assert (parsed.order, parsed.repairs) == (tuple(n - 1 for n in order), 0)


def test_many_of_the_replies_can_still_be_read() -> None:
    readable = 0
    for seed in range(0, REPLIES, 20):
        try:
            readable += bool(parse_permutation(reply(seed), count=PASSAGES).order)
        except EndpointError:
            continue
    assert 20 < readable < 90
