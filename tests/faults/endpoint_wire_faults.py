"""Faults of the connection and of HTTP: too much, too slow, cut, elsewhere, and what is no HTTP."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace

from tests.faults.endpoint_answers import (
    BOMB,
    GOOD,
    GZIP,
    HURRIED,
    JSON,
    KEY,
    NOT,
    PATIENT,
    QUIET,
    REPLY,
    STREAM,
    Fault,
    either,
    fails,
    flooding,
    holding,
    json_whole,
    raw,
    streamed,
    works,
)
from tests.faults.raw_server import Answer, RawServer, chunked, event, message, piece


def bombs() -> Iterator[Fault]:
    yield fails("gzip bomb of 600 MB as JSON", "one piece of more than 2 MB", json_whole(BOMB, **GZIP))
    yield fails("gzip bomb of 600 MB as a stream", "of more than 2 MB", json_whole(BOMB, kind=STREAM["Content_Type"], **GZIP))
    yield fails("gzip bomb inside of gzip", "of more than 2 MB", json_whole(gzip.compress(BOMB), Content_Encoding="gzip, gzip"))
    yield fails("deflate bomb", "of more than 2 MB", json_whole(zlib.compress(bytes(2**24)), Content_Encoding="deflate"))
    yield fails("gzip bomb six codings deep", NOT, json_whole(BOMB, Content_Encoding=", ".join(["gzip"] * 6)))
    yield fails("gzip bomb as an error", "status 400", json_whole(BOMB, "400 Bad Request", **GZIP))
    yield fails(
        "gzip bomb as an error, repeated", "status 500", json_whole(BOMB, "500 No", **GZIP), replace(PATIENT, retries=1)
    )
    yield fails(
        "gzip bomb of events",
        "a reply of more than 5,000 lines",
        json_whole(gzip.compress(event("{}") * 10**6, 1), **GZIP, kind="text/event-stream"),
        replace(PATIENT, lines=5_000),
    )
    yield fails("a whole answer of 3 MB", "one piece of more than 2 MB", json_whole(message("x" * 3_000_000)))
    yield fails("lists in lists, a million", NOT, json_whole("[" + ",".join(["[]"] * 600_000) + "]"))


def floods() -> Iterator[Fault]:
    block = b"x" * 65536
    yield fails("endless line", "one piece of more than 2 MB", flooding(block, b"data: ", **STREAM))
    yield fails(
        "endless lines of one event", "one piece of more than 2 MB", flooding((b"data: " + b"1" * 90 + b"\n") * 700, **STREAM)
    )
    yield fails(
        "endless lines of one event, CRLF", "of more than 2 MB", flooding((b"data: " + b"1" * 90 + b"\r\n") * 700, **STREAM)
    )
    yield fails("endless comments", "a reply of more than 100,000 lines", flooding(b": still here\n\n" * 4096, **STREAM))
    few = replace(PATIENT, lines=5_000)
    yield fails("endless empty events", "a reply of more than 5,000 lines", flooding(event("{}") * 1000, **STREAM), few)
    yield fails("endless long events", "a reply of more than 8 MB", flooding(event({"x": "1" * 4000}) * 16, **STREAM))
    yield fails("endless text", "passed 200,000 characters", flooding(piece("word " * 1000), **STREAM))
    yield fails("endless white space as JSON", "of more than 2 MB", flooding(b" " * 65536, **JSON))
    yield fails("endless page", "of more than 2 MB", flooding(b"<p>" * 20000, Content_Type="text/html"))
    yield fails("endless error", "status 400", lambda wire: (wire.head("400 Bad Request"), wire.endless(block)))
    yield fails(
        "endless error, repeated",
        "status 503",
        lambda wire: (wire.head("503 No"), wire.endless(block)),
        replace(PATIENT, retries=1),
    )
    yield fails(
        "endless redirect",
        "points to another path there",
        lambda wire: (wire.head("307 No", Location="/x"), wire.endless(block)),
    )
    yield fails("endless behind the end", "", streamed_then_endless())
    yield fails(
        "endless headers",
        "broke off the connection",
        lambda wire: (wire.send(b"HTTP/1.1 200 OK\r\n"), wire.endless(b"X-A: " + block)),
    )
    yield fails(
        "endless small headers",
        "broke off the connection",
        lambda wire: (wire.send(b"HTTP/1.1 200 OK\r\n"), wire.endless(b"X-A: b\r\n" * 1000)),
    )
    yield fails("endless status line", "broke off the connection", lambda wire: wire.endless(block))
    yield fails("endless chunk size", "broke off the connection", flooding(b"1" * 4096, Transfer_Encoding="chunked", **STREAM))
    yield fails(
        "endless trailers",
        "",
        lambda wire: (
            wire.head(Transfer_Encoding="chunked", **STREAM),
            wire.send(*chunked([piece("x")]), b"0\r\n"),
            wire.endless(b"X-A: b\r\n" * 1000),
        ),
    )


def streamed_then_endless() -> Answer:
    return flooding(b"x" * 65536, piece("no ranking"), event("[DONE]"), **STREAM)


def delays() -> Iterator[Fault]:
    yield fails("silence", "did not answer in time", holding(), QUIET)
    yield fails("silence in the status line", "did not answer in time", holding(b"HTTP/1.1 2"), QUIET)
    yield fails("silence in the headers", "did not answer in time", holding(b"HTTP/1.1 200 OK\r\nContent-Ty"), QUIET)
    yield fails(
        "silence in a body", "did not answer in time", lambda wire: (wire.stream(), wire.send(b"data: {"), wire.hold()), QUIET
    )
    yield fails(
        "silence in an error",
        "status 400",
        lambda wire: (wire.head("400 Bad Request"), wire.send(b'{"err'), wire.hold()),
        QUIET,
    )
    yield fails(
        "silence in gzip",
        "did not answer in time",
        lambda wire: (wire.head(**STREAM, **GZIP), wire.send(BOMB[:20]), wire.hold()),
        QUIET,
    )
    still = "still answering after"
    yield fails(
        "drip of headers",
        still,
        lambda wire: (wire.send(b"HTTP/1.1 200 OK\r\n"), wire.endless(b"X: y\r\n", pause=0.05)),
        HURRIED,
    )
    yield fails("drip of a body", still, flooding(b" ", pause=0.05, **JSON), HURRIED)
    yield fails("drip of events", still, flooding(piece("x"), pause=0.05, **STREAM), HURRIED)
    yield fails("drip of an error", still, lambda wire: (wire.head("400 Bad Request"), wire.endless(b" ", pause=0.05)), HURRIED)
    yield fails(
        "100 Continue without end", still, lambda wire: wire.endless(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.02), HURRIED
    )
    yield fails(
        "103 Early Hints without end, at full speed",
        still,
        lambda wire: wire.endless(b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" * 100),
        HURRIED,
    )
    yield fails("repeat in an hour", "", json_whole("{}", "503 No", Retry_After="3600"), replace(HURRIED, retries=1))
    yield fails("repeat in 30 seconds", "", json_whole("{}", "429 No", Retry_After="30"), replace(HURRIED, retries=1))


def cuts() -> Iterator[Fault]:
    off = "broke off the connection"
    yield fails("nothing at all", off, raw())
    yield fails("reset", off, lambda wire: wire.reset())
    yield fails("reset in the headers", off, lambda wire: (wire.send(b"HTTP/1.1 200 OK\r\nCont"), wire.reset()))
    yield fails("cut in the status line", off, raw(b"HTTP/1.1 20"))
    yield fails("cut in the headers", off, raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/ev"))
    yield fails(
        "cut in the body", "in the middle of its answer", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", GOOD[:40])
    )
    yield fails(
        "cut in a whole answer",
        "in the middle of its answer",
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n", GOOD),
    )
    yield fails("cut in JSON without a length", NOT, lambda wire: (wire.head(**JSON), wire.send(GOOD[:40])))
    yield fails(
        "cut in a chunk",
        "in the middle of its answer",
        lambda wire: (wire.head(Transfer_Encoding="chunked", **STREAM), wire.send(b"fff\r\n", piece("[2]"))),
    )
    yield fails(
        "cut between chunks",
        "in the middle of its answer",
        lambda wire: (wire.head(Transfer_Encoding="chunked", **STREAM), wire.send(*chunked([piece(REPLY)]))),
    )
    yield fails("cut in an event", NOT, streamed(piece("[2]"), b'data: {"choices": [{"del\n\n'))
    yield either("cut in gzip", lambda wire: wire.whole(gzip.compress(GOOD * 50)[:60], **GZIP))
    yield fails("cut in an error", "status 400", raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\n{"))
    yield fails("reset in the body", "", lambda wire: (wire.stream(), wire.send(piece("[2]")), wire.reset()))
    yield fails("no gzip where it says gzip", "its compression is damaged", json_whole(GOOD, **GZIP))
    yield fails("gzip damaged in the middle", "", json_whole(gzip.compress(GOOD)[:30] + b"\0" * 40, **GZIP))
    yield fails("no gzip in an error", "status 400", json_whole(GOOD, "400 Bad Request", **GZIP))


def redirects(other: RawServer) -> Iterator[Fault]:
    for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
        yield fails(
            f"{status} elsewhere",
            f"points to http://{other.origin} instead",
            json_whole("", status, Location=f"{other.url}/chat/completions"),
        )
        yield fails(f"{status} here", "points to another path there", json_whole("", status, Location="/v2/chat/completions"))
    yield fails("redirect without a place", "points to another place", json_whole("", "307 Lost"))
    yield fails("redirect to nonsense", "points to another place", json_whole("", "307 Lost", Location="http://[::1"))
    yield fails("redirect to a file", "points to another place", json_whole("", "307 Lost", Location="file:///etc/passwd"))
    yield fails(
        "redirect with a name",
        f"points to http://{other.origin} instead",
        json_whole("", "307 Lost", Location=f"http://me:{KEY}@{other.origin}/"),
    )
    yield fails("redirect to other letters", "points to ", json_whole("", "307 Lost", Location="//xn--80ak6aa92e.example/"))
    yield fails("not modified", "status 304", raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    yield fails("refresh", "", json_whole("{}", Refresh=f"0; url={other.url}", Location=other.url))
    yield fails("another service", "", json_whole("{}", Alt_Svc=f'http/1.1="{other.origin}"; ma=99'))


def not_http() -> Iterator[Fault]:
    off = "broke off the connection"
    yield fails("another protocol", off, raw(b"220 mail.example ESMTP\r\n"))
    yield fails("TLS where plain was asked", off, raw(b"\x15\x03\x03\x00\x02\x02\x28"))
    yield fails("HTTP/2 preface", off, raw(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18))
    yield fails("zeros", off, raw(b"\0" * 4096))
    yield fails("HTTP/0.9", off, raw(b"<html>hello</html>"))
    yield fails("status of letters", off, raw(b"HTTP/1.1 abc OK\r\n\r\n"))
    yield fails("status 999", "", raw(b"HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\n{}"))
    yield fails("101 switching", "", raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nhello"))
    yield fails("204 no content", NOT, raw(b"HTTP/1.1 204 No Content\r\n\r\n"))
    yield fails("two lengths", off, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"))
    yield fails("length of letters", off, raw(b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello"))
    yield fails("negative length", off, raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"))
    yield fails("length of 5,000 digits", off, raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nhello"))
    yield fails("unknown transfer coding", off, raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: magic\r\n\r\nhello"))
    yield fails(
        "chunk size that is no number",
        "in the middle of its answer",
        lambda wire: (wire.head(Transfer_Encoding="chunked", **STREAM), wire.send(b"zz\r\nhello\r\n")),
    )
    yield fails(
        "chunk size of 40 digits",
        "in the middle of its answer",
        lambda wire: (wire.head(Transfer_Encoding="chunked", **STREAM), wire.send(b"f" * 40 + b"\r\nhello\r\n")),
    )
    yield works(
        "a header with odd bytes",
        raw(b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n", GOOD),
    )
    yield works(
        "two thousand headers",
        raw(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 2000, b"Content-Type: application/json\r\n\r\n", GOOD),
    )
    yield fails("a header of 200 KB", off, raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n", GOOD))
    yield fails("a header without a colon", off, raw(b"HTTP/1.1 200 OK\r\nwhat is this\r\n\r\n", GOOD))
    yield works(
        "100 Continue first",
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", GOOD),
    )
