"""A family's name stands in its own module alone: what a ranker can do is asked of it, never derived from its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reranklab.rankers.catalogue import MODULES, families

ROOT = Path(__file__).parents[1]
SOURCES = [*sorted((ROOT / "reranklab").rglob("*.py")), ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
OWN = {family.id: f"{family.build.__module__.replace('.', '/')}.py" for family in families().values()}

ALLOWED = {
    # The rule bm25:DEPTH says how candidates are found, before any ranker is chosen; it names the corpus search.
    ("reranklab/evaluate/candidates.py", "bm25"),
    ("reranklab/commands/tasks.py", "bm25"),
    # What the listwise heads are measured against: a column of the measurements, not a ranker.
    ("reranklab/llm/head_lists.py", "bm25"),
    ("reranklab/llm/heads.py", "bm25"),
    # What a ranker can be: a capability, and what an estimate says of it, by the same word.
    ("reranklab/rankers/family.py", "hosted"),
    ("reranklab/commands/estimates.py", "hosted"),
    # A server at an address is a ranker of this family.
    ("reranklab/evaluate/conformance/target.py", "hosted"),
    # The ranker of a script that names none.
    ("reranklab/rankers/catalogue.py", "cross-encoder"),
    # Rankers that hold others: these are the ones that they have where none is named.
    ("reranklab/rankers/composed/chunked.py", "cross-encoder"),
    ("reranklab/rankers/composed/cascade.py", "bi-encoder"),
    ("reranklab/rankers/composed/cascade.py", "cross-encoder"),
    ("reranklab/rankers/composed/hybrid.py", "bm25"),
    ("reranklab/rankers/composed/hybrid.py", "bi-encoder"),
    ("reranklab/rankers/composed/mmr.py", "cross-encoder"),
    ("reranklab/rankers/crossencoders/crossencoder.py", "bm25"),
    ("reranklab/rankers/votes/voting.py", "cross-encoder"),
    # A kind of checkpoint that has token vectors too.
    ("reranklab/rankers/vectors/lateinteraction.py", "bi-encoder"),
    # What the tuner composes rankers with.
    ("reranklab/tune/space.py", "cascade"),
    ("reranklab/tune/space.py", "chunked"),
}


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named(text: str) -> str | None:
    """The family whose name, or one of whose rankers' ids, the text is."""
    head = re.split(r"[:?(]", text, maxsplit=1)[0]
    return head if head in OWN else None


def test_no_family_name_outside_its_module() -> None:
    found = {(str(path.relative_to(ROOT)), family) for path in SOURCES for text in strings(path) if (family := named(text))}
    assert {pair for pair in found if OWN[pair[1]] != pair[0]} == ALLOWED


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("bm25", "bm25"),
        ("bm25?k1=2", "bm25"),
        ("chunked(bm25)", "chunked"),
        ("cross-encoder:BAAI/bge", "cross-encoder"),
        ("bm25s", None),
        ("bm25-terms", None),
        ("a bi-encoder", None),
        ("", None),
    ],
)
def test_what_counts_as_a_name(text: str, family: str | None) -> None:
    assert named(text) == family


def test_only_the_catalogue_imports_a_familys_module() -> None:
    """It does by name, so no file has such an import."""
    found = {
        (str(path.relative_to(ROOT)), node.module)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
    }
    assert found == set()
