"""When a page is settled: what was asked of the server has run to its end, and what it sent stands on the page.

No step waits for a time. The page asks for a heartbeat on Streamlit's own socket: its answer says that the server has taken
every earlier request. The server (see serve.py) then says when nothing runs any more, and the answer to a second heartbeat
that everything it sent before has arrived.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from playwright.sync_api import Page, expect

STATUS: dict[str, str] = {}
"""Address of a server to the address that tells whether its sessions are settled."""
_SECONDS = 420.0

WATCH = """
(() => {
  const known = window.e2e = { asked: 0, socket: null };
  const BEATS = 17, ANSWER = 20;  // BackMsg.app_heartbeat, ForwardMsg.parent_message

  function holds(bytes, field) {
    let at = 0;
    const varint = () => {
      for (let value = 0, weight = 1; ; weight *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * weight;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const tag = varint();
      if (Math.floor(tag / 8) === field) return true;
      const size = varint();
      if (tag % 8 === 2) at += size;
    }
    return false;
  }

  window.WebSocket = class extends WebSocket {
    beats = 0;
    answers = 0;
    waiting = [];
    constructor(...options) {
      super(...options);
      known.socket = this;
      this.addEventListener("message", (event) => {
        if (!holds(new Uint8Array(event.data), ANSWER)) return;
        this.answers += 1;
        this.waiting = this.waiting.filter(([beat, done]) => beat > this.answers || done());
      });
    }
    send(data) {
      if (holds(new Uint8Array(data), BEATS)) this.beats += 1;
      else known.asked += 1;
      super.send(data);
    }
  };
  const turn = () => new Promise((done) => setTimeout(done));  // an animation frame never comes to a window in the background
  known.answered = async () => {
    await turn();
    const socket = known.socket;
    await new Promise((done) => {
      socket.send(new Uint8Array([8 * BEATS & 127 | 128, 8 * BEATS >> 7, 1]));
      socket.waiting.push([socket.beats, () => void done()]);
    });
    await turn();
    return known.asked;
  };
})();
"""


def settled(page: Page) -> None:
    """Wait until nothing that was asked is on its way, and the page shows the outcome."""
    expect(page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]")).to_be_visible()
    deadline = time.monotonic() + _SECONDS
    asked = page.evaluate("e2e.answered()")
    while True:
        _wait_for_server(page, deadline)
        now = page.evaluate("e2e.answered()")
        if now == asked:
            break
        asked = now
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()


def _wait_for_server(page: Page, deadline: float) -> None:
    address = next(status for server, status in STATUS.items() if page.url.startswith(server))
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=60):
                return
        except urllib.error.HTTPError:
            page.wait_for_timeout(20)  # a pause between two questions, which also lets the page work
    raise AssertionError("The server's sessions did not come to rest.")
