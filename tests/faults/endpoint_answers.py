"""What a fault of an endpoint is, and the answers that faults are made of."""

import zlib
from dataclasses import dataclass, replace

from reranklab.services.limits import LIMITS, CallLimits
from tests.faults.raw_server import Answer, Wire, message

KEY = "sk-secret-4711"
SECRET = "the password is swordfish"
PASSAGES = ["Berlin is in Germany.", f"Paris is the capital of France, {SECRET}.", "Bread is baked."]
RIGHT = (1, 0, 2)
REPLY = "[2] > [1] > [3]"

PATIENT = replace(LIMITS, connect=10, silence=20, total=40, retries=0)
QUIET = replace(PATIENT, silence=0.2)
HURRIED = replace(PATIENT, total=0.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`order` is the right one, or None where the call must fail; then the error says `words`. `either` takes both."""

    name: str
    answer: Answer
    words: str = ""
    order: tuple[int, ...] | None = None
    either: bool = False
    limits: CallLimits = PATIENT


def fails(name: str, words: str, answer: Answer, limits: CallLimits = PATIENT) -> Fault:
    return Fault(name=name, answer=answer, words=words, limits=limits)


def works(name: str, answer: Answer, limits: CallLimits = PATIENT) -> Fault:
    return Fault(name=name, answer=answer, order=RIGHT, limits=limits)


def either(name: str, answer: Answer) -> Fault:
    return Fault(name=name, answer=answer, order=RIGHT, either=True)


def json_whole(body: bytes | str, status: str = "200 OK", **headers: str) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return lambda wire: wire.whole(content, status, **headers)


def streamed(*parts: bytes) -> Answer:
    def answer(wire: Wire) -> None:
        wire.stream()
        wire.send(*parts)

    return answer


def flooding(block: bytes, *first: bytes, pause: float = 0.0, **headers: str) -> Answer:
    def answer(wire: Wire) -> None:
        wire.head(**headers)
        wire.send(*first)
        wire.endless(block, pause=pause)

    return answer


def raw(*parts: bytes) -> Answer:
    return lambda wire: wire.send(*parts)


def holding(*parts: bytes) -> Answer:
    def answer(wire: Wire) -> None:
        wire.send(*parts)
        wire.hold()

    return answer


def bomb(megabytes: int) -> bytes:
    """A gzip stream of zeros, a thousandth of their size, made without compressing them all."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + block * megabytes + packer.flush()


BOMB = bomb(600)
GZIP = {"Content_Encoding": "gzip"}
STREAM = {"Content_Type": "text/event-stream"}
JSON = {"Content_Type": "application/json"}
NOT = "not the chat-completions protocol"
GOOD = message(REPLY)
DEEP = "[" * 100_000 + "]" * 100_000
LONG = "1" * 5_000
