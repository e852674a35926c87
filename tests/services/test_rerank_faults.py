"""A rerank service that misbehaves, over real connections: one sentence, soon, and never a ranking made of it."""

import json
import logging
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reranklab.errors import Cancelled, EndpointError, InputError
from reranklab.services.catalogue import find_contract
from reranklab.services.endpoint import Endpoint
from reranklab.services.limits import RERANK_LIMITS, CallLimits
from reranklab.services.refusals import asked_pause
from reranklab.services.rerank import Served, rerank
from tests.faults.endpoint_answers import BOMB, DEEP, GZIP, LONG, flooding, holding, json_whole, raw
from tests.faults.raw_server import Answer, RawServer, Wire, serve_raw
from tests.services.rerank_server import KEY

TEXTS = ("Berlin is in Germany.", "Paris is in France.", "Bread is baked.")
HURRIED = replace(RERANK_LIMITS, connect=5, silence=0.4, total=10, pause=0.01, longest_pause=0.2)


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with serve_raw() as running:
        yield running


def ask(
    server: RawServer,
    answer: Answer,
    *,
    service: str = "cohere",
    key: str = KEY,
    limits: CallLimits = HURRIED,
    cancel: threading.Event | None = None,
) -> Served:
    server.answer = answer
    server.received.clear()
    return rerank(
        Endpoint(service=service, url=f"http://{server.origin}", key=key),
        find_contract(service),
        query="capital of France",
        texts=TEXTS,
        model="m",
        settings={},
        limits=limits,
        cancel=cancel,
    )


def results(*pairs: tuple[object, object], field: str = "relevance_score") -> str:
    return json.dumps({"results": [{"index": index, field: score} for index, score in pairs]})


GOOD = results((1, 0.9), (0, 0.2), (2, 0.1))


def test_a_good_answer(server: RawServer) -> None:
    served = ask(server, json_whole(GOOD))
    assert (served.scores, served.calls, served.retries, served.counts, served.times) == ((0.2, 0.9, 0.1), 1, 0, {}, {})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (json_whole(results((0, 0.5), (1, 0.4))), "scored 2 of 3 documents: number 2, counted from 0, is missing"),
        (json_whole(results((0, 0.5), (1, 0.4), (3, 0.1))), "gave a score to document 3 of 3"),
        (json_whole(results((0, 0.5), (1, 0.4), (-1, 0.1))), "gave a score to document -1 of 3"),
        (json_whole(results((0, 0.5), (1, 0.4), (1, 0.4))), "gave two scores to document 1 of 3"),
        (json_whole(results((0, 0.5), (1, float("nan")), (2, 0.1))), "gave document 1 of 3, counted from 0, a score that is"),
        (json_whole(results((0, float("inf")), (1, 0.4), (2, 0.1))), "a score that is no finite number"),
        (json_whole(results((0, 10**400), (1, 0.4), (2, 0.1))), "a score that is no finite number"),
        (json_whole(results((0, "0.5"), (1, 0.4), (2, 0.1))), "no number as relevance_score"),
        (json_whole(results((0, True), (1, 0.4), (2, 0.1))), "no number as relevance_score"),
        (json_whole(results((0.0, 0.5), (1, 0.4), (2, 0.1))), "no whole number as index"),
        (json_whole(results((True, 0.5), (0, 0.4), (2, 0.1))), "no whole number as index"),
        (json_whole(results((0, 0.5), (1, 0.4), (2, 0.1), field="score")), "no number as relevance_score"),
        (json_whole('{"results": [1, 2, 3]}'), "no whole number as index"),
        (json_whole('{"data": []}'), "holds no list 'results' of results"),
        (json_whole("[]"), "holds no list 'results' of results"),
        (json_whole('{"results": {}}'), "holds no list 'results' of results"),
        (json_whole(GOOD[:-4]), "no JSON, or JSON that breaks off"),
        (json_whole(""), "no JSON"),
        (lambda wire: wire.whole(b"<html>", kind="text/html"), "no JSON"),
        (json_whole(b"\xff\xfe{}"), "not the rerank protocol of Cohere"),
        (json_whole(DEEP), "nested too deep"),
        (json_whole(f'{{"results": {LONG}}}'), "a number in it is too long"),
        (json_whole(BOMB, **GZIP), "sent one piece of more than 1"),
        (flooding(b" " * 65536, Content_Type="application/json"), "sent one piece of more than 1"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "broke off the connection"),
        (raw(b"SSH-2.0-server\r\n\r\n"), "cannot be reached, or broke off"),
        (raw(), "cannot be reached, or broke off"),
        (holding(), "did not answer in time"),
        (holding(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "did not answer in time"),
        (json_whole("", "307 Elsewhere", Location="http://elsewhere.example/v2/rerank"), "points to http://elsewhere.example"),
        (json_whole("", "204 Nothing"), "not the rerank protocol of Cohere"),
        (json_whole('{"message": "invalid api token"}', "401 No"), r"refused the key (status 401). Give a valid one"),
        (json_whole('{"detail": "Not Found"}', "404 No"), "knows no model 'm', or its address is wrong (status 404"),
        (json_whole('{"message": "no model m"}', "400 No"), "refused the request (status 400: no model m)"),
        (json_whole('{"detail": [{"msg": "too long"}]}', "422 No"), "refused the request (status 422: too long)"),
        (json_whole('{"error": "backend", "error_type": "Backend"}', "424 No"), "refused the request (status 424: backend)"),
        (json_whole("x" * 70_000, "413 Large"), "refused the request (status 413: xxx"),
    ],
)  # fmt: skip
def test_answers_that_are_none(server: RawServer, answer: Answer, words: str) -> None:
    start = time.monotonic()
    with pytest.raises(EndpointError) as caught:
        ask(server, answer)
    message = str(caught.value)
    assert words in message
    assert message.startswith(f"The rerank service Cohere at {server.origin} ")
    assert message.endswith(".") and len(message) < 420 and "\n" not in message
    assert len(server.received) == 1, "what will not pass is not asked for again"
    assert time.monotonic() - start < 8


