from reranklab.plots.palette import GRADE_STYLES, grade_style


def test_grades():
    assert [grade_style(grade).name for grade in (3, 2, 1, 0, -1, None)] == [
        "grade 2 or more", "grade 2 or more", "grade 1", "grade 0", "grade 0", "not judged",
    ]  # fmt: skip


def test_grades_differ_without_colour():
    assert len({style.symbol for style in GRADE_STYLES}) == 4
