"""Saved rankers on the page: in the sidebar and in links."""

import pytest

from reranklab.rankers.named import NamedRanker, named_rankers, save_named
from tests.app.drive import check, open_page, said, session_of

CASCADE = "cascade(bm25,bm25?k1=2)?keep=3"


def test_a_saved_ranker_is_added_from_the_sidebar():
    save_named(NamedRanker(name="words", ranker=CASCADE))
    save_named(NamedRanker(name="gone", ranker="nothing-like-it"))
    app = open_page("app.py")
    check(app)
    app.button(key="add_named_words").click().run()
    check(app)
    assert session_of(app).slots[-1].spec.id == CASCADE
    assert any(message.startswith("tuned:gone stands for nothing-like-it") for message in said(app, "warning"))


def test_a_link_names_a_saved_ranker_and_the_page_writes_what_it_stands_for():
    save_named(NamedRanker(name="words", ranker=CASCADE))
    app = open_page("app.py", {"ranker": ["tuned:words", "tuned:other"]})
    check(app)
    assert [slot.spec.id for slot in session_of(app).slots if slot.on] == [CASCADE]
    assert any("tuned:other" in text for text in said(app, "warning") + said(app, "info") + said(app, "note"))
    assert app.query_params["ranker"] == CASCADE


def test_the_models_page_lists_the_names_and_forgets_one():
    origin = {"collection": "negation", "budget_ms": 200.0, "metric": "nDCG@10", "held_out": 0.5}
    save_named(NamedRanker(name="words", ranker=CASCADE, origin=origin))
    save_named(NamedRanker(name="gone", ranker="nothing-like-it"))
    app = open_page("pages/4_Models.py")
    check(app)
    table = app.dataframe[1].value.set_index("Name")
    assert table["Stands for"].to_dict() == {"tuned:gone": "nothing-like-it", "tuned:words": CASCADE}
    assert table.loc["tuned:words", "Held out"] == "nDCG@10 0.5"
    app.selectbox(key="named_chosen").select("gone").run()
    app.button(key="named_delete").click().run()
    check(app)
    assert (
        list(named_rankers().rankers) == ["words"] == [name.removeprefix("tuned:") for name in app.dataframe[1].value["Name"]]
    )


def test_where_files_are_locked_no_path_is_told(monkeypatch: pytest.MonkeyPatch):
    save_named(NamedRanker(name="local", ranker="cross-encoder:/secret/model"))
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    for page in ("pages/4_Models.py", "app.py"):
        app = open_page(page)
        check(app)
        assert not any("secret" in str(element.value) for element in [*app.html, *app.dataframe, *app.caption])
        assert "add_named_local" not in {button.key for button in app.button}
