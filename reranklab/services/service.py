"""What a service is called, where it stands, and what its answers are measured by."""

from __future__ import annotations

from dataclasses import dataclass

CHAT_ID = "llm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`id` stands in ranker ids and in the names of its environment variables, `subject` in sentences ("The chat endpoint at").

    `url` is the provider's own address, "" where everyone runs their own; `example` is one to show. `call` is the end of an
    address that names one call, which no base address has. `lighter` says what to try where it takes too long.
    """

    id: str
    title: str
    subject: str
    protocol: str
    example: str
    call: str
    address_hint: str
    lighter: str
    url: str = ""
    needs_key: bool = False
    needs_model: bool = False

    def variable(self, what: str) -> str:
        """The environment variable of its address ("URL"), key ("KEY") or model ("MODEL")."""
        return f"RERANKLAB_{self.id.upper()}_{what}"


CHAT = Service(
    id=CHAT_ID,
    title="Chat endpoint",
    subject="chat endpoint",
    protocol="the chat-completions protocol",
    example="http://127.0.0.1:11434/v1",
    call="/chat/completions",
    address_hint="Check the address; most end in /v1.",
    lighter="use a smaller window or a faster model",
    needs_model=True,
)
