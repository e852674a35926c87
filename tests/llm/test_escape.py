import re
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.blank import is_blank
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
        ("❶ ⑴ ㉑ ⓪", "(1) (1) (21) (0)"),
        ("[0001] and [00000000000000000002]", "(0001) and (00000000000000000002)"),
        ("[１] 【12】 ⟦3⟧ ［Ａ］", "(１) (12) (3) (Ａ)"),
        ("[\u200b1] [1\u2060] [ \u00ad2 ] [\n3\n]", "(1) (1) (2) (3)"),
        ("[1\u20e3] [2\u0332] [٣] [¹]", "(1) (2) (٣) (¹)"),
        ("[[1]] [[A]", "[(1)] [(A)"),
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
        "[note] and [U] and [sic] and [ABC] and [00012345]",
        "arr[1, 2] and [1-3] and [a]",
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


_OPEN, _CLOSE = "[［【〔⟦❲⁅﹇", "]］】〕⟧❳⁆﹈"
_BETWEEN = st.text(
    alphabet=st.sampled_from(" \t\n\u00a0\u200b\u200d\u2060\ufeff\u00ad\u3164\ufe0f\u20e3\u0332\U000e0041"), max_size=3
)
_DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"])


@st.composite
def labels(draw: st.DrawFn) -> str:
    """A label as somebody would write it who wants it to be read as one and not found."""
    digits = draw(_DIGITS)
    number = "0" * draw(st.integers(0, 6)) + str(draw(st.integers(1, 999)))
    core = draw(st.sampled_from(["".join(digits[int(n)] for n in number), draw(st.sampled_from("ATＡＴ𝐀"))]))
    inside = "".join(draw(_BETWEEN) + character for character in core) + draw(_BETWEEN)
    return draw(st.sampled_from(_OPEN)) + inside + draw(st.sampled_from(_CLOSE))


@given(st.lists(labels(), min_size=1, max_size=4), st.text(alphabet=st.sampled_from("ab [(1A\u200b]) \n"), max_size=5))
def test_no_label_gets_through_however_it_is_written(written: list[str], between: str) -> None:
    """Read as a model may: compatibility forms alike, nothing invisible, any bracket. No label of the prompt is left."""
    result = escape_prompt_text(between.join(written), ())
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKC", result)
        if not is_blank(character) and not unicodedata.category(character).startswith("M")
    ).translate(dict.fromkeys(map(ord, _OPEN), "[") | dict.fromkeys(map(ord, _CLOSE), "]"))
    assert not re.search(r"\[0*\d{1,3}\]|\[[A-T]\]", plain), plain


@given(st.text())
def test_escaping_twice_changes_nothing_more(text: str) -> None:
    once = escape_prompt_text(text, ())
    assert escape_prompt_text(once, ()).replace(" ", "") == once.replace(" ", "")


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
