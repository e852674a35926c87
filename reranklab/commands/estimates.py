"""What rankers would ask of a model for one list: a table or JSON, before anything is ranked."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.commands.output import write_json, write_line, write_table
from reranklab.rankers.family import RankerSpec
from reranklab.types import Document, Query

_FREE = "each document is read once at most"


def write_estimates(specs: Sequence[RankerSpec], query: Query, documents: Sequence[Document], *, as_json: bool) -> None:
    """Calls, tokens and, for rankers that compute elsewhere, dollars by the table of prices."""
    from reranklab.latency.cost import dollars_in_words, estimated_usd, fitting_prices
    from reranklab.latency.prices import load_prices
    from reranklab.rankers.estimate import workload_of
    from reranklab.rankers.family import Capability

    load, prices = workload_of(query, documents), load_prices()
    records, rows = [], []
    for spec in specs:
        found = spec.estimate(load)
        hosted = spec.can(Capability.HOSTED)
        fitting = fitting_prices(prices, spec.model, found) if found is not None and hosted else ()
        records.append(
            {"ranker": spec.id, "calls": None, "tokens": None, "written": None, "exact": True, "hosted": hosted, "usd": {}}
            if found is None
            else {
                "ranker": spec.id,
                "calls": found.calls,
                "tokens": found.tokens,
                "written": found.written,
                "exact": found.exact,
                "hosted": hosted,
                "usd": {price.id: estimated_usd(price, found) for price in fitting},
            }
        )
        dollars = "" if found is None else dollars_in_words(fitting, found)
        rows.append((spec.id, _FREE if found is None else found.words, dollars))
    if as_json:
        write_json({"query": query.text, "documents": len(documents), "estimates": records})
        return
    write_table(("ranker", "asks", "$ by the table"), rows)
    write_line(
        "Calls are prompts read or requests sent. Tokens are estimates: each model has a tokenizer of its own, and a model "
        "here reads what two prompts have in common once. Without a price of the model, dollars go from the lowest to the "
        "highest chat price of the table (reranklab cost)."
    )
