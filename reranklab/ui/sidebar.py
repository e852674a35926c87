"""The sidebar of the Compare page: rankers with their options, device, repeats."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from reranklab.engine.request import MAX_REPEATS
from reranklab.errors import InputError
from reranklab.models.catalogue import usable_models
from reranklab.operator import Lock, is_locked
from reranklab.rankers.catalogue import families, find_family, new_spec, refusals
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.family import Family, Option, RankerSpec
from reranklab.rankers.reference import REMOTE_CODE
from reranklab.rankers.titles import model_name
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import bold, shorten
from reranklab.ui.named import offer_named
from reranklab.ui.progress import poll
from reranklab.ui.quality import show_quality
from reranklab.ui.resources import finding_devices, found_devices
from reranklab.ui.say import say
from reranklab.ui.services import show_endpoint, show_service
from reranklab.ui.state import SessionState, Slot
from reranklab.ui.widgets import among, field, kept, kept_text_or_choice


@part("The list of rankers")
def show_rankers(session: SessionState) -> None:
    """A row for each ranker: on or off, and its options."""
    with st.sidebar:
        plain.markdown(bold("Rankers"))
        for slot in list(session.slots):
            _show_slot(session, slot)
        with plain.popover("Add a ranker", icon=":material/add:", type="tertiary"):
            _offer_families(session)
            offer_named(session)
        for refusal in refusals():
            say("warning", refusal)


def _offer_families(session: SessionState) -> None:
    """A button for each family, with what it does and what a list costs it, or what it lacks."""
    for family in families().values():
        spec = new_spec(family)
        name, about = st.columns([1, 3], vertical_alignment="center", gap="small")
        with name:
            if plain.button(family.title, key=f"add_{family.id}", width="stretch", disabled=bool(family.missing)):
                session.add_slot(spec)
                st.rerun()
        with about:
            say("offer", family.remedy or _explained(spec, apart="\n"))


def _explained(spec: RankerSpec, *, apart: str = " ") -> str:
    """What its family does, and what one list costs it."""
    return f"{spec.family.summary}{apart}Cost: {spec.cost}." if spec.cost != CostClass.UNTOLD else spec.family.summary


@part("The settings of the run")
def show_run_settings(session: SessionState) -> None:
    """Device and repeats."""
    with st.sidebar:
        known = found_devices()
        available = {device.id: device.name for device in known if device.available}
        session.device = among(session.device, available, default="cpu")
        field(
            plain.selectbox,
            "Device",
            session,
            "device",
            options=list(available),
            format_func=lambda id_: f"{id_}: {available[id_]}",
        )
        field(
            plain.number_input,
            "Runs of each ranker",
            session,
            "repeats",
            min_value=1,
            max_value=MAX_REPEATS,
            help="Measured runs after one warm-up. With several, times are the median, with the 95th percentile beside it.",
        )
        absent = [f"{device.id} ({device.reason})" for device in known if not device.available]
        if absent:
            say("note", f"Not available: {'; '.join(absent)}.")
        if finding_devices():
            poll(lambda: say("note", "Looking for other devices…"), finding_devices)


@part("This ranker")
def _show_slot(session: SessionState, slot: Slot) -> None:
    family = find_family(slot.family)
    with st.container(gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            help_ = _explained(_readable_spec(slot))
            field(plain.checkbox, family.title, slot, "on", key=f"w_on_{slot.number}", help=help_, width="stretch")
            with plain.popover("Options", type="tertiary", key=f"popover_{slot.number}"):
                _show_options(session, slot, family)
        try:
            say("slot", _about(slot))
        except InputError as error:
            say("error", str(error))


def _readable_spec(slot: Slot) -> RankerSpec:
    """The slot's spec, or where that does not work one of its family with nothing set."""
    try:
        return slot.spec
    except InputError:
        return new_spec(find_family(slot.family))


def _about(slot: Slot) -> str:
    """Model and changed options on a line. Raises InputError for an option that does not work."""
    spec = slot.spec
    about = model_name(spec.id)
    changed = [
        f"{name}={value}"
        for name, value in spec.options.items()
        if value != spec.family.option(name).default and value not in about.split()
    ]
    return shorten(" · ".join([about, *changed]), limit=70)


def _show_options(session: SessionState, slot: Slot, family: Family) -> None:
    plain.caption(_explained(_readable_spec(slot)))
    with st.container():
        if family.check_model is not None:
            show_service(session, slot)
        elif service := _service(slot):
            show_endpoint(session, slot, service)
        elif family.kinds:
            _show_model(slot, family)
    for number in range(family.stages):
        _show_stage(slot, number)
    if not finding_devices():  # the first page does not wait for what was evaluated
        with suppress(InputError):  # said beside the ranker
            show_quality(slot.spec.id)
    code_locked = is_locked(Lock.REMOTE_CODE)
    offered = [
        option
        for option in family.options
        if family.matters(option, slot.options) and not (code_locked and option.name == REMOTE_CODE.name)
    ]
    columns = st.columns(2)
    for number, option in enumerate(offered):
        with columns[number % 2]:
            _show_option(slot, option)
    if sum(other.family == slot.family for other in session.slots) > 1 and plain.button("Remove", key=f"remove_{slot.number}"):
        session.slots.remove(slot)
        st.rerun()


def _show_model(slot: Slot, family: Family) -> None:
    known = {entry.id: entry for entry in usable_models() if entry.kind in family.kinds}
    chosen = slot.model or family.default_model
    by_path = not is_locked(Lock.LOCAL_FILES)

    def store(model: str) -> None:
        slot.model = "" if model == family.default_model else model

    kept_text_or_choice(
        "Model",
        key=f"w_model_{slot.number}",
        value=chosen,
        store=store,
        options=list(known),
        text_label="Hub id or folder" if by_path else "Hub id",
        text_help=f"owner/name or owner/name@revision{', or the path of a folder' if by_path else ''}, of this kind of model.",
    )
    entry = known.get(chosen)
    if entry is not None and entry.non_commercial:
        say("warning", f"Licence {entry.licence}: not for commercial use.")


def _show_option(slot: Slot, option: Option) -> None:
    def store(value: str | None) -> None:
        if value is None or value == option.default:
            slot.options.pop(option.name, None)
        else:
            slot.options[option.name] = value.strip()

    label = option.name if len(option.name) < 3 else option.name.replace("_", " ").capitalize()
    key = f"w_option_{slot.number}_{option.name}"
    value = slot.options.get(option.name, option.default)
    if option.choices:
        kept(plain.selectbox, label, key=key, value=value, store=store, options=option.choices, help=option.help)
    else:
        kept(plain.text_input, label, key=key, value=value, store=store, help=option.help)
    if option.name == REMOTE_CODE.name and value == "allow":
        say("warning", "The checkpoint's own Python code will run on this machine.")


def _service(slot: Slot) -> str:
    """The service that a slot's ranker asks; "" for none."""
    try:
        return slot.spec.family.service(slot.spec)
    except InputError:
        return ""


def _show_stage(slot: Slot, number: int) -> None:
    """The ranker inside of a composed one, by its id."""

    def store(ranker: str) -> None:
        slot.stages[number] = ranker

    offered = [family.id for family in families().values() if not family.stages and not family.missing]
    kept_text_or_choice(
        "Ranker inside" if len(slot.stages) == 1 else f"Ranker {number + 1} inside",
        key=f"w_stage_{slot.number}_{number}",
        value=slot.stages[number],
        store=store,
        options=offered,
        text_label="Its id",
        text_help="A ranker id, with model and options as on the command line: cross-encoder?precision=int8",
    )
