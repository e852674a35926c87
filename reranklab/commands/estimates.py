"""What rankers would ask of a model for one list: a table or JSON, before anything is ranked."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.commands.output import write_json, write_line, write_table
from reranklab.commands.terminal import complain
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


def tell_hosted(specs: Sequence[RankerSpec], lists: Sequence[tuple[Query, Sequence[Document]]]) -> None:
    """A line on stderr for each ranker that computes elsewhere and can be built: what it will be asked over all lists, before
    it is. Why another one cannot, the run says."""
    from reranklab.engine.build import build_ranker
    from reranklab.errors import RerankLabError
    from reranklab.latency.cost import estimated_usd, fitting_prices
    from reranklab.latency.prices import load_prices
    from reranklab.rankers.estimate import together, workload_of
    from reranklab.rankers.family import Capability

    elsewhere = [spec for spec in specs if spec.can(Capability.HOSTED)]
    loads = [workload_of(query, documents) for query, documents in lists] if elsewhere else []
    for spec in elsewhere:
        try:
            build_ranker(spec)
        except RerankLabError:
            continue
        known = [found for load in loads if (found := spec.estimate(load)) is not None]
        if (whole := together(known)) is None:
            continue
        usd = sorted(
            sum(estimated_usd(price, each) for each in known) for price in fitting_prices(load_prices(), spec.model, whole)
        )
        dollars = f", ${usd[0]:,.4f}{f' to ${usd[-1]:,.4f}' if len(usd) > 1 else ''} by the table of prices" if usd else ""
        over = "" if len(lists) == 1 else f" over {len(lists):,} queries, but for what is stored"
        complain(f"To be asked of {spec.id}{over}: {whole.words}{dollars}.")
