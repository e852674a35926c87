"""Files that people upload: whatever their bytes say, a typed error or documents that every ranker takes."""

import codecs
import json
import random
import string
from collections.abc import Callable

import pytest

from reranklab.data.text import ParsedDocuments, clean_text, parse_pasted
from reranklab.data.upload import guess_columns, read_upload, to_documents
from reranklab.rankers.base import check_input
from reranklab.types import Query
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong
from tests.faults.test_archives import PLAIN, flip

SEED = 3
ROWS = [
    ("d1", "Wings", "The wing has a flow."),
    ("d2", "", 'He said "heat", twice.'),
    ("d3", "Caf\u00e9", "\u7ffc and \u0645\u0648\u062c\u0629 \U0001f30a"),
]
TEXTS = {
    "csv": "id,title,text\n" + "".join(f'{i},{title},"{text.replace(chr(34), chr(34) * 2)}"\n' for i, title, text in ROWS),
    "tsv": "id\ttitle\ttext\n" + "".join(f"{i}\t{title}\t{text}\n" for i, title, text in ROWS),
    "jsonl": "".join(
        json.dumps({"_id": i, "title": title, "text": text}, ensure_ascii=False) + "\n" for i, title, text in ROWS
    ),
    "txt": "\n\n".join(f"{title}\n{text}" for _, title, text in ROWS),
}
FRAGMENTS = (
    *('"', '""', "'", ",", ";", "\t", "\n", "\r", "\r\n", "\x85", "\u2028", "\x0b", "\x0c", "\x1a", "\0", "\x1b[31m", "\ufeff"),
    *(
        "\ud800",
        "\udc80\ud83d",
        "\u202e",
        "\u200b",
        "e\u0301" * 50,
        "\U0010ffff",
        "\ufffe",
        "=1+1",
        "<script>",
        "![x](http://x)",
    ),
    *(
        "{",
        "}",
        "[" * 2_000,
        "]" * 2_000,
        '{"a":' * 1_500,
        "NaN",
        "-Infinity",
        "1e999",
        "9" * 5_000,
        "0.1",
        "null",
        "true",
        '"\\ud800"',
    ),
    *('{"text": 1}', '{"": "x"}', '{"text": "a", "text": "b"}', '{"id": [1, {"a": null}]}', "\\", "\\u12", ",,,,", "a" * 3_000),
)
ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1", "cp1252", "cp437", "shift_jis"),
    *("gb18030", "euc-kr", "koi8-r", "cp037"),
)
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, b"")

Mutate = Callable[[random.Random, str], bytes]


def flipped_characters(chance: random.Random, kind: str) -> bytes:
    if chance.random() < 0.3:
        return flip(TEXTS[kind].encode(), chance)
    text = list(TEXTS[kind])
    for _ in range(chance.randint(1, 8)):
        text[chance.randrange(len(text))] = chance.choice(string.printable)
    return "".join(text).encode()


def cut_or_glued(chance: random.Random, kind: str) -> bytes:
    content = TEXTS[kind].encode()
    other = TEXTS[chance.choice(list(TEXTS))].encode()
    cut = chance.randrange(len(content))
    return chance.choice([content[:cut], content[cut:], content + other, other + content, content * 3, content[:cut] + other])


def hostile_fragments(chance: random.Random, kind: str) -> bytes:
    text = TEXTS[kind]
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(FRAGMENTS) + text[at + chance.choice([0, 0, 1, 5]) :]
    return text.encode("utf-8", "surrogatepass")


def other_encodings(chance: random.Random, kind: str) -> bytes:
    return chance.choice([b"", b"", *MARKS]) + TEXTS[kind].encode(chance.choice(ENCODINGS), "replace")


def other_formats(chance: random.Random, kind: str) -> bytes:
    """A file of another type under this one's name."""
    json_values = ["[]", "{}", "null", "3", '"text"', json.dumps({"text": ["a"]}), json.dumps([{"text": "a"}] * 3)]
    noise = chance.randbytes(chance.randrange(200))
    return chance.choice(
        [PLAIN, flip(PLAIN, chance), noise, b"%PDF-1.7\n" + noise, b"\x89PNG\r\n\x1a\n" + noise, b"", b"\n" * 50]
    ) or ("\n".join(chance.choices(json_values, k=3)).encode())


