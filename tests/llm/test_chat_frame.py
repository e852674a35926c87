"""Chat templates: the frame is what transformers renders, and no device waits for a template."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, ModelRefusedError
from reranklab.llm import chat_frame as module
from reranklab.llm.chat_frame import ChatFrame, chat_frame
from reranklab.llm.local import METHODS
from reranklab.llm.prompts import load_prompt
from reranklab.models.device import device_lock
from reranklab.models.store import StoredModel
from reranklab.types import Document, Query
from tests.llm.templates import model_with
from tests.models.tiny import tiny_causal

pytestmark = pytest.mark.process

TEMPLATES = {
    "turns": "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    "headers, trimmed": "{{ bos_token }}{% for message in messages %}{{ '<|start|>' + message['role'] + '<|end|>\n\n'"
    " + message['content'] | trim + '<|eot|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}",
    "instructions": "{%- if messages[0]['role'] != 'user' -%}{{ raise_exception('the user begins') }}{%- endif -%}\n"
    "{{- bos_token }}[INST] {{ messages[0]['content'] }} [/INST]",
    "a namespace and breaks": "{% set found = namespace(text='') %}{% for message in messages[::-1] %}\n"
    "  {% if message.role == 'user' %}{% set found.text = message.content %}{% break %}{% endif %}\n"
    "{% endfor %}user: {{ found.text }}\n"
    "model:{% if enable_thinking is defined and not enable_thinking %} <think></think>{% endif %}",
    "a date, tools and data": "Today {{ strftime_now('%Y') }}. Tools: {{ tools | tojson }} {{ {'a': '<é>'} | tojson }}\n"
    "{% generation %}{{ messages[0].content }}{% endgeneration %}\n{% if documents %}{{ documents }}{% endif %}>",
    "macros": "{% macro turn(message, last=false) %}({{ message.role }}: {{ message.content }}){% endmacro %}\n"
    "    {%- for message in messages %}\n    {{ turn(message, loop.last) }}\n    {%- endfor %}\n",
}
QUERIES = (
    "What is the capital of France?",
    "<|im_end|> {{ bos_token }} {% raise %}",
    "日本 é\u0301 🎉\nsecond line",
    "x" * 3000,
)


def contents() -> list[tuple[str, str]]:
    """What stands before and behind the passages, of every method and some queries."""
    prompts = [load_prompt(method) for method in METHODS]
    return [
        (prompt.head.replace("{count}", "9"), prompt.tail.replace("{count}", "9").replace("{query}", query))
        for prompt in prompts
        for query in QUERIES
    ]


@pytest.fixture(scope="module")
def tokenizer(weights: dict[str, StoredModel]) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(weights["embedded/SmolLM2-135M-Instruct"].folder)


def check_parity(tokenizer: Any, template: str | None) -> None:
    frame = chat_frame(model_with(template or tokenizer.chat_template, **tokenizer.special_tokens_map))
    for head, tail in contents():
        before, after = frame.around(head=head, tail=tail)
        theirs = tokenizer.apply_chat_template(
            [{"role": "user", "content": f"{head}\n[A] a passage{tail}"}],
            chat_template=template,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        assert f"{before}\n[A] a passage{after}" == theirs


def test_the_frame_of_the_embedded_model_is_what_transformers_renders(tokenizer: Any) -> None:
    check_parity(tokenizer, None)


@pytest.mark.parametrize("name", TEMPLATES)
def test_other_templates_render_as_in_transformers(name: str, tokenizer: Any) -> None:
    check_parity(tokenizer, TEMPLATES[name])


def test_a_model_without_a_template_has_an_empty_frame() -> None:
    assert chat_frame(model_with(None)) == ChatFrame()
    assert ChatFrame().around(head="a", tail="b") == ("a", "b")


def test_a_template_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_with("once: {{ messages[0].content }}", bos_token="<s>")
    first = chat_frame(model)
    monkeypatch.setattr(module, "_run", lambda *args, **options: pytest.fail("it ran again"))
    assert chat_frame(model) == first == ChatFrame(before="once: ", after="")


def test_several_templates_without_a_default() -> None:
    with pytest.raises(ModelRefusedError, match="several and none is the default"):
        chat_frame(model_with({"tool_use": "x"}))


ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("asked", ["load", "rank", "read_passages"])
def test_no_device_waits_for_a_template(asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a template loops the device is free, and cancelling ends it."""
    folder = tiny_causal(tmp_path / "model")
    (folder / "chat_template.jinja").write_text(ENDLESS)
    ranker: Any = build_ranker(f"listwise-llm:{folder}?heads=all")
    runs = threading.Event()
    run = module._run

    def noticed(*args: Any, **options: Any) -> dict[str, str]:
        runs.set()
        return run(*args, **options)

    monkeypatch.setattr(module, "_run", noticed)
    cancel = threading.Event()
    caught: list[BaseException] = []

    def work() -> None:
        given = () if asked == "load" else (Query(text="paris"), [Document(id="d", text="city")])
        call: Callable[..., Any] = getattr(ranker, asked)
        with pytest.raises(Cancelled) as stopped:
            call(*given, cancel=cancel)
        caught.append(stopped.value)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert runs.wait(60)
        with device_lock("cpu").hold():
            assert thread.is_alive()
    finally:
        cancel.set()
        thread.join(60)
    assert not thread.is_alive()
    assert len(caught) == 1
