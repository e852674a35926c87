"""Links with anything in them, and names that cannot be: each ends in a page that is drawn, with a sentence at most."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.explain.catalogue import sections
from reranklab.ui.explain.link import _PARAMETERS
from reranklab.ui.widgets import OTHER
from tests.app.drive import choose_source, open_app, open_page, said
from tests.faults.conftest import StartPlan

pytestmark = pytest.mark.slow

LINKS = {
    "app.py": 40,
    "pages/1_Explain.py": 40,
    "pages/4_Models.py": 4,
    "pages/5_Datasets.py": 4,
    "pages/6_Train.py": 4,
    "pages/7_Watch.py": 4,
}
PARAMETERS = [
    "source", "collection", "dataset", "split", "query", "k", "judged", "device", "doc", "ranker", "ranker", "runs", "top",
    "baseline", "run", "section", "embed", "unknown", *_PARAMETERS,
]  # fmt: skip
NAMES = [
    "x" * 300, "/proc/1/root", "~nouser/x", "~", "/", "\x00", "a\x1bb", "../../etc", "/dev/zero", "/dev/stdin", "C:\\x",
    "-" * 5000, "𝕏" * 200, "x/" * 200, "a b.zip", "<b>&", "![i](http://host/p.png)", "\u202etxt.zip", "con", "%00", "\u200b",
]  # fmt: skip
VALUES = [
    *NAMES, "", "sample", "beir", "paste", "upload", "hard-negatives", "scifact", "bm25", "cross-encoder", "listwise-llm", "1",
    "-1", "1e9", "٣", "9" * 400, "cuda:0", "all", "bm25?k1=nan", "bm25?k1=1e400", "chunked(bm25)", "pipeline(bm25,bm25)",
    "(" * 250,
    "chunked(" * 30, "bm25?" + "x=1&" * 70, "cross-encoder?instruction=![i](http://host/p.png)", "cross-encoder:/proc/1/root",
    "cross-encoder:~nouser/x", "listwise-llm?method=chat", "<script>alert(1)</script>", "what-if", *sections(),
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RERANKLAB_CACHE", "HF_HOME", "RERANKLAB_DATA"):
        monkeypatch.setenv(name, str(tmp_path / name))


def wrong(app: AppTest) -> str:
    """What is wrong with a page; it must be drawn to its end, and say nothing but sentences."""
    if app.exception:
        return f"a traceback: {app.exception[0].value}"
    if not app.sidebar.markdown or app.sidebar.markdown[0].value != "**RerankLab**":
        return "no way to the other pages"
    messages = [message for kind in ("error", "warning", "info") for message in said(app, kind)]
    for message in messages:
        if "does not know" in message or "Traceback" in message or len(message) > 700:
            return f"no clear sentence: {message[:200]}"
    return ""


def random_link(dice: random.Random) -> dict[str, list[str]]:
    def value() -> str:
        if dice.random() < 0.2:
            return "".join(dice.choices(f"{string.printable}äß…\u200b\U0001f600", k=dice.randrange(40)))
        return dice.choice(VALUES)

    names = dice.sample(PARAMETERS, k=dice.randrange(1, 8))
    return {name: [value() for _ in range(dice.choice((1, 1, 1, 2, 9)))] for name in names}


@pytest.mark.parametrize("path", LINKS)
def test_every_link_opens_the_page(fault_plan: StartPlan, path: str):
    dice = random.Random(8)
    with fault_plan(f"links to {path}") as plan:
        for _ in range(LINKS[path]):
            link = random_link(dice)
            plan.tried(repr(link)[:500], failed=wrong(open_page(path, link)))


def test_every_typed_name_is_answered_in_a_sentence_and_stays(fault_plan: StartPlan):
    compare = open_app()
    choose_source(compare, "beir")
    compare.selectbox(key="w_dataset").select(OTHER).run()
    models = open_page("pages/4_Models.py")
    with fault_plan("names typed for datasets and models") as plan:
        for name in NAMES:
            compare.text_input(key="w_dataset_text").set_value(name).run()
            plan.tried(f"dataset {name[:60]!r}", failed=wrong(compare) or _silent(compare, "w_dataset_text", name))
            models.text_input(key="w_declared_model").set_value(name).run()
            models.button(key="add_declared").click().run()
            answer = wrong(models) or _silent(models, "w_declared_model", name)
            plan.tried(f"model {name[:60]!r}", failed=answer)


def _silent(app: AppTest, key: str, name: str) -> str:
    if app.text_input(key=key).value.strip() != name.strip():
        return f"the name became {app.text_input(key=key).value[:60]!r}"
    answers = [message for kind in ("error", "info", "warning") for message in said(app, kind)]
    return "" if answers else "no answer"
