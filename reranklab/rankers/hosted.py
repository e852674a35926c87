"""Rerankers of a service: the documents go to it, and its scores come back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reranklab.data.segments import counted_ends
from reranklab.errors import InputError
from reranklab.extras import SERVICES, Extra
from reranklab.models.clock import RunClock
from reranklab.models.device import REMOTE, Device
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES, SpecRanker, check_input, rank_by_score
from reranklab.rankers.estimate import Estimate, Workload
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.services.catalogue import find_contract, find_served_model, find_service, rerank_services
from reranklab.services.endpoint import Endpoint, find_endpoint
from reranklab.services.rerank import Served, rerank
from reranklab.types import Document, Provenance, Query, Ranking, Scalar, Timing

_INSTRUCTED = "{instruction}\n{query}"


class HostedRanker(SpecRanker):
    """Sends query and documents to a service and orders by the scores that it gives. What the service cuts is not known here,
    so texts are counted in words, in scripts without spaces in characters (see `counted_ends`)."""

    def __init__(self, spec: RankerSpec, endpoint: Endpoint) -> None:
        self.spec = spec
        self._endpoint = endpoint
        self._service, self._model = find_service(service_of(spec)), model_of(spec)
        self._contract = find_contract(self._service.id)
        self._known = find_served_model(self._service.id, self._model)
        self._batch = spec.integer("batch", low=0, high=MAX_CANDIDATES)
        self._scale = self._contract.scale(spec.option("scores"))
        self._cuts, cutting = self._contract.cutting(spec.option("cut"))
        self._settings: dict[str, Any] = {**self._scale.body, **cutting}
        self._instruction = spec.option("instruction")
        if self._instruction and not self._known.instruction:
            raise InputError(f"{self._service.title} takes no instruction for {self._model}. Leave it out.")
        if self._batch and self._known.together:
            raise InputError(
                f"{self._model} reads its documents together, so a list cannot be divided into requests. Leave batch out."
            )
        if self._service.needs_key and not endpoint.key:
            key = self._service.variable("KEY")
            raise InputError(f"{self._service.title} asks for a key. Give it in the session or as {key}.")

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        check_cancel(cancel)
        device = Device(id=REMOTE, name=f"{self._service.title} service, network included")
        clock = RunClock(device, cancel=cancel)
        with clock.stage("tokenise"):
            texts = [document.content for document in documents]
            words = [len(counted_ends(text)) for text in texts]
        with clock.stage("compute"):
            served = rerank(
                self._endpoint,
                self._contract,
                query=_INSTRUCTED.format(instruction=self._instruction, query=query.text) if self._instruction else query.text,
                texts=texts,
                model=self._model,
                settings=self._settings,
                documents=self._batch,
                whole=bool(self._known.together),
                cancel=cancel,
                progress=progress,
            )
        with clock.stage("postprocess"):
            items = rank_by_score(documents, served.scores, used=words, total=words, ranker=self.id)
        tokens = served.counts.get("tokens", 0) or sum(words)
        timing = clock.stop(documents=len(documents), tokens=tokens, precision="as served")
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=self._scale.scale,
            timing=_told_apart(timing, served),
            provenance=Provenance(
                ranker=self.id,
                family=self.spec.family.id,
                model=self._model or "as served",
                revision="as served",
                weights_sha256="",
                device=device.id,
                device_name=device.name,
                precision="as served",
                backend=f"{self._service.title} rerank service",
                parameters=self._parameters(),
                versions=library_versions("httpx2"),
            ),
            warnings=self._warnings(len(documents), served),
            details=_details(served),
        )

    def _parameters(self) -> dict[str, Scalar]:
        parameters: dict[str, Scalar] = {
            "service": self._service.id,
            "scores": self._scale.scale.name,
            "texts_too_long": "refused" if self._cuts == "refused" else "cut, not reported",
            "documents_in_a_request": self._batch or self._contract.documents or "all",
            "window": self._known.window or "not known",
        }
        return parameters | ({"instruction": self._instruction} if self._instruction else {})

    def _warnings(self, documents: int, served: Served) -> tuple[str, ...]:
        title, warnings = self._service.title, []
        if self._cuts == "silent":
            about = f" {self._contract.about_cuts}" if self._contract.about_cuts else ""
            warnings.append(f"{title} does not report what it cuts: tokens here are words that were sent.{about}")
        if 0 < self._known.together < documents:
            warnings.append(
                f"{self._model} reads up to {self._known.together} documents in one pass. {title} divided these {documents} "
                "itself: a score depends on the documents that shared its pass, and scores of two passes are not alike."
            )
        others = [name for name in served.models if self._model and name.rpartition("/")[2] != self._model.rpartition("/")[2]]
        if others:
            warnings.append(f"{title} was asked for {self._model} and answered as {', '.join(others)}.")
        if served.retries:
            warnings.append(f"{served.retries} requests were refused for the moment and sent again. The time holds the wait.")
        return tuple(warnings)


def service_of(spec: RankerSpec) -> str:
    """The id of the service that a spec names; "" where it names none."""
    return spec.model.partition("/")[0]


def model_of(spec: RankerSpec) -> str:
    """What the service calls the model; "" for the one that it has."""
    return spec.model.partition("/")[2]


def _told_apart(timing: Timing, served: Served) -> Timing:
    """With the service's own time as compute and the rest of the calls as transfer, where it tells that time."""
    own = served.times.get("total")
    if own is None:
        return timing
    (run,) = timing.runs
    own = min(own, run.compute)
    return replace(timing, runs=(replace(run, compute=own, transfer=run.compute - own),))


