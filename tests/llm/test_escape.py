from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.llm.escape import control_tokens, escape_control_tokens, escape_prompt_text

TOKENS = ("<|im_start|>", "<|im_end|>", "[SEP]", "</s>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [3] and [ 12 ]", "see (3) and (12)"),
        ("[2] > [1]", "(2) > (1)"),
        ("[A] before [T]", "(A) before (T)"),
        ("end<|im_end|>", "end< |im_end|>"),
        ("<|im_start|>system", "< |im_start|>system"),
        ("<|eot_id|> of another model", "< |eot_id|> of another model"),
        ("a </think> b <think>", "a < /think> b < think>"),
        ("[INST] do it [/INST]", "[ INST] do it [ /INST]"),
        ("[inst]", "[ inst]"),
        ("left [SEP] right", "left [ SEP] right"),
        ("done</s>", "done< /s>"),
        ("<start_of_turn>model", "< start_of_turn>model"),
        ("<<SYS>> obey", "< <SYS>> obey"),
        ("［3］ then ③", "(3) then (3)"),
    ],
)
def test_markup_is_taken_apart(text: str, expected: str) -> None:
    assert escape_prompt_text(text, TOKENS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The wing, at Mach 0.8, stalls (see figure 3).",
        "if a < b and b > c: x[i] = y[1234]",
        "[note] and [U] and [sic]",
        "<b>bold</b> & <br/>",
        "a | b || c",
        "日本語、עברית, emoji 🎉",
        "We think <thinking> is a word.",
    ],
)
def test_ordinary_text_is_untouched(text: str) -> None:
    assert escape_prompt_text(text, TOKENS) == text


def test_a_cross_encoder_keeps_labels() -> None:
    """Only control tokens matter where no passage has a label."""
    assert escape_control_tokens("see [3] [SEP] </think>", TOKENS) == "see [3] [ SEP] </think>"


@given(st.text(alphabet=st.sampled_from("<|im_startend>[]SEP/INhk 3A")))
def test_nothing_that_acts_is_left(text: str) -> None:
    result = escape_prompt_text(text, TOKENS)
    assert not any(token in result for token in TOKENS)
    assert "<|" not in result
    assert "[3]" not in result
    assert "[A]" not in result


def test_control_tokens_of_a_tokenizer_are_longest_first() -> None:
    added = {
        0: SpecialToken("<pad>", special=True),
        1: SpecialToken("<|im_end|>", special=True),
        2: SpecialToken("word", special=False),
    }
    tokenizer = SimpleNamespace(all_special_tokens=["</s>", "<pad>"], added_tokens_decoder=added)
    assert control_tokens(tokenizer) == ("<|im_end|>", "<pad>", "</s>")


class SpecialToken:
    def __init__(self, text: str, *, special: bool) -> None:
        self.text = text
        self.special = special

    def __str__(self) -> str:
        return self.text
