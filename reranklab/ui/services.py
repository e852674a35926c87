"""The services of the sidebar: which one a ranker asks, where it is, and as whom. A service has one address and one key, shared
by all rankers that ask it."""

from __future__ import annotations

from dataclasses import dataclass, field

from reranklab.operator import Lock, is_locked
from reranklab.services.catalogue import find_contract, find_service, rerank_services
from reranklab.services.service import CHAT_ID
from reranklab.ui import plain
from reranklab.ui.say import say
from reranklab.ui.state import EndpointState, SessionState, Slot
from reranklab.ui.widgets import field as field_of
from reranklab.ui.widgets import kept, kept_text_or_choice


@dataclass(slots=True, kw_only=True)
class ServedModels:
    """The model that was chosen at each service, by slot and service, so that a look at another service loses none."""

    names: dict[tuple[int, str], str] = field(default_factory=dict)


def show_service(session: SessionState, slot: Slot) -> None:
    """Service and model of a slot, then its address and key."""
    service, _, model = slot.model.partition("/")
    models = session.of(ServedModels).names
    if service:
        models[slot.number, service] = model

    def choose(chosen: str) -> None:
        slot.model = f"{chosen}/{models.get((slot.number, chosen), '')}".rstrip("/")

    known = rerank_services()
    kept(
        plain.selectbox,
        "Service",
        key=f"w_service_{slot.number}",
        value=service if service in known else None,
        store=choose,
        options=list(known),
        format_func=lambda service_id: known[service_id].title,
        placeholder="Choose one",
    )
    if service not in known:
        return

    def name(chosen: str) -> None:
        slot.model = f"{service}/{chosen}".rstrip("/")

    kept_text_or_choice(
        "Model",
        key=f"w_served_{slot.number}_{service}",
        value=model,
        store=name,
        options=[each.name for each in find_contract(service).models],
        text_label="Its name at the service",
        text_help="" if known[service].needs_model else "Empty for the one that the server has.",
    )
    licence = find_contract(service).model(model).licence
    if licence:
        say("note", f"Licence: {licence}.")
    show_endpoint(session, slot, service)


def show_endpoint(session: SessionState, slot: Slot, service: str) -> None:
    """Address and key of a service, and a chat endpoint's model; where they are locked, what holds instead."""
    about = find_service(service)
    if is_locked(Lock.ENDPOINTS):
        say("note", f"The documents are sent to the {about.subject} that the operator of this installation has set up.")
        return
    say("note", "Address and key stay in this session's memory. The documents are sent to that address.")
    endpoint: EndpointState = session.endpoint(service)
    names = f"{slot.number}" if service == CHAT_ID else f"{slot.number}_{service}"
    field_of(
        plain.text_input, "Address", endpoint, "url", key=f"w_endpoint_url_{names}", placeholder=about.url or about.example,
        help=f"Empty for {about.url}." if about.url else None,
    )  # fmt: skip
    if service == CHAT_ID:
        field_of(plain.text_input, "Model at that address", endpoint, "model", key=f"w_endpoint_model_{names}")
    field_of(
        plain.text_input, "Key", endpoint, "key", key=f"w_endpoint_key_{names}", type="password",
        help="Needed." if about.needs_key else "Empty where the server asks for none.",
    )  # fmt: skip
