import pytest

from reranklab.rankers.titles import model_name, ranker_title, ranker_titles


@pytest.mark.parametrize(
    ("ranker", "title"),
    [
        ("bm25", "BM25"),
        ("bm25?analyser=words&k1=1.5", "BM25 (words, k1=1.5)"),
        ("bm25?k1=1.2", "BM25"),
        ("cross-encoder:somebody/model", "Cross-encoder"),
        ("listwise-llm?method=permutation&window=10", "Listwise LLM (permutation, window=10)"),
        ("somewhere-else:model?x=1", "somewhere-else:model?x=1"),
        ("bm25?no_option=1", "bm25?no_option=1"),
    ],
)
def test_a_title_has_what_differs_from_the_default(ranker, title):
    assert ranker_title(ranker) == title


def test_long_ids_and_values_are_cut_in_the_middle():
    # 30 characters, the ellipsis and 29 characters.
    assert ranker_title("a" * 40 + "b" * 40) == "a" * 30 + "…" + "b" * 29
    instruction = "c" * 30 + "d" * 30
    assert ranker_title(f"cross-encoder?instruction={instruction}") == (f"Cross-encoder (instruction={'c' * 20}…{'d' * 19})")


@pytest.mark.parametrize(
    ("ranker", "name"),
    [
        ("cross-encoder", "ms-marco-MiniLM-L12-v2"),
        ("cross-encoder:somebody/model", "model"),
        ("bi-encoder:./folder/", "folder"),
        ("listwise-llm?method=chat", "chat endpoint"),
        ("bm25?variant=okapi", "okapi variant, english analyser"),
        ("somewhere-else:model", ""),
    ],
)
def test_model_names(ranker, name):
    assert model_name(ranker) == name


def test_titles_of_a_run_are_those_of_its_rankers():
    assert ranker_titles(["bm25", "cross-encoder", "bm25?k1=2"]) == {
        "bm25": "BM25",
        "cross-encoder": "Cross-encoder",
        "bm25?k1=2": "BM25 (k1=2)",
    }


def test_the_model_tells_rankers_of_one_title_apart():
    run = ["cross-encoder", "cross-encoder:a/one", "cross-encoder:b/one", "cross-encoder:a/one?precision=fp16"]
    assert list(ranker_titles(run).values()) == [
        "Cross-encoder: ms-marco-MiniLM-L12-v2",
        "Cross-encoder: a/one",
        "Cross-encoder: b/one",
        "Cross-encoder (fp16)",
    ]


def test_no_two_titles_of_a_run_are_alike():
    middle = ["x" * 30 + letter + "y" * 30 for letter in "abc"]
    cut = "x" * 30 + "…" + "y" * 29
    assert list(ranker_titles([*middle, "BM25", "bm25"]).values()) == [
        cut,
        f"{cut} (2)",
        f"{cut} (3)",
        "BM25",
        "BM25: lucene variant, english analyser",
    ]
