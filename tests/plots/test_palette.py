from reranklab.plots.palette import GRADE_STYLES, family_colour, grade_style


def test_families_have_their_own_colours():
    families = ["bm25", "bi-encoder", "cross-encoder", "listwise-llm", "something else"]
    assert len({family_colour(family) for family in families}) == 5


def test_grades():
    assert [grade_style(grade).name for grade in (3, 2, 1, 0, -1, None)] == [
        "grade 2 or more", "grade 2 or more", "grade 1", "grade 0", "grade 0", "not judged",
    ]  # fmt: skip


def test_grades_differ_without_colour():
    assert len({style.symbol for style in GRADE_STYLES}) == 4
