"""A connection to one service, kept open over several requests and closed at once when the work is stopped."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from reranklab.errors import EndpointError
from reranklab.progress import CancelSignal, check_cancel
from reranklab.services.faults import silent, too_slow, unreachable, unreadable
from reranklab.services.limits import CallLimits
from reranklab.services.refusals import asked_pause, may_pass, refused

if TYPE_CHECKING:
    import httpx2

    from reranklab.services.endpoint import Endpoint

_POLL_SECONDS = 0.05
_PATIENCE = 5.0
"""Seconds for the end of connections. They are closed, not waited for."""
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`seconds` is the wall time of the request that was answered, `headers` are in small letters, and `retries` counts those
    before it, which were refused for the moment."""

    content: bytes
    headers: Mapping[str, str]
    seconds: float
    retries: int


class Line:
    """Sends requests to an endpoint from a thread with an event loop of its own, and looks at `cancel` and the time meanwhile.

    Errors are raised without the library's own in their chain: requests and replies in there may hold the key.
    """

    def __init__(self, endpoint: Endpoint, limits: CallLimits) -> None:
        self._endpoint = endpoint
        self._limits = limits

    def __enter__(self) -> Self:
        from reranklab.services.transport import open_client

        self._client = open_client(self._endpoint, self._limits)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"service-{self._endpoint.service}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self._loop.close()

    def post(self, url: str, body: bytes, *, model: str, cancel: CancelSignal | None) -> Reply:
        """The answer to `body`, which is JSON. Raises EndpointError, and Cancelled within a fraction of a second."""
        return self._run(self._post(url, body, model), cancel)

    def _run(self, work: Coroutine[object, object, _Result | EndpointError], cancel: CancelSignal | None) -> _Result:
        outcome = asyncio.run_coroutine_threadsafe(work, self._loop)
        latest = time.monotonic() + self._limits.total
        try:
            while not wait([outcome], timeout=_POLL_SECONDS).done:
                check_cancel(cancel)
                if time.monotonic() > latest:
                    raise too_slow(self._endpoint, seconds=self._limits.total)
        finally:
            outcome.cancel()
        result = outcome.result()
        if isinstance(result, EndpointError):
            raise result
        return result

    async def _post(self, url: str, body: bytes, model: str) -> Reply | EndpointError:
        """The reply, or the error to raise elsewhere, where no other stands behind it."""
        import httpx2

        try:
            return await self._answered(url, body, model)
        except EndpointError as error:
            return EndpointError(str(error))
        except httpx2.TimeoutException:
            return silent(self._endpoint)
        except (httpx2.RequestError, OSError) as error:
            return unreachable(self._endpoint, str(error) or type(error).__name__)
        except (httpx2.InvalidURL, ValueError) as error:
            return unreadable(error, self._endpoint)

    async def _answered(self, url: str, body: bytes, model: str) -> Reply:
        """Asks again, after a pause, where a refusal may pass."""
        for retries in range(self._limits.retries + 1):
            start = time.perf_counter()
            response = await self._client.post(url, content=body, headers=self._headers(), timeout=self._timeouts())
            seconds = time.perf_counter() - start
            if response.status_code == 200:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(content=response.content, headers=headers, seconds=seconds, retries=retries)
            asked = asked_pause(response.headers.get("retry-after", ""))
            pause = self._limits.pause * 2**retries if asked is None else asked
            last = retries == self._limits.retries or pause > self._limits.longest_pause
            if last or not may_pass(response.status_code):
                break
            await asyncio.sleep(pause)
        raise refused(
            self._endpoint,
            status=response.status_code,
            content=response.content,
            model=model,
            tries=retries + 1,
            pause=asked,
        )

    def _headers(self) -> dict[str, str]:
        own = {"Content-Type": "application/json", "Accept": "application/json"}
        return own | ({"Authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {})

    def _timeouts(self) -> httpx2.Timeout:
        import httpx2

        return httpx2.Timeout(self._limits.silence, connect=self._limits.connect)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()
        await asyncio.sleep(0)  # connections end in the loop's next round
        self._loop.stop()
