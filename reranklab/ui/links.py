"""The address of the Compare page: ids and settings of a session as query parameters, and back."""

from __future__ import annotations

from typing import cast

from reranklab.engine.request import MAX_REPEATS
from reranklab.errors import InputError
from reranklab.rankers.catalogue import default_rankers, families, parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.ui.address import LONGEST, Known, Link, LinkReader, is_harmless, is_name, public_rankers
from reranklab.ui.compare_state import INPUT_ORDER, ROWS, SOURCES, CompareState, Source
from reranklab.ui.inputs.beir import MAX_DEPTH, BeirState, beir_origin
from reranklab.ui.inputs.sample import SampleState, sample_origin
from reranklab.ui.state import SessionState, Slot
from reranklab.ui.steering import AGAINST, Against, SteerState, as_instruction, steered_specs


def write_link(session: SessionState) -> Link:
    """The query parameters of a session's Compare page."""
    compare = session.of(CompareState)
    link: dict[str, list[str]] = {"source": [compare.source]}
    if compare.source == "sample":
        link |= sample_origin(session.of(SampleState))
    elif compare.source == "beir":
        link |= beir_origin(session.of(BeirState))
    link["ranker"] = public_rankers(slot.spec for slot in session.slots if slot.on and _is_valid(slot))
    link |= {"device": [session.device], "runs": [str(session.repeats)], "top": [str(compare.rows or "all")]}
    if compare.source in ("sample", "beir"):  # beside a pasted query it is text of the same person
        steer = session.of(SteerState)
        link |= {"instruction": [steer.instruction], "against": [steer.against if steer.instruction else ""]}
        link |= {"other_instruction": [steer.other if steer.against == "other" else ""]}
    if 0 < len(compare.baseline) <= LONGEST and is_name(compare.baseline.partition(":")[2]):
        link["baseline"] = [compare.baseline]
    link["hide"] = [ranker for ranker in link["ranker"] if ranker in compare.hidden]
    if session.origin and compare.source in ("sample", "beir") and session.selected:
        link["doc"] = [session.selected]
    return {name: values for name, values in link.items() if any(values)}


def read_link(session: SessionState, link: Link, known: Known) -> None:
    """Set the session from query parameters. What cannot be used is left out and named in the session's notices."""
    compare = session.of(CompareState)
    reader = LinkReader(link)
    specs = read_request(session, reader, known)
    session.repeats = reader.number("runs", session.repeats, 1, MAX_REPEATS)
    rows = {str(number or "all"): number for number in ROWS}
    compare.rows = rows[reader.choice("top", str(compare.rows or "all"), rows)]
    _read_instruction(session.of(SteerState), reader)
    offered = {INPUT_ORDER, *(spec.id for spec in [*specs, *steered_specs(session, specs)]), *families()}
    compare.baseline = reader.choice("baseline", compare.baseline, offered)
    compare.hidden = frozenset(reader.several("hide", {spec.id for spec in specs}))
    asked = reader.choice("run", "0", ("0", "1")) == "1"
    compare.run_now = asked and compare.source in ("sample", "beir") and all(map(is_harmless, specs))
    session.notices += filter(None, [reader.notice()])


def _read_instruction(steer: SteerState, reader: LinkReader) -> None:
    steer.instruction = as_instruction(reader.text("instruction", steer.instruction))
    steer.against = cast(Against, reader.choice("against", steer.against, AGAINST))
    steer.other = as_instruction(reader.text("other_instruction", steer.other))


def read_request(session: SessionState, reader: LinkReader, known: Known) -> list[RankerSpec]:
    """Set what the addresses of Compare and Explain share: the input, the rankers, the device and the document."""
    compare, sample, beir = session.of(CompareState), session.of(SampleState), session.of(BeirState)
    compare.source = cast(Source, reader.choice("source", compare.source, SOURCES))
    sample.collection = reader.choice("collection", sample.collection, known.samples)
    beir.dataset = reader.choice("dataset", beir.dataset, known.datasets)
    beir.split = reader.text("split", beir.split)
    query = reader.text("query", "")
    if compare.source == "sample" and query:
        sample.query = query
    elif compare.source == "beir" and query:
        beir.query = query
    beir.depth = reader.number("k", beir.depth, 1, MAX_DEPTH)
    beir.add_judged = reader.choice("judged", "", ("", "add")) == "add"
    session.device = reader.choice("device", session.device, known.devices)
    session.selected = reader.text("doc", "")
    specs = reader.rankers()
    if specs:
        _put_rankers(session, specs)
    return specs


def _put_rankers(session: SessionState, specs: list[RankerSpec]) -> None:
    """The linked rankers on, the default ones that the link leaves out there but off."""
    session.slots.clear()
    linked = {spec.family.id for spec in specs}
    rest = [parse_ranker_id(ranker) for ranker in default_rankers()]
    everything = [*((spec, True) for spec in specs), *((spec, False) for spec in rest if spec.family.id not in linked)]
    order = list(families())
    for spec, on in sorted(everything, key=lambda pair: order.index(pair[0].family.id)):
        session.add_slot(spec, on=on)


def _is_valid(slot: Slot) -> bool:
    try:
        return bool(slot.spec)
    except InputError:
        return False
