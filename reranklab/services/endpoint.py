"""Where a service is, and as whom to speak to it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reranklab.errors import InputError
from reranklab.operator import Lock, check_unlocked
from reranklab.services.catalogue import find_service
from reranklab.services.service import CHAT_ID, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to send documents, and as whom. The key lives in memory only: no repr, error, log or provenance holds it.

    `service` is "llm" for a chat endpoint, else the id of a rerank service. `url` is the base address, such as
    http://127.0.0.1:11434/v1; "" is the provider's own, where there is one. `key` is empty for a server that asks for none.
    `model` is a chat endpoint's alone: that of a rerank service stands in the ranker's id.
    Raises InputError for an address, key or model that cannot be used, and LockedError for any but the environment's where the
    operator has locked endpoints.
    """

    url: str = ""
    key: str = field(default="", repr=False)
    model: str = ""
    service: str = CHAT_ID

    def __post_init__(self) -> None:
        about = self.about
        object.__setattr__(self, "url", self.url or about.url)
        _check_url(self.url, about)
        if not all(33 <= ord(character) <= 126 for character in self.key):
            raise InputError(
                f"The key of the {about.subject} holds spaces, line breaks or characters outside of ASCII. Copy it again."
            )
        if about.id == CHAT_ID and not self.model.strip():
            raise InputError("The chat endpoint needs the name of a model. Give the one that the server knows it by.")
        if about.id != CHAT_ID and self.model:
            raise InputError(f"The model of a {about.subject} stands in the ranker's id, behind {about.id}/. Write it there.")
        if (self.url, self.key, self.model) != _usual(about):
            check_unlocked(Lock.ENDPOINTS, f"This {about.subject} or model", "Leave address, key and model out.")

    @classmethod
    def from_environment(cls, *, service: str = CHAT_ID, model: str = "") -> Endpoint:
        """The endpoint of RERANKLAB_<SERVICE>_URL and RERANKLAB_<SERVICE>_KEY (may be absent), for a chat endpoint with
        RERANKLAB_LLM_MODEL; `model`, where given, goes before that. Raises InputError naming the variables that are missing."""
        about = find_service(service)
        url, key, usual_model = _usual(about)
        model = (model or usual_model) if about.id == CHAT_ID else ""
        needed = [("URL", url)] if about.id != CHAT_ID else [("URL", url), ("MODEL", model)]
        missing = [about.variable(what) for what, value in needed if not value]
        if missing:
            raise InputError(
                f"No {about.subject} is set: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing from the "
                f"environment. Set the address ({about.example}{' for Ollama) and the model' if about.id == CHAT_ID else ')'}, "
                f"and {about.variable('KEY')} where the server asks for a key."
            )
        return cls(url=url, key=key, model=model, service=about.id)

    @property
    def about(self) -> Service:
        """Raises InputError for a service that does not exist."""
        return find_service(self.service)

    @property
    def host(self) -> str:
        """The address without its path, for messages."""
        return urlsplit(self.url).netloc

    @property
    def of_environment(self) -> bool:
        """Whether the address is the provider's own or the environment's, which no visitor chose."""
        return self.url == _usual(self.about)[0]


def usual_address(service: str) -> str:
    """The address of the environment, else the provider's own; "" where there is none. Raises InputError for an unknown
    service."""
    return _usual(find_service(service))[0]


def find_endpoint(endpoints: Iterable[Endpoint], service: str, *, model: str = "") -> Endpoint:
    """The session's endpoint of a service, else the environment's, with `model` in it. Raises as `from_environment`."""
    own = next((endpoint for endpoint in endpoints if endpoint.service == service), None)
    return own or Endpoint.from_environment(service=service, model=model)


def _usual(about: Service) -> tuple[str, str, str]:
    """Address, key and model of a service as the environment has them."""
    url, key, model = (os.environ.get(about.variable(what), "").strip() for what in ("URL", "KEY", "MODEL"))
    return url or about.url, key, model if about.id == CHAT_ID else ""


def _check_url(url: str, about: Service) -> None:
    """Raise InputError unless it is a plain http or https base address. Messages never repeat it: it may hold a key."""
    example = f"Give the base address, such as {about.example}."
    what = f"The address of the {about.subject}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise InputError(f"{what} cannot be read. {example}") from error
    if "@" in parts.netloc:
        raise InputError(f"{what} holds a user name or password. Give the key apart. {example}")
    if parts.query or parts.fragment:
        raise InputError(f"{what} holds a ? or #. {example}")
    if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isascii() or re.search(r"\s", url):
        raise InputError(f"{what} is not of the form http://host:port/path. {example}")
    if parts.path.rstrip("/").endswith(about.call):
        raise InputError(f"{what} names one call, {about.call}. {example}")
