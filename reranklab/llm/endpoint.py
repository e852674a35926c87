"""Where a chat endpoint is, and as whom to speak to it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reranklab.errors import InputError
from reranklab.operator import Lock, check_unlocked

_VARIABLES = ("RERANKLAB_LLM_URL", "RERANKLAB_LLM_KEY", "RERANKLAB_LLM_MODEL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to send a window, and as whom. The key lives in memory only: no repr, error, log or provenance holds it.

    `url` is the base address, such as http://127.0.0.1:11434/v1; `key` is empty for a server that asks for none.
    Raises InputError for an address, key or model that cannot be used, and LockedError for any but the environment's where the
    operator has locked endpoints.
    """

    url: str
    key: str = field(default="", repr=False)
    model: str

    def __post_init__(self) -> None:
        _check_url(self.url)
        if not all(33 <= ord(character) <= 126 for character in self.key):
            raise InputError(
                "The key of the chat endpoint holds spaces, line breaks or characters outside of ASCII. Copy it again."
            )
        if not self.model.strip():
            raise InputError("The chat endpoint needs the name of a model. Give the one that the server knows it by.")
        if (self.url, self.key, self.model) != tuple(map(_variable, _VARIABLES)):
            check_unlocked(Lock.ENDPOINTS, "This chat endpoint or model", "Leave address, key and model out.")

    @classmethod
    def from_environment(cls, *, model: str = "") -> Endpoint:
        """The endpoint of RERANKLAB_LLM_URL, RERANKLAB_LLM_KEY (may be absent) and RERANKLAB_LLM_MODEL; `model`, where given,
        goes before the last. Raises InputError naming the variables that are missing."""
        url, key, usual_model = map(_variable, _VARIABLES)
        model = model or usual_model
        missing = [name for name, value in (("RERANKLAB_LLM_URL", url), ("RERANKLAB_LLM_MODEL", model)) if not value]
        if missing:
            raise InputError(
                f"No chat endpoint is set: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing from the "
                "environment. Set the address (http://127.0.0.1:11434/v1 for Ollama) and the model, and RERANKLAB_LLM_KEY "
                "where the server asks for a key."
            )
        return cls(url=url, key=key, model=model)

    @property
    def host(self) -> str:
        """The address without its path, for messages."""
        return urlsplit(self.url).netloc


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def _check_url(url: str) -> None:
    """Raise InputError unless it is a plain http or https base address. Messages never repeat it: it may hold a key."""
    example = "Give the base address, such as http://127.0.0.1:11434/v1."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise InputError(f"The address of the chat endpoint cannot be read. {example}") from error
    if "@" in parts.netloc:
        raise InputError(f"The address of the chat endpoint holds a user name or password. Give the key apart. {example}")
    if parts.query or parts.fragment:
        raise InputError(f"The address of the chat endpoint holds a ? or #. {example}")
    if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isascii() or re.search(r"\s", url):
        raise InputError(f"The address of the chat endpoint is not of the form http://host:port/path. {example}")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise InputError(f"The address of the chat endpoint names one call, /chat/completions. {example}")
