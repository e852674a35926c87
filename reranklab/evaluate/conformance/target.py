"""What is checked: a ranker by its id, or a server by its address."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reranklab.engine.build import build_ranker
from reranklab.errors import EndpointError, InputError
from reranklab.progress import CancelSignal
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.services.catalogue import find_service, rerank_services
from reranklab.services.endpoint import Endpoint
from reranklab.types import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`endpoints` holds the address that was given, and is empty where the environment has it."""

    spec: RankerSpec
    endpoints: tuple[Endpoint, ...] = ()


def find_target(text: str, *, service: str = "", model: str = "", cancel: CancelSignal | None = None) -> Target:
    """The ranker of an id, or of an address that starts with http.

    At an address speaks `service`, or the first of those that people run themselves whose protocol is understood there: each is
    asked for one score. The key is the environment's, RERANKLAB_<SERVICE>_KEY, where the service is named or the address is
    the environment's too: no other server is sent one.
    Raises InputError for an id, address or service that cannot be used, and EndpointError where none answers.
    """
    if "://" not in text:
        if service or model:
            raise InputError(f"{text} names its service and model itself. Leave them out, or give an address.")
        return Target(spec=parse_ranker_id(text))
    if service and service not in rerank_services():
        raise InputError(f"{service!r} is no rerank service. Choose one of: {', '.join(rerank_services())}.")
    tried = [service] if service else [name for name, each in rerank_services().items() if not each.url]
    refusals = []
    for name in tried:
        found = _at(text, name, model, keyed=bool(service))
        try:
            build_ranker(found.spec, endpoints=found.endpoints).rank(
                Query(text="ready"), [Document(id="d1", text="ready")], cancel=cancel
            )
        except EndpointError as error:
            refusals.append(f"{find_service(name).title}: {error}")
            continue
        return found
    raise EndpointError(
        refusals[0].partition(": ")[2] if len(refusals) == 1 else "No rerank service is understood there. " + " ".join(refusals)
    )


def _at(address: str, service: str, model: str, *, keyed: bool) -> Target:
    spec = parse_ranker_id(f"hosted:{service}/{model}" if model else f"hosted:{service}")
    about = find_service(service)
    keyed = keyed or os.environ.get(about.variable("URL"), "").strip() == address
    key = os.environ.get(about.variable("KEY"), "").strip() if keyed else ""
    return Target(spec=spec, endpoints=(Endpoint(url=address, key=key, service=service),))
