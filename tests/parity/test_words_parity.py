"""Words and terms against implementations that are not this project's, and against what was indexed before."""

import re
import unicodedata

import pytest
import regex
import Stemmer
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from reranklab.data.segments import word_places
from reranklab.data.words import STOP_WORDS, tokenise

ASCII = st.text(st.characters(max_codepoint=127), max_size=200)
SPACED_SCRIPTS = "abÉßçđ дёж αΰς אבּג دَرسٌ हिन्दी বাংলা தமிழ் ಕನ್ನಡ 한국어 ქართული አማርኛ བོད 12\u0301\u0308"


@given(ASCII)
def test_terms_of_ascii_text_are_the_runs_of_python_word_characters(text: str) -> None:
    expected = re.findall(r"\w+", text.lower())
    assert tokenise(text, analyser="words") == expected
    stemmer = Stemmer.Stemmer("english")
    assert tokenise(text, analyser="english") == stemmer.stemWords([word for word in expected if word not in STOP_WORDS])


@given(st.text(alphabet="中国的首都北京历史悠久學國漢字", min_size=2, max_size=60))
def test_pairs_of_characters_are_those_of_scikit_learn(text: str) -> None:
    count = CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False).build_analyzer()
    assert tokenise(text, analyser="words") == count(text)


@given(
    st.text(alphabet=SPACED_SCRIPTS, max_size=60).map("a".__add__)
)  # the package joins a mark that opens a text to what follows
def test_words_of_scripts_with_spaces_are_those_of_the_default_boundaries(text: str) -> None:
    between = [piece for piece in regex.split(r"\b", text, flags=regex.WORD | regex.V1) if regex.search(r"[\p{L}\p{N}]", piece)]
    assert [text[start:end] for start, end in word_places(text)] == between


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_hand_checked_terms_do_not_depend_on_the_encoding(form: str) -> None:
    text = unicodedata.normalize(form, "Tiếng Việt có dấu; हिन्दी क़लम; パリ")  # type: ignore[arg-type]
    found = [unicodedata.normalize("NFC", term) for term in tokenise(text, analyser="words")]
    assert found == [unicodedata.normalize("NFC", word) for word in ("tiếng", "việt", "có", "dấu", "हिन्दी", "क़लम", "パリ")]
