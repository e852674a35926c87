"""Saved rankers on the page: in the sidebar and in links."""

from reranklab.rankers.named import NamedRanker, save_named
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
