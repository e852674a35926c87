"""What is to be evaluated: collections, queries, candidates. The rankers are those of the sidebar."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from reranklab.data.beir import list_datasets
from reranklab.data.judged import judged_names
from reranklab.data.trec import TrecRun, parse_run
from reranklab.data.uploads import delete_upload, keep_run, keep_upload, upload_names
from reranklab.engine.boundary import contained
from reranklab.errors import InputError, RerankLabError
from reranklab.evaluate.candidates import JUDGED, WORDS, parse_candidates, searching_rankers
from reranklab.operator import ray_address
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.family import Capability
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import shorten
from reranklab.ui.estimates import query_estimates
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.evaluate.work import Asked, evaluations
from reranklab.ui.resources import samples, store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept, path_field

RULES = {WORDS: "BM25 search", JUDGED: "Judged documents"}
_PLACES = {"": "This machine", "cpu": "Ray cluster, nodes", "cuda": "Ray cluster, GPUs"}
_BY_RUN = "run"
_MOST_QUERIES = 1_000_000
_PATIENCE = 0.4


def collection_names() -> dict[str, str]:
    """What can be evaluated at once, name to title: the samples, what was judged here, and the BEIR datasets that are here."""
    return {
        **{name: sample.title for name, sample in samples().items()},
        **{name: f"{name} (uploaded)" for name in upload_names()},
        **{name: f"{name} (judged here)" for name in judged_names()},
        **{dataset.name: f"BEIR {dataset.title}" for dataset in list_datasets() if dataset.available},
    }


@part("The settings of the evaluation")
def show_form(session: SessionState) -> None:
    """The form in a box that closes once a run is open, and the button."""
    state = session.of(EvaluateState)

    def store_open(is_open: bool) -> None:
        state.form_open = is_open

    box = kept(plain.expander, "New evaluation", key="w_evaluate_open", value=state.form_open, store=store_open)
    with box:
        _show_collections(state)
        _show_candidates(session, state)
        _show_cluster(state)
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = plain.button("Evaluate", type="primary", key="evaluate")
            field(
                plain.toggle, "Compute anew", state, "fresh",
                help="Off: rankings that are stored for the same input are taken from the store, with the times of then.",
            )  # fmt: skip
            say("note", _rankers_in_words(session))
        with suppress(InputError):  # the sidebar says what does not work
            for estimate in query_estimates(session.specs(), state.depth):
                say("note", estimate)
        if pressed:
            start(session)
        if state.problem:
            say("error", state.problem)


def start(session: SessionState) -> None:
    """Begin what the form asks for, or say what is missing."""
    state = session.of(EvaluateState)
    state.problem = ""
    try:
        with contained("The start of the evaluation"):
            evaluation = evaluations().start(_asked(session, state), store())
    except RerankLabError as error:
        state.problem = str(error)
        return
    state.follow, state.run, state.form_open = evaluation.number, 0, False
    evaluation.job.wait(_PATIENCE)
    st.rerun()


def _asked(session: SessionState, state: EvaluateState) -> Asked:
    """Raises InputError, naming what is missing or does not work."""
    sources = tuple(dict.fromkeys([*state.collections, *filter(None, [state.path.strip()])]))
    if not sources:
        raise InputError("No collection is chosen. Choose one or more.")
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    imported = tuple(_imported(state))
    kind = f"run:{keep_run(state.imported)}" if state.rule == _BY_RUN else state.rule
    rule = JUDGED if kind == JUDGED else f"{kind}:{state.depth}"
    parse_candidates(rule)
    if imported and len(sources) > 1:
        raise InputError("A run of another system belongs to one collection. Choose one, or remove the run.")
    return Asked(
        sources=sources,
        split=state.split.strip() or None,
        candidates=rule,
        queries=state.queries or None,
        seed=state.seed,
        specs=specs,
        device=state.cluster or session.device,
        repeats=session.repeats,
        endpoints=session_endpoints(session, specs),
        imported=imported,
        fresh=state.fresh,
        ray=ray_address() if state.cluster else "",
    )


def _imported(state: EvaluateState) -> list[TrecRun]:
    if not state.imported_name:
        return []
    try:
        text = state.imported.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{state.imported_name} is not UTF-8 text. Give a TREC run.") from error
    return [parse_run(text.splitlines(), name=state.imported_name)]


def _show_collections(state: EvaluateState) -> None:
    known = collection_names()
    state.collections = [name for name in state.collections if name in known]
    left, right = st.columns([3, 2])
    with left:
        field(
            plain.multiselect, "Collections", state, "collections", key="w_evaluate_collections",
            options=list(known), format_func=known.__getitem__, placeholder="Choose one or more",
            help="More BEIR datasets are on the Datasets page. Several collections are evaluated one after the other.",
        )  # fmt: skip
    with right:
        path_field(
            "Or a folder or zip archive", state, "path", key="w_evaluate_path", placeholder="its path; BEIR layout",
            help="corpus.jsonl, queries.jsonl and qrels/test.tsv, as BEIR publishes its datasets. Or ir_datasets:ID.",
        )  # fmt: skip


def _show_candidates(session: SessionState, state: EvaluateState) -> None:
    rules = _rules(session, state)
    state.rule = among(state.rule, rules, default=next(iter(rules)))
    columns = st.columns([2, 1.2, 1.2, 1, 1.4], vertical_alignment="bottom")
    with columns[0]:
        field(
            plain.selectbox, "Candidates", state, "rule", key="w_evaluate_rule", options=list(rules),
            format_func=rules.__getitem__,
            help="What the rankers get for each query: the best documents of a search, or the judged ones in file order. A "
            "ranker that searches embeds every document of the collection once, which takes long for a large one.",
        )  # fmt: skip
    with columns[1]:
        field(
            plain.number_input, "Depth", state, "depth", key="w_evaluate_depth", min_value=1, max_value=MAX_CANDIDATES,
            disabled=state.rule == JUDGED,
        )  # fmt: skip
    with columns[2]:
        field(
            plain.number_input, "Queries", state, "queries", key="w_evaluate_queries", min_value=0, max_value=_MOST_QUERIES,
            help="0 takes all. Otherwise so many are drawn, always the same for a seed.",
        )  # fmt: skip
    with columns[3]:
        field(
            plain.number_input, "Seed", state, "seed", key="w_evaluate_seed", min_value=0, max_value=_MOST_QUERIES,
            disabled=state.queries == 0,
        )  # fmt: skip
    with columns[4]:
        field(plain.text_input, "Split", state, "split", key="w_evaluate_split", placeholder="as published")
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_upload(state)
        _show_import(state)


def _show_upload(state: EvaluateState) -> None:
    with plain.popover("Upload a collection", type="tertiary", icon=":material/upload:"):
        key = f"w_evaluate_upload_{state.uploads}"
        file = plain.file_uploader(
            "Zip archive in BEIR layout", type=["zip"], key=key,
            help="corpus.jsonl, queries.jsonl and qrels/test.tsv. It is kept in the data folder, under the name of the file.",
        )  # fmt: skip
        if file is not None:
            name = keep_upload(file.name, file.getvalue())
            state.collections, state.uploads = [*state.collections, name], state.uploads + 1
            st.rerun()
        known = upload_names()
        if known:
            old = plain.selectbox("Delete an uploaded one", known, index=None, placeholder="Choose one", key="upload_chosen")
            if old is not None and plain.button("Delete it", key="upload_delete"):
                delete_upload(old)
                st.rerun()


def _rules(session: SessionState, state: EvaluateState) -> dict[str, str]:
    """What candidates can be: the searching rankers of the sidebar too, on or off, and the run that was uploaded."""
    ids = [*searching_rankers()]
    for slot in session.slots:
        with suppress(InputError):
            ids += [slot.spec.id] if slot.spec.can(Capability.SEARCHES) else []
    titles = ranker_titles(dict.fromkeys(ids))
    by_run = {_BY_RUN: f"The run {shorten(state.imported_name, limit=40)}"} if state.imported_name else {}
    return {**RULES, **{ranker: f"{title} search" for ranker, title in titles.items()}, **by_run}


def _show_cluster(state: EvaluateState) -> None:
    """Where the rankers compute, where the operator of this installation has named a cluster."""
    state.cluster = among(state.cluster, _PLACES, default="") if ray_address() else ""
    if ray_address():
        field(
            plain.segmented_control, "Compute on", state, "cluster", key="w_evaluate_cluster", options=list(_PLACES),
            format_func=_PLACES.__getitem__, required=True,
            help="On the cluster the queries are spread over its nodes or GPUs. The scores are the same.",
        )  # fmt: skip


def _show_import(state: EvaluateState) -> None:
    key = f"w_evaluate_trec_{state.uploads}"

    def changed() -> None:
        file = st.session_state[key]
        state.imported_name = file.name if file is not None else ""
        state.imported = file.getvalue() if file is not None else b""

    with plain.popover("A run of another system", type="tertiary", icon=":material/upload:"):
        file = plain.file_uploader(
            "TREC run",
            key=key,
            on_change=changed,
            help="On each line: query Q0 document rank score tag. It is in every table, and can be the first stage.",
        )
    if state.imported_name:
        with st.container(horizontal=True, vertical_alignment="center"):
            say("note", f"Beside the rankers: {state.imported_name}.")
            if file is None and plain.button("Remove the run", type="tertiary"):
                state.imported_name, state.imported = "", b""
                state.uploads += 1
                st.rerun()


def _rankers_in_words(session: SessionState) -> str:
    try:
        specs = session.specs()
    except InputError as error:
        return str(error)
    where = "the cluster" if session.of(EvaluateState).cluster else session.device
    return f"{len(specs)} {'ranker' if len(specs) == 1 else 'rankers'} of the sidebar, on {where}."
