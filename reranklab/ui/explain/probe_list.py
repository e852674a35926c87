"""The probes that were saved, and whether each ranker did what was expected."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from reranklab.data.probe_records import Probe, ProbeScore, met
from reranklab.data.probes import ProbeList, delete_probe, export_probes, list_probes
from reranklab.errors import RerankLabError
from reranklab.explain.edits import edit_label
from reranklab.rankers.titles import ranker_title
from reranklab.types import RANK_ONLY
from reranklab.ui import plain
from reranklab.ui.board.data import format_score
from reranklab.ui.escape import shorten
from reranklab.ui.explain.probe_saving import EXPECTATION_WORDS
from reranklab.ui.say import joined, put, say

_SHOWN = 20
_DAMAGED = 5

_STYLE = Markup("""<style>
.rl-probes { max-height: 460px; overflow: auto; }
.rl-probes table { border-collapse: collapse; width: 100%; font-size: 0.85rem; }
.rl-probes th, .rl-probes td { padding: 6px 12px 6px 0; text-align: start; vertical-align: top; min-width: 6.5em;
  border-bottom: 1px solid rgba(128, 128, 128, 0.3); }
.rl-probes td:nth-child(2), .rl-probes td.scores { min-width: 11em; overflow-wrap: anywhere; }
.rl-probes td.scores { font-variant-numeric: tabular-nums; }
.rl-probes .quiet { opacity: 0.75; }
</style>""")
_QUIET = Markup('<div class="quiet">{}</div>')


def show_probes() -> None:
    """The list with its downloads, or why it cannot be read."""
    plain.subheader("Saved probes", anchor=False)
    try:
        known = list_probes()
    except RerankLabError as error:
        say("error", str(error))
        return
    for line in known.damaged[:_DAMAGED]:
        say("warning", line.warning)
    if len(known.damaged) > _DAMAGED:
        say("warning", f"{len(known.damaged) - _DAMAGED} more lines could not be read.")
    if not known.probes:
        say("note", "None yet. Edit a document, then save the edit.")
        return
    latest = known.probes[::-1][:_SHOWN]
    table = Markup(
        '{}<div class="rl-probes" tabindex="0" role="group" aria-label="Saved probes"><table><thead>'
        "<tr><th>Edit</th><th>Query and document</th><th>Expected</th><th>Score and rank, before → after</th></tr>"
        "</thead><tbody>{}</tbody></table></div>"
    )
    put(table.format(_STYLE, joined(map(_row, latest))))
    if len(known.probes) > _SHOWN:
        say("note", f"The latest {_SHOWN} of {len(known.probes):,}. The download has all.")
    _show_keeping(known)


def _show_keeping(known: ProbeList) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        plain.download_button(
            "Download as JSON lines", data=export_probes, file_name="probes.jsonl", mime="application/jsonl",
            key="probes_download", on_click="ignore",
        )  # fmt: skip
        with plain.popover("Delete one", type="tertiary"):
            probes = {probe.id: probe for probe in reversed(known.probes)}
            chosen = plain.selectbox("Probe", list(probes), format_func=lambda id_: _name(probes[id_]), key="probe_chosen")
            if plain.button("Delete it", key="probe_delete") and chosen is not None:
                try:
                    delete_probe(chosen)
                except RerankLabError as error:
                    say("error", str(error))
                else:
                    st.rerun()
    if any(probe.expectation == "same" for probe in known.probes):
        say("note", "“Should stay” is met where the document keeps its rank.")


def _name(probe: Probe) -> str:
    return f"{edit_label(probe.edit)}, {shorten(probe.original.id, limit=40)}, {probe.created_at[:16].replace('T', ' ')} UTC"


def _row(probe: Probe) -> Markup:
    scores = Markup("<br>").join(_score(probe, ranker, score) for ranker, score in probe.scores.items())
    note = _QUIET.format(shorten(probe.note, limit=200)) if probe.note else ""
    query, document = shorten(probe.query.text, limit=120), shorten(probe.original.id, limit=60)
    row = Markup('<tr><td>{}{}</td><td>{}{}</td><td>{}</td><td class="scores">{}</td></tr>')
    expected = EXPECTATION_WORDS[probe.expectation]
    return row.format(edit_label(probe.edit), note, query, _QUIET.format(document), expected, scores)


def _score(probe: Probe, ranker: str, score: ProbeScore) -> Markup:
    verdict = {True: Markup(", <b>met</b>"), False: Markup(", <b>not met</b>"), None: ""}[met(probe, score)]
    has_scores = score.scale != RANK_ONLY.name
    values = f"{_written(score.before, score)} → {_written(score.after, score)}, " if has_scores else ""
    words = f"{ranker_title(ranker)}: {values}rank {score.rank_before} → {score.rank_after}"
    return Markup("{}{}").format(words, verdict)


def _written(value: float, score: ProbeScore) -> str:
    return format_score(value, scale=score.scale)
