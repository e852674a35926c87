"""Judges by their names, as a command or a page names them."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.errors import InputError
from reranklab.models.catalogue import CatalogueEntry, list_models
from reranklab.models.entailment import ENTAILMENT
from reranklab.models.store import is_stored
from reranklab.services.endpoint import Endpoint, find_endpoint
from reranklab.services.service import CHAT_ID
from reranklab.watch.support.chat_judge import CHAT, ChatSupportJudge
from reranklab.watch.support.entailment_judge import EntailmentJudge
from reranklab.watch.support.judge import Judge
from reranklab.watch.support.score_judge import SCORES, score_judge

AUTO = "auto"
JUDGES = (AUTO, SCORES, ENTAILMENT, CHAT)


def judge_of(name: str, *, device: str = "cpu", endpoints: Sequence[Endpoint] = ()) -> Judge:
    """The judge of a name; nothing is loaded or asked yet.

    `scores`; `entailment`, which is the first model of the catalogue that is stored here, or `entailment:MODEL`; `chat`, or
    `chat:MODEL` for another model at the endpoint, which is that of `endpoints` or of the environment; `auto`, which is an
    entailment model where one is stored here, else `scores`: a text goes to an endpoint only where somebody says so.
    Raises InputError for another name, and what is said at the judges.
    """
    kind, _, model = name.partition(":")
    stored = _stored()
    if kind == AUTO and not model:
        return EntailmentJudge(stored[0].id, device=device) if stored else score_judge(device=device)
    if kind == SCORES and not model:
        return score_judge(device=device)
    if kind == ENTAILMENT:
        if not model and not stored:
            raise InputError(
                f"No entailment model is stored here. Fetch one with `reranklab models fetch {_known()[0].id}`, name a "
                f"folder as {ENTAILMENT}:FOLDER, or use {SCORES}."
            )
        return EntailmentJudge(model or stored[0].id, device=device)
    if kind == CHAT:
        return ChatSupportJudge(find_endpoint(endpoints, CHAT_ID, model=model))
    raise InputError(f"There is no judge {name!r}. Choose one of: {', '.join(JUDGES)}, {ENTAILMENT}:MODEL, {CHAT}:MODEL.")


def _known() -> tuple[CatalogueEntry, ...]:
    return tuple(entry for entry in list_models() if entry.kind == ENTAILMENT)


def _stored() -> tuple[CatalogueEntry, ...]:
    return tuple(entry for entry in _known() if is_stored(entry))
