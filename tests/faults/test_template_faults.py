"""Chat templates that come with a checkpoint and do harm: each ends in a sentence, soon, and in a process of its own."""

import json
import time
from pathlib import Path

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import ModelRefusedError
from reranklab.llm import chat_frame
from reranklab.llm.chat_frame import TemplateLimits
from reranklab.llm.template_process import answer
from reranklab.types import Document, Query
from tests.faults.conftest import StartPlan
from tests.faults.plan import what_is_wrong
from tests.llm.templates import model_with
from tests.models.tiny import tiny_embedder

pytestmark = [pytest.mark.process, pytest.mark.slow]

PATIENT = TemplateLimits(seconds=60)
HURRIED = TemplateLimits(seconds=0.7)
CONTENT = "{{ messages[0].content }}"
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}BODY{% endfor %}{% endfor %}"

STOPPED = {
    "a loop without an end": ENDLESS.replace("BODY", ""),
    "a loop in front of the content": ENDLESS.replace("BODY", "") + CONTENT,
    "a macro that branches": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "a power without an end": "{{ (9 ** 9999999) % 10 }}",
}
FILLING = {
    "text without an end": (ENDLESS.replace("BODY", "text"), "too much text"),
    "a long text": ("{{ 'x' * 200000 }}" + CONTENT, "too much text"),
    "the content without an end": (ENDLESS.replace("BODY", CONTENT), "too much text"),
    "a text of 10 GB": ("{{ 'x' * 10 ** 10 }}", "too much memory"),
    "a list of 10 GB": ("{{ ([0] * 10 ** 10) | length }}", "too much memory"),
    "a format of 10 GB": ("{{ '%9999999999d' | format(1) }}", "too much memory"),
    "doubled until it is full": (
        "{% set n = namespace(x='xxxxxxxx') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "too much memory",
    ),
}
REFUSED = {
    "loops in loops": ("{% for a in [1] * 999 recursive %}{{ loop([1] * 999) }}{% endfor %}", "RecursionError"),
    "too deep": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
    "nested too deep to be read": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", ""),
    "a range beyond the limit": ("{% for i in range(10 ** 9) %}{% endfor %}", "too much text"),
    "its own exception": ("{{ raise_exception('Only system messages are\nsupported\x1b[31m') }}", "Only system messages"),
    "an unknown name": ("{{ who.knows.this }}", "'who' is undefined"),
    "an unknown filter": ("{{ 1 | magic }}", "No filter named 'magic'"),
    "half a tag": ("{% for message in", "TemplateSyntaxError"),
    "a wrong type": ("{{ messages + 1 }}", "TypeError"),
    "a division by 0": ("{{ 1 / 0 }}", "ZeroDivisionError"),
    "an escape from the sandbox": ("{{ ''.__class__.__mro__[1].__subclasses__() }}" + CONTENT, "SecurityError"),
    "another": ("{{ cycler.__init__.__globals__.os.system('id') }}" + CONTENT, ""),
    "and another": ("{{ self._TemplateReference__context.environment.from_string('x') }}", ""),
    "an import": ("{% import 'os' as os %}" + CONTENT, ""),
    "a change of what it was given": ("{{ messages.clear() }}" + CONTENT, "SecurityError"),
    "no content": ("Hello.", "0 times"),
    "the content twice": (CONTENT * 2, "2 times"),
    "the content changed": ("{{ messages[0].content | upper }}", "0 times"),
    "the content escaped": ("{{ messages[0].content | tojson }}", "0 times"),
    "nothing but a system": ("{% for m in messages if m.role == 'system' %}{{ m.content }}{% endfor %}", "0 times"),
    "no text": ("{{ '\ud800' }}", ""),
}


def test_templates_that_do_harm(fault_plan: StartPlan) -> None:
    with fault_plan("a chat template that does harm") as plan:
        for name, template in STOPPED.items():
            plan.tried(name, failed=_end_of(template, HURRIED, "stopped after 0.7 seconds"))
        for name, (template, words) in FILLING.items():
            plan.tried(name, failed=_end_of(template, PATIENT, words))


def test_templates_that_fail(fault_plan: StartPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """These need no process to stop them, and none is started."""

    def run(asked: str, *, cancel: object, limits: TemplateLimits) -> dict[str, str]:
        return answer({**json.loads(asked), "characters": limits.characters})

    monkeypatch.setattr(chat_frame, "_run", run)
    with fault_plan("a chat template that fails") as plan:
        for name, (template, words) in REFUSED.items():
            plan.tried(name, failed=_end_of(template, PATIENT, words))


def test_an_embedder_that_runs_a_template_for_each_text(fault_plan: StartPlan, tmp_path: Path) -> None:
    """It would run while the device's lock is held. A template that nothing asks for does no harm."""
    query, documents = Query(text="paris"), [Document(id="d", text="a city")]
    with fault_plan("an embedder with a chat template") as plan:
        for name, modalities in {"beside plain text": ("text", "message"), "alone": ("message",), "unasked": ()}.items():
            folder = tiny_embedder(tmp_path / name)
            (folder / "chat_template.jinja").write_text("{{ raise_exception('it ran') }}")
            if modalities:
                reads = {"method": "forward", "method_output_name": "last_hidden_state", "format": "flat"}
                config = json.loads((folder / "sentence_bert_config.json").read_text())
                config |= {"modality_config": dict.fromkeys(modalities, reads), "module_output_name": "token_embeddings"}
                (folder / "sentence_bert_config.json").write_text(json.dumps(config))
            ranker = build_ranker(f"bi-encoder:{folder}")
            if not modalities:
                plan.tried(name, failed="" if ranker.rank(query, documents).items else "no ranking")
                continue
            with pytest.raises(ModelRefusedError, match="a chat template of its own") as caught:
                ranker.rank(query, documents)
            plan.tried(name, failed=what_is_wrong(caught.value))


def _end_of(template: str, limits: TemplateLimits, words: str) -> str:
    """What is wrong with the end of a template; "" where nothing is."""
    start = time.monotonic()
    try:
        found = chat_frame.chat_frame(model_with(template), limits=limits)
    except ModelRefusedError as error:
        late = time.monotonic() - start > 50
        return "late" if late else what_is_wrong(error) or ("" if words in str(error) else f"does not say {words!r}: {error}")
    except Exception as error:  # noqa: BLE001 - the plan reports it
        return what_is_wrong(error)
    return f"it was taken: {found}"