def odd_shapes(chance: random.Random, kind: str) -> bytes:
    """Rows and columns in numbers that nobody would write."""
    mark = {"csv": ",", "tsv": "\t"}.get(kind, chance.choice(",\t;| "))
    rows, columns = chance.choice([(1, 1), (1, 300), (300, 1), (2, 200), (50, 20), (3, 201)])
    cells = ["", " ", "x", '"', '"a"', "text", "id", "1", "d1", "\u00a0", "a b c."]
    lines = [mark.join(chance.choice(cells) for _ in range(columns + (chance.random() < 0.02))) for _ in range(rows)]
    return chance.choice(["\n", "\r\n", "\r", "\n\n"]).join(lines).encode()


KINDS: tuple[tuple[Mutate, int], ...] = (
    (flipped_characters, 1_000),
    (cut_or_glued, 600),
    (hostile_fragments, 1_900),
    (other_encodings, 700),
    (other_formats, 400),
    (odd_shapes, 400),
)
"""How to spoil a file, and how often."""

NAMES = ("DATA.{}", "a b.{}", "../../data.{}", "\u202e.{}", "a\n.{}", ".{}", "x" * 300 + ".{}", "data.zip", "data", "")


def name_of(kind: str, chance: random.Random) -> str:
    return chance.choice(NAMES).format(kind) if chance.random() < 0.1 else f"data.{kind}"


def read(name: str, content: bytes, chance: random.Random) -> ParsedDocuments:
    table = read_upload(
        name, content, mode=chance.choice(["auto", "lines", "blocks"]), header=chance.choice(["auto", "yes", "no"])
    )
    guess = guess_columns(table)
    return to_documents(table, text_column=guess.text, id_column=guess.id, title_column=guess.title)


def what_is_wrong_with(parsed: ParsedDocuments) -> str:
    """Why no ranker could take the documents; empty where all can."""
    for document in parsed.documents:
        if clean_text(document.content) != document.content:
            return f"{document.id!r} is not clean"
        document.content.encode()
        document.id.encode()
    try:
        check_input(Query(text="wing"), parsed.documents)
    except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
        if "All " in str(error):  # blank for every ranker, which says so
            return what_is_wrong(error)
        return f"no ranker takes them: {error}"
    return "" if all(isinstance(note, str) and note.endswith(".") for note in parsed.notes) else "a note is no sentence"


def test_the_files_that_are_spoiled_are_sound() -> None:
    for kind, text in TEXTS.items():
        parsed = read(f"data.{kind}", text.encode(), random.Random(0))
        assert [document.text for document in parsed.documents if kind != "txt"] in ([text for _, _, text in ROWS], [])


@pytest.mark.slow
@pytest.mark.parametrize(("mutate", "count"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_fuzzed_uploads(fault_plan: StartPlan, mutate: Mutate, count: int) -> None:
    with fault_plan("fuzzed uploads") as plan:
        for number in range(count):
            chance = random.Random(f"{SEED} {mutate.__name__} {number}")
            kind = chance.choice(list(TEXTS))
            content = mutate(chance, kind)
            try:
                failed = what_is_wrong_with(read(name_of(kind, chance), content, chance))
            except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
                failed = what_is_wrong(error)
            plan.tried(f"{mutate.__name__} {number}", failed=failed)


@pytest.mark.slow
def test_fuzzed_pasted_text(fault_plan: StartPlan) -> None:
    with fault_plan("fuzzed pasted text") as plan:
        for number in range(300):
            chance = random.Random(f"{SEED} pasted {number}")
            text = hostile_fragments(chance, chance.choice(list(TEXTS))).decode("utf-8", "surrogatepass")
            try:
                failed = what_is_wrong_with(parse_pasted(text, mode=chance.choice(["auto", "lines", "blocks"])))
            except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
                failed = what_is_wrong(error)
            plan.tried(f"pasted {number}", failed=failed)
