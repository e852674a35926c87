"""The services that exist: the chat endpoint, and the rerank services of services.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from reranklab.errors import InputError
from reranklab.services.contract import Contract, OfferedScale, ServedModel
from reranklab.services.service import CHAT, Service
from reranklab.types import LOGIT, ScoreScale

_LIGHTER = "send fewer or shorter documents"


def find_service(service_id: str) -> Service:
    """Raises InputError, naming what exists, for an unknown id."""
    if service_id == CHAT.id:
        return CHAT
    service = rerank_services().get(service_id)
    if service is None:
        raise InputError(f"There is no rerank service {service_id!r}. Choose one of: {', '.join(rerank_services())}.")
    return service


def find_contract(service_id: str) -> Contract:
    """How a rerank service is asked. Raises InputError for an unknown id."""
    find_service(service_id)
    return _read()[service_id][1]


def find_served_model(service_id: str, name: str) -> ServedModel:
    """What is known of a model at a service. One that another service lists is read the same way wherever it is served, but
    windows and instructions are that service's."""
    contract = find_contract(service_id)
    own = contract.model(name)
    if own in contract.models:
        return own
    listed = (contract.model(name) for _, contract in _read().values())
    together = max(model.together for model in listed)
    return ServedModel(name=name, together=together)


def rerank_services() -> Mapping[str, Service]:
    """The rerank services by id, in the table's order."""
    return MappingProxyType({service_id: service for service_id, (service, _) in _read().items()})


@cache
def _read() -> Mapping[str, tuple[Service, Contract]]:
    text = files("reranklab.services").joinpath("services.toml").read_text(encoding="utf-8")
    return {table["id"]: _service(table) for table in tomllib.loads(text)["service"]}


def _service(table: dict[str, Any]) -> tuple[Service, Contract]:
    title, path = table["title"], table["path"]
    service = Service(
        id=table.pop("id"),
        title=table.pop("title"),
        subject=f"rerank service {title}",
        protocol=f"the rerank protocol of {title}",
        example=table.pop("example", "") or table["url"],
        call=path,
        address_hint=f"Check the address; calls go to {path} behind it.",
        lighter=_LIGHTER,
        url=table.pop("url", ""),
        needs_key=table.pop("needs_key", False),
        needs_model=table.pop("needs_model", False),
    )
    scales = tuple(
        OfferedScale(
            scale=LOGIT if each["name"] == LOGIT.name else ScoreScale(name=each["name"], description=each["description"]),
            body=each.get("body", {}),
        )
        for each in table.pop("scale")
    )
    models = tuple(ServedModel(**each) for each in table.pop("model", []))
    return service, Contract(scales=scales, models=models, results=table.pop("results", ""), **table)