@pytest.mark.parametrize(
    ("service", "body"),
    [
        ("voyage", {"results": []}),
        ("tei", {"results": [{"index": 0, "score": 1}]}),
        ("tei", [{"index": 0, "relevance_score": 1}]),
    ],
)
def test_the_protocol_of_another_service(server: RawServer, service: str, body: object) -> None:
    with pytest.raises(EndpointError, match=r"is not the rerank protocol of .*Check the address; calls go to"):
        ask(server, json_whole(json.dumps(body)), service=service)


def after(refusals: int, answer: Answer) -> Answer:
    """`answer` to so many requests, then a good one."""

    def reply(wire: Wire) -> object:
        return (answer if wire.number <= refusals else json_whole(GOOD))(wire)

    return reply


@pytest.mark.parametrize("status", ["429 Busy", "500 Broken", "502 No", "503 Loading"])
def test_what_may_pass_is_asked_again(server: RawServer, status: str) -> None:
    served = ask(server, after(2, json_whole("{}", status)))
    assert (served.scores, served.retries, len(server.received)) == ((0.2, 0.9, 0.1), 2, 3)


def test_a_lasting_refusal_ends_after_four_tries(server: RawServer) -> None:
    with pytest.raises(EndpointError, match=r"takes no more calls now after 4 tries \(status 429: slow down\)\. Wait, or"):
        ask(server, json_whole('{"message": "slow down"}', "429 Busy"))
    assert len(server.received) == 4
    with pytest.raises(EndpointError, match=r"failed after 4 tries \(status 503: no explanation\)\. Try again"):
        ask(server, json_whole("", "503 Loading"))


def test_the_pause_that_a_server_asks_for_is_kept(server: RawServer) -> None:
    patient = replace(HURRIED, longest_pause=2)
    start = time.monotonic()
    served = ask(server, after(1, json_whole("{}", "429 Busy", Retry_After="1")), limits=patient)
    assert (served.retries, time.monotonic() - start >= 1) == (1, True)
    assert served.seconds < 1, "the time of the request that was answered"


