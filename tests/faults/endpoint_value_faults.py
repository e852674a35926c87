"""Faults of what an answer says: its kind, its values, its status."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

from tests.faults.endpoint_answers import (
    DEEP,
    GOOD,
    GZIP,
    KEY,
    LONG,
    NOT,
    PATIENT,
    REPLY,
    STREAM,
    Fault,
    fails,
    json_whole,
    raw,
    streamed,
    works,
)
from tests.faults.raw_server import chunked, event, message, piece


def kinds() -> Iterator[Fault]:
    yield fails("a page", NOT, lambda wire: wire.whole(b"<html><body>Welcome</body></html>", kind="text/html"))
    yield fails("a page as JSON", NOT, json_whole("<html>Sign in</html>"))
    yield fails("a picture", NOT, lambda wire: wire.whole(b"\x89PNG\r\n\x1a\n" + bytes(100), kind="image/png"))
    yield fails("nothing as JSON", NOT, json_whole(""))
    yield fails("no kind", NOT, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
    yield works("a stream without its kind", lambda wire: (wire.head(Content_Type="text/plain"), wire.send(piece(REPLY))))
    yield works("JSON with an odd kind", lambda wire: wire.whole(GOOD, kind="application/problem+json; charset=utf-7"))
    yield works("a coding that nobody knows", json_whole(GOOD, Content_Encoding="magic"))
    yield works("gzip that nobody asked for", json_whole(gzip.compress(GOOD), **GZIP))
    yield works(
        "gzip of a stream",
        lambda wire: wire.whole(gzip.compress(piece("[2] > ") + piece("[1] > [3]")), kind="text/event-stream", **GZIP),
    )
    yield works("a stream with a length", lambda wire: wire.whole(piece(REPLY), kind="text/event-stream"))
    yield works(
        "a stream in chunks of a byte",
        lambda wire: (
            wire.head(Transfer_Encoding="chunked", **STREAM),
            wire.send(*chunked([bytes([b]) for b in piece(REPLY)]), b"0\r\n\r\n"),
        ),
    )
    yield works(
        "CRLF, comments and other fields",
        streamed(b": hi\r\nretry: 5\r\nid: 1\r\nevent: x\r\n", piece(REPLY).replace(b"\n", b"\r\n")),
    )


def values() -> Iterator[Fault]:
    """Wrong values in every field, whole and in a stream."""
    yield fails("JSON nested 100,000 deep", "nested too deep", json_whole(DEEP))
    yield fails("a message nested deep", "", json_whole(f'{{"choices": [{{"message": {{"content": {DEEP}}}}}]}}'))
    yield fails("an event nested deep", "nested too deep", streamed(event(DEEP)))
    yield fails("a number of 5,000 digits", "a number in it is too long", json_whole(f'{{"choices": [], "created": {LONG}}}'))
    yield fails(
        "an event with a number of 5,000 digits", "a number in it is too long", streamed(event(f'{{"created": {LONG}}}'))
    )
    yield fails("an error nested deep", "status 400", json_whole(DEEP, "400 Bad Request"))
    yield fails("an error with a long number", "status 400", json_whole(LONG, "400 Bad Request"))
    yield fails("bytes that are no UTF-8", "not UTF-8", json_whole(b'{"choices": "\xff\xfe"}'))
    yield fails("an event that is no UTF-8", "not UTF-8", streamed(b"data: {\xff}\n\n"))
    yield fails("an error that is no UTF-8", "status 400", json_whole(b"\xff\xfe\xff", "400 Bad Request"))
    yield fails("half of a surrogate pair", "", json_whole(message("\ud800")))
    yield fails("a zero", "", json_whole(message("\0")))
    for name, value in {
        "null": "null",
        "true": "true",
        "a number": "5",
        "NaN": "NaN",
        "infinity": "-Infinity",
        "a text": '"hello"',
        "a list": "[]",
        "a list of nulls": "[null]",
        "an object": "{}",
        "choices null": '{"choices": null}',
        "choices a text": '{"choices": "abc"}',
        "choices an object": '{"choices": {"0": {}}}',
        "choice null": '{"choices": [null]}',
        "choice a number": '{"choices": [7]}',
        "message null": '{"choices": [{"message": null, "delta": null}]}',
        "message a list": '{"choices": [{"message": [], "delta": []}]}',
        "message a text": '{"choices": [{"message": "x", "delta": "x"}]}',
        "content a number": '{"choices": [{"message": {"content": 5}, "delta": {"content": 5}}]}',
        "content a list": '{"choices": [{"message": {"content": [{}]}, "delta": {"content": [{}]}}]}',
        "content an object": '{"choices": [{"message": {"content": {}}, "delta": {"content": {}}}]}',
        "content NaN": '{"choices": [{"message": {"content": NaN}, "delta": {"content": NaN}}]}',
        "error null": '{"error": null}',
        "error a text": '{"error": "no"}',
        "error a list": '{"error": [1, 2]}',
        "error nested": '{"error": {"message": {"message": ["x"]}}}',
        "error a number": '{"error": {"message": 5}}',
        "keys twice": '{"choices": [], "choices": null}',
        "a million keys": json.dumps(dict.fromkeys(range(100_000))),
    }.items():
        yield fails(f"{name}, whole", "", json_whole(value))
        yield fails(f"{name}, streamed", "", streamed(event(value)))
        yield (
            works(f"{name}, before the reply", streamed(event(value), piece(REPLY)))
            if "error" not in name and not value.startswith('"')
            else fails(f"{name}, then a reply", "", streamed(event(value)))
        )
    for name, usage in {
        "null": None,
        "a text": "many",
        "a list": [],
        "tokens a text": {"total_tokens": "9"},
        "tokens true": {"total_tokens": True},
        "tokens below 0": {"total_tokens": -5},
        "tokens half": {"total_tokens": 0.5},
        "tokens NaN": {"total_tokens": float("nan")},
        "tokens beyond any float": {"total_tokens": 10**400},
        "tokens a list": {"total_tokens": [1]},
    }.items():
        yield works(f"usage {name}, whole", json_whole(message(REPLY, usage=usage)))
        yield works(f"usage {name}, streamed", streamed(piece(REPLY, usage=usage)))


def statuses() -> Iterator[Fault]:
    bodies = [b"", b"no", b"<html>no</html>", b'{"error": {"message": "no"}}', b'{"error": "no"}', b'{"detail": [{"msg": 5}]}',
              b"[]", b"null", b'{"error": {"message": "' + b"x" * 100_000 + b'"}}', b"\x1b[31mred\x07\r\n" * 9,
              f'{{"error": {{"message": "{KEY}"}}}}'.encode()]  # fmt: skip
    for number, status in enumerate((400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 413, 415, 418, 421, 422, 425, 426,
                                     429, 431, 451, 499, 500, 501, 502, 503, 504, 507, 511, 520, 599)):  # fmt: skip
        yield fails(f"status {status}", f"status {status}", json_whole(bodies[number % len(bodies)], f"{status} No"))
    yield works(
        "a failure that passes",
        lambda wire: wire.whole(b"", "503 Loading") if wire.number % 2 else wire.whole(GOOD),
        replace(PATIENT, retries=1),
    )
    yield works(
        "a connection that fails once",
        lambda wire: wire.reset() if wire.number % 2 else wire.whole(GOOD),
        replace(PATIENT, retries=1),
    )
    yield works(
        "no counting of tokens",
        lambda wire: (
            wire.whole(b'{"detail": "stream_options"}', "422 No")
            if b"stream_options" in wire.server.received[-1]
            else wire.whole(GOOD)
        ),
    )
