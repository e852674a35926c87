"""The section of the Latency page on cost."""

from __future__ import annotations

import pytest

from reranklab.latency.prices import packaged_prices, user_prices_file
from tests.app.drive import check, open_page, said
from tests.app.test_latency_page import measure, section


def test_the_ranker_stands_before_hosted_ones_and_a_damaged_file_of_prices_is_told():
    app = open_page("pages/3_Latency.py")
    measure(app, "5, 10, 20", "16, 64")
    section(app, "cost")
    (table,) = (each.value for each in app.dataframe)
    hosted = [price.name for price in packaged_prices() if price.kind != "machine"]
    assert list(table["Where"]) == [f"BM25 on {price.name}" for price in packaged_prices() if price.device == "cpu"] + hosted
    assert list(table["Tokens a query"])[1] == f"{100 * (256 + 16):,}"
    app.number_input(key="w_cost_candidates").set_value(200).run()
    assert list(app.dataframe[0].value["$ a 1,000 queries"])[1] == "5.0000", "two searches of 100 documents"
    app.number_input(key="w_cost_rate").set_value(1e6).run()
    check(app)
    assert any("grows without end" in each for each in said(app, "query"))
    user_prices_file().write_text("[[price]]\nusd = <b>\n")
    app.run()
    check(app)
    (error,) = said(app, "error")
    assert "prices.toml" in error and "line 2" in error
    assert len(app.dataframe[0].value) == len(table)


@pytest.fixture(autouse=True)
def _own_prices():
    yield
    user_prices_file().unlink(missing_ok=True)
