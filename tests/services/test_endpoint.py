"""Addresses and keys: what can be used, what the environment says, and that no key shows."""

import pickle
import traceback
from dataclasses import fields

import pytest

from reranklab.errors import InputError
from reranklab.services.endpoint import Endpoint, find_endpoint
from reranklab.services.transport import proxy_for

KEY = "sk-secret-4711"


def test_the_proxy_of_the_environment_is_for_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tunnels https, and would read the documents of plain http."""
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    https, http = (Endpoint(url=f"{scheme}://api.example.com/v1", model="m") for scheme in ("https", "http"))
    assert (proxy_for(https), proxy_for(http)) == ("http://proxy:3128", None)
    monkeypatch.setenv("https_proxy", "http://other:3128")
    assert proxy_for(https) == "http://other:3128"
    monkeypatch.setenv("no_proxy", "example.com")
    assert proxy_for(https) is None


def test_the_repr_holds_no_key() -> None:
    endpoint = Endpoint(url="https://api.example.com/v1", key=KEY, model="m")
    assert KEY not in f"{endpoint} {endpoint!r}"
    assert endpoint == pickle.loads(pickle.dumps(endpoint))
    assert [item.name for item in fields(endpoint) if item.repr] == ["url", "model", "service"]
    assert endpoint.host == "api.example.com"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:11434/v1", "https://api.example.com/v1/", "http://[::1]:8080", "http://gpu-box/v1"]
)
def test_addresses_that_work(url: str) -> None:
    assert Endpoint(url=url, model="m").url == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not of the form"),
        ("127.0.0.1:11434/v1", "cannot be read|not of the form"),
        ("ftp://host/v1", "not of the form"),
        ("file:///etc/passwd", "not of the form"),
        ("http:///v1", "not of the form"),
        ("http://host /v1", "not of the form"),
        ("http://hôst/v1", "not of the form"),
        ("http://a..b/v1", "cannot be read"),
        ("http://host:99999/v1", "cannot be read"),
        ("http://[::1/v1", "cannot be read"),
        ("http://me:s3cret@host/v1", "user name or password"),
        ("http://s3cret@host/v1", "user name or password"),
        ("http://host/v1?key=s3cret", r"holds a \? or #"),
        ("http://host/v1/chat/completions", "names one call"),
    ],
)
def test_addresses_that_do_not(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Endpoint(url=url, model="m")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("key", ["two words", "line\n", "schlüssel", "\x00key"])
def test_keys_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(InputError, match="The key of the chat endpoint") as caught:
        Endpoint(url="http://host/v1", key=key, model="m")
    assert key not in str(caught.value)


def test_a_model_is_needed() -> None:
    with pytest.raises(InputError, match="name of a model"):
        Endpoint(url="http://host/v1", model=" ")


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_LLM_URL", " http://127.0.0.1:11434/v1\n")
    monkeypatch.setenv("RERANKLAB_LLM_KEY", f"{KEY}\n")
    monkeypatch.setenv("RERANKLAB_LLM_MODEL", "small")
    assert Endpoint.from_environment() == Endpoint(url="http://127.0.0.1:11434/v1", key=KEY, model="small")
    assert Endpoint.from_environment(model="large").model == "large"
    monkeypatch.delenv("RERANKLAB_LLM_KEY")
    assert Endpoint.from_environment().key == ""


def test_from_an_environment_that_lacks_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RERANKLAB_LLM_URL", raising=False)
    monkeypatch.delenv("RERANKLAB_LLM_MODEL", raising=False)
    with pytest.raises(InputError, match="RERANKLAB_LLM_URL and RERANKLAB_LLM_MODEL are missing"):
        Endpoint.from_environment()
    monkeypatch.setenv("RERANKLAB_LLM_URL", "http://127.0.0.1:11434/v1")
    with pytest.raises(InputError, match="RERANKLAB_LLM_MODEL is missing"):
        Endpoint.from_environment()


def test_a_rerank_service_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's address is known, so its key is enough; that of one's own server is needed."""
    for name in ("COHERE_URL", "COHERE_KEY", "TEI_URL", "TEI_KEY"):
        monkeypatch.delenv(f"RERANKLAB_{name}", raising=False)
    monkeypatch.setenv("RERANKLAB_COHERE_KEY", KEY)
    cohere = Endpoint.from_environment(service="cohere")
    assert (cohere.url, cohere.key, cohere.model, cohere.of_environment) == ("https://api.cohere.com", KEY, "", True)
    with pytest.raises(InputError, match=r"RERANKLAB_TEI_URL is missing.*http://127.0.0.1:8080.*RERANKLAB_TEI_KEY"):
        Endpoint.from_environment(service="tei")
    monkeypatch.setenv("RERANKLAB_TEI_URL", "http://10.0.0.5:8080")
    assert find_endpoint((cohere,), "tei").url == "http://10.0.0.5:8080"
    assert find_endpoint((Endpoint(service="tei", url="http://tei"), cohere), "tei").url == "http://tei"


def test_the_key_of_the_environment_goes_to_no_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_COHERE_KEY", KEY)
    own = Endpoint(service="cohere", url="https://elsewhere.example")
    assert (own.key, own.of_environment) == ("", False)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"service": "nobody"}, "no rerank service 'nobody'. Choose one of: cohere, voyage"),
        ({"service": "tei"}, "The address of the rerank service TEI is not of the form"),
        ({"service": "tei", "url": "http://host/rerank"}, "names one call, /rerank. Give the base address"),
        ({"service": "cohere", "key": "two words"}, "The key of the rerank service Cohere holds spaces"),
        ({"service": "cohere", "model": "rerank-v3.5"}, "stands in the ranker's id, behind cohere/"),
    ],
)
def test_services_that_cannot_be_asked_so(values: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Endpoint(**values)