def test_a_pause_that_is_too_long_is_said_and_not_waited_for(server: RawServer) -> None:
    start = time.monotonic()
    with pytest.raises(EndpointError, match=r"Wait 3,600 seconds, as it asks, or check the account's limits"):
        ask(server, json_whole("{}", "429 Busy", Retry_After="3600"))
    assert (len(server.received), time.monotonic() - start < 3) == (1, True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("9" * 30, None),
    ],
)
def test_pauses_as_servers_write_them(header: str, seconds: float | None) -> None:
    assert asked_pause(header) == seconds


def test_a_pause_can_be_a_date() -> None:
    pause = asked_pause("Thu, 01 Jan 2099 00:00:00 GMT")
    assert pause is not None and pause > 1e9


@pytest.mark.parametrize("answer", [holding(), json_whole("{}", "429 Busy", Retry_After="30")], ids=["silence", "a pause"])
def test_stopping_does_not_wait(server: RawServer, answer: Answer) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        ask(server, answer, limits=RERANK_LIMITS, cancel=cancel)
    assert time.monotonic() - start < 3


def test_a_call_without_end_is_stopped(server: RawServer) -> None:
    trickle = flooding(b" ", pause=0.05, Content_Type="application/json")
    with pytest.raises(EndpointError, match="still answering after 1 seconds and was stopped"):
        ask(server, trickle, limits=replace(HURRIED, total=1.0, silence=5))


def test_nobody_listens() -> None:
    with serve_raw() as server:
        origin = server.origin
    with pytest.raises(EndpointError, match="cannot be reached, or broke off the connection"):
        rerank(
            Endpoint(service="tei", url=f"http://{origin}"), find_contract("tei"), query="q", texts=TEXTS, model="", settings={}
        )


def echo(wire: Wire) -> None:
    """All that was asked comes back as the server's own words."""
    words = wire.server.received[-1].decode()
    wire.whole(json.dumps({"message": words[:100] + f" Bearer {KEY} http://me:{KEY}@host/v1"}).encode(), "400 No")


def test_the_key_never_shows(server: RawServer, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the message, the chain of errors with their arguments, or any log."""
    caplog.set_level(logging.DEBUG)
    for answer in (echo, raw(), holding(), json_whole(KEY, "401 No"), json_whole(KEY), json_whole(KEY, "500 No")):
        with pytest.raises(EndpointError) as caught:
            ask(server, answer)
        assert f"Bearer {KEY}".encode() in server.received[0], "it was sent"
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.args) + caplog.text
        assert KEY[:9] not in told
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_service_without_a_key_is_sent_none(server: RawServer) -> None:
    ask(server, json_whole(json.dumps([{"index": each, "score": 1.0} for each in range(3)])), service="tei", key="")
    assert b"authorization" not in server.received[0].lower()
    with pytest.raises(EndpointError, match=r"asks for a key \(status 401\).*RERANKLAB_TEI_KEY"):
        ask(server, json_whole("{}", "401 Who"), service="tei", key="")


def test_a_document_that_no_request_holds_is_named_before_anything_is_sent(server: RawServer) -> None:
    endpoint = Endpoint(service="zeroentropy", url=f"http://{server.origin}", key=KEY)
    server.received.clear()
    with pytest.raises(InputError, match="Document 2 of 2 has 5,000,004 bytes, and a request takes 5,000,000 in all"):
        rerank(endpoint, find_contract("zeroentropy"), query="q", texts=["a", "b" * 5_000_000], model="m", settings={})
    assert server.received == []


def test_times_that_cannot_be_are_not_believed(server: RawServer) -> None:
    body = json.dumps([{"index": each, "score": 1.0} for each in range(3)])
    for told in ("-1", "nan", "1e9", "fast", ""):
        assert ask(server, json_whole(body, x_total_time=told, x_queue_time="0"), service="tei").times == {"queue": 0.0}