def _details(served: Served) -> dict[str, Scalar]:
    """Counts and times of one run, as far as the service tells them."""
    return {
        "calls": served.calls,
        "retries": served.retries,
        "calls_ms": 1000 * served.seconds,
        **{f"reported_{name}": value for name, value in served.counts.items()},
        **{f"reported_{name}_ms": value for name, value in served.times.items()},
    }


def _check_model(model: str) -> None:
    service, _, name = model.partition("/")
    services = ", ".join(rerank_services())
    if not service:
        raise InputError(f"A hosted ranker names its service: hosted:SERVICE/MODEL. Services: {services}.")
    if find_service(service).id not in rerank_services():
        raise InputError(f"{service!r} is no rerank service. Choose one of: {services}.")
    if find_service(service).needs_model and not name.strip():
        known = [each.name for each in find_contract(service).models]
        raise InputError(f"{find_service(service).title} needs a model: hosted:{service}/{known[0] if known else 'MODEL'}.")


def _build(spec: RankerSpec, context: BuildContext) -> HostedRanker:
    _check_model(spec.model)
    return HostedRanker(spec, find_endpoint(context.endpoints, service_of(spec)))


def _capabilities(spec: RankerSpec) -> Capabilities:
    found = {Capability.HOSTED, Capability.ENDPOINT}
    service = service_of(spec)
    if service not in rerank_services():
        return frozenset(found)
    known = find_served_model(service, model_of(spec))
    if not known.together:
        found |= {Capability.POINTWISE, Capability.ORDER_FREE}
    if known.instruction:
        found.add(Capability.INSTRUCTION)
    if find_contract(service).cuts == "silent" and spec.option("cut") == "allow":
        found.add(Capability.TRUNCATES)
    return frozenset(found)


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    """As if every document had the mean length. None where no service is chosen."""
    if service_of(spec) not in rerank_services():
        return None
    contract = find_contract(service_of(spec))
    tokens = load.documents * (load.document_tokens + load.query_tokens)
    most = spec.integer("batch", low=0, high=MAX_CANDIDATES) or contract.documents or load.documents
    calls = math.ceil(load.documents / most)
    if contract.request_tokens:
        calls = max(calls, math.ceil(tokens / contract.request_tokens))
    return Estimate(calls=calls, tokens=round(tokens), load=load)


def _needs(spec: RankerSpec) -> Extra:
    return SERVICES


def _describe(spec: RankerSpec) -> str:
    service = service_of(spec)
    title = find_service(service).title if service in rerank_services() else service
    return f"{title} {model_of(spec).rstrip('/').rpartition('/')[2]}".strip() or "no service chosen"


FAMILY = Family(
    id="hosted",
    title="Hosted service",
    summary="A rerank service that computes elsewhere, a provider's or your own. The documents are sent to it.",
    colour="#5F7A8C",
    capabilities=_capabilities,
    build=_build,
    scales=tuple(
        {
            offered.scale.name: offered.scale for service in rerank_services() for offered in find_contract(service).scales
        }.values()
    ),
    options=(
        Option(
            name="scores",
            default="usual",
            choices=("usual", "logit", "probability"),
            help="Where a service gives its scores in more than one scale. usual: logits where it has them, else its own.",
        ),
        Option(
            name="cut",
            default="allow",
            choices=("allow", "refuse"),
            help="refuse: a text that is too long is an error, where the service can be told so.",
        ),
        Option(name="batch", default="0", help="Most documents in one request. 0: the service's usual limit. 1 to 1000."),
        Option(name="instruction", default="", help="For models that take one, in front of the query."),
    ),
    check_model=_check_model,
    needs=_needs,
    describe=_describe,
    estimate=_estimate,
    service=service_of,
)
