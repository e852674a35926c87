"""Rerank services in the sidebar: chosen, addressed and keyed, several at once, and no key anywhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.engine.saved import save_to_file
from reranklab.errors import InputError
from reranklab.export import to_csv, to_json, to_trec_run
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.ui.links import write_link
from reranklab.ui.run import session_endpoints
from reranklab.ui.state import SessionState, default_session
from tests.app.drive import check, open_app, open_page, rank, said, session_of
from tests.services.rerank_server import KEY, serve_service


@pytest.fixture(autouse=True)
def no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("COHERE", "INFINITY", "TEI", "VOYAGE"):
        monkeypatch.delenv(f"RERANKLAB_{service}_URL", raising=False)
        monkeypatch.delenv(f"RERANKLAB_{service}_KEY", raising=False)
    monkeypatch.delenv("RERANKLAB_LOCKED", raising=False)


def with_hosted() -> tuple[AppTest, int]:
    """The app with a hosted ranker added from the sidebar, and its number."""
    app = open_app()
    app.button(key="add_hosted").click().run()
    check(app)
    return app, session_of(app).slots[-1].number


def test_a_service_is_chosen_and_ranks_beside_another(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    with serve_service("cohere") as cohere, serve_service("infinity") as infinity:
        app, first = with_hosted()
        app.selectbox(key=f"w_service_{first}").select("cohere").run()
        assert any("Cohere needs a model" in text for text in said(app, "error"))
        app.selectbox(key=f"w_served_{first}_cohere").select("rerank-v4.0-fast").run()
        app.text_input(key=f"w_endpoint_url_{first}_cohere").set_value(cohere.url).run()
        app.text_input(key=f"w_endpoint_key_{first}_cohere").set_value(KEY).run()
        app.button(key="add_hosted").click().run()
        second = session_of(app).slots[-1].number
        app.selectbox(key=f"w_service_{second}").select("infinity").run()
        app.text_input(key=f"w_endpoint_url_{second}_infinity").set_value(infinity.url).run()
        check(app)
        estimates = [text for text in said(app, "note") if "tokens read" in text]
        assert ["by the table of prices" in text for text in estimates] == [True, False]
        assert all("a warm-up over 4 documents comes first" in text for text in estimates)
        rank(app)
        comparison = session_of(app).comparison
        assert comparison is not None and comparison.failures == ()
        assert [ranking.ranker for ranking in comparison.rankings] == [
            "bm25",
            "hosted:cohere/rerank-v4.0-fast",
            "hosted:infinity",
        ]
        assert (len(cohere.requests), len(infinity.requests)) == (2, 2)
        app.text_input(key=f"w_endpoint_key_{first}_cohere").set_value(KEY + "-wrong").run()
        app.toggle(key="w_measure_again").set_value(True).run()
        rank(app)
        failed = session_of(app).comparison
        assert failed is not None
        (failure,) = failed.failures
        assert "refused the key (status 401)" in failure.message
        for each in (comparison, failed):
            save_to_file(each, tmp_path / "saved.json")
            told = [to_json(each.rankings), to_csv(each.rankings), repr(each), (tmp_path / "saved.json").read_text()]
            assert KEY not in "".join([*told, *(to_trec_run([ranking]) for ranking in each.rankings)])
        shown = "".join(str(element.value) for kind in ("markdown", "html", "caption", "error") for element in app.get(kind))
        assert KEY not in shown + str(write_link(session_of(app))) + str(dict(app.query_params)) + caplog.text
        assert KEY not in repr(session_of(app))


def test_a_look_at_another_service_loses_nothing() -> None:
    app, number = with_hosted()
    app.selectbox(key=f"w_service_{number}").select("voyage").run()
    app.selectbox(key=f"w_served_{number}_voyage").select("rerank-2.5-lite").run()
    app.text_input(key=f"w_endpoint_key_{number}_voyage").set_value(KEY).run()
    app.selectbox(key=f"w_service_{number}").select("tei").run()
    app.text_input(key=f"w_endpoint_url_{number}_tei").set_value("http://127.0.0.1:1").run()
    app.selectbox(key=f"w_service_{number}").select("voyage").run()
    check(app)
    assert session_of(app).slots[-1].model == "voyage/rerank-2.5-lite"
    assert app.text_input(key=f"w_endpoint_key_{number}_voyage").value == KEY
    app.selectbox(key=f"w_service_{number}").select("tei").run()
    assert app.text_input(key=f"w_endpoint_url_{number}_tei").value == "http://127.0.0.1:1"
    assert session_of(app).slots[-1].model == "tei"


def test_no_service_is_asked_before_one_is_chosen() -> None:
    app, _ = with_hosted()
    rank(app)
    comparison = session_of(app).comparison
    assert comparison is not None
    assert [failure.message for failure in comparison.failures] == [
        "A hosted ranker names its service: hosted:SERVICE/MODEL. Services: cohere, voyage, jina, zeroentropy, tei, vllm, "
        "infinity, llamacpp."
    ]


def test_a_locked_installation_offers_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_LOCKED", "endpoints")
    app, number = with_hosted()
    app.selectbox(key=f"w_service_{number}").select("tei").run()
    check(app)
    assert not any("endpoint" in (field.key or "") for field in app.text_input)
    assert any("operator of this installation has set up" in note for note in said(app, "note"))


def typed(**services: dict[str, str]) -> SessionState:
    session = default_session()
    for service, values in services.items():
        for name, value in values.items():
            setattr(session.endpoint(service), name, value)
    return session


def specs(*rankers: str) -> list[RankerSpec]:
    return [parse_ranker_id(ranker) for ranker in rankers]


def test_the_endpoints_of_a_run_are_those_that_its_rankers_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typed key goes to the provider or the environment's address, the environment's key to no typed address."""
    monkeypatch.setenv("RERANKLAB_TEI_URL", "http://10.0.0.5:8080")
    monkeypatch.setenv("RERANKLAB_VOYAGE_KEY", "of-the-environment")
    session = typed(
        cohere={"key": f" {KEY} "}, tei={"key": "tei-key"}, voyage={"url": "http://elsewhere.example"}, llm={"key": "alone"}
    )
    asked = specs("hosted:cohere/rerank-v3.5", "cascade(bm25,hosted:tei)", "hosted:voyage/rerank-2.5", "bm25")
    found = {each.service: (each.url, each.key) for each in session_endpoints(session, asked)}
    assert found == {
        "cohere": ("https://api.cohere.com", KEY),
        "tei": ("http://10.0.0.5:8080", "tei-key"),
        "voyage": ("http://elsewhere.example", ""),
    }
    assert session_endpoints(session, specs("bm25", "listwise-llm?method=chat")) == ()


def test_an_address_that_cannot_be_used_is_said_without_it() -> None:
    session = typed(tei={"url": "http://me:s3cret@host"})
    with pytest.raises(InputError, match="The address of the rerank service TEI holds a user name or password") as caught:
        session_endpoints(session, specs("hosted:tei"))
    assert "s3cret" not in str(caught.value)


def test_the_evaluate_page_says_what_a_query_asks_and_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: 100 documents of 200 tokens are one search, a thousandth of $2."""
    app = open_page("pages/2_Evaluate.py", {"ranker": ["bm25", "hosted:cohere/rerank-v4.0-fast"]})
    check(app)
    session_of(app).add_slot(parse_ranker_id("hosted:cohere/rerank-v4.0-fast"))
    app.run()
    check(app)
    (note,) = [text for text in said(app, "note") if "tokens read" in text]
    assert note == (
        "Hosted service, a query with 100 documents of 200 tokens: 1 call, about 22,000 tokens read, $0.0020 by the table of "
        "prices."
    )
