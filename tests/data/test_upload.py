import codecs
import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.data import ColumnChoice, UploadedTable, clean_text, guess_columns, read_upload, to_documents
from reranklab.data.blank import is_blank
from reranklab.data.delimited import Header
from reranklab.data.upload import ACCEPTED, MAX_COLUMNS, MAX_ROWS, MAX_UPLOAD_BYTES
from reranklab.errors import InputError, RerankLabError

cell = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n",;\t'))
header = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


def read(name: str, text: str, *, header: Header = "auto") -> UploadedTable:
    return read_upload(name, text.encode(), header=header)


def refusal(name: str, content: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        read_upload(name, content.encode() if isinstance(content, str) else content)
    return str(caught.value)


def test_csv_with_quotes_and_lines_inside_fields() -> None:
    content = 'id,title,text\r\n1,"One, two","say ""hi""\r\nthere"\r\n\r\n2,,<script>x</script>\r\n'
    table = read("a.csv", content, header="yes")
    assert table.columns == ("id", "title", "text")
    assert table.rows == (("1", "One, two", 'say "hi"\nthere'), ("2", "", "<script>x</script>"))
    assert table.mode == "table"
    assert table.notes == ()
    assert table.column("title") == ("One, two", "")


def test_tsv_and_the_separators_of_other_spreadsheets() -> None:
    expected = (("1", "a,b"), ("2", "c;d"))
    assert read("a.tsv", "id\ttext\n1\ta,b\n2\tc;d\n").rows == expected
    assert read("a.csv", "id\ttext\n1\ta,b\n2\tc;d\n").rows == expected
    assert read("a.csv", 'id;text\n1;a,b\n2;"c;d"\n').rows == expected
    assert read("A.CSV", "text\nplain words\n").rows == (("plain words",),)


def test_jsonl_shows_nested_values_as_json() -> None:
    table = read(
        "a.jsonl",
        '{"_id": 7, "text": "caf\\u00e9", "meta": {"tags": ["é", 1.5]}}\n\n{"text": "b", "ok": true, "_id": null, "n": -2}\n',
    )
    assert table.columns == ("_id", "text", "meta", "ok", "n")
    assert table.rows == (("7", "café", '{"tags": ["é", 1.5]}', "", ""), ("", "b", "", "true", "-2"))


def test_a_line_separator_inside_json_does_not_end_the_line() -> None:
    assert read("a.jsonl", '{"text": "a\u2028b"}\r\n{"text": "c"}').rows == (("a\u2028b",), ("c",))


def test_txt_is_split_as_pasted_text_is() -> None:
    table = read("a.txt", "one\ntwo\n\nthree\n")
    assert (table.columns, table.rows, table.mode) == (("text",), (("one\ntwo",), ("three",)), "blocks")
    table = read_upload("a.txt", b"one\ntwo\n\nthree\n", mode="lines")
    assert (table.rows, table.mode) == ((("one",), ("two",), ("three",)), "lines")
    parsed = to_documents(table, text_column="text")
    assert [(document.id, document.text) for document in parsed.documents] == [("d1", "one"), ("d2", "two"), ("d3", "three")]
    assert parsed.mode == "lines"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_byte_order_marks(name: str, mark: bytes) -> None:
    encoding = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}[mark]
    content = {"a.csv": "text\nשלום 👍🏽\n", "a.jsonl": '{"text": "שלום 👍🏽"}', "a.txt": "שלום 👍🏽"}[name]
    table = read_upload(name, mark + content.encode(encoding))
    assert (table.columns, table.rows) == (("text",), (("שלום 👍🏽",),))


def test_another_encoding_names_the_offset_and_the_remedy() -> None:
    message = refusal("a.csv", "text\nplain\ncafé\n".encode("latin-1"))
    assert "not UTF-8: byte 0xe9 at offset 14 in line 3" in message
    assert "Save the file as UTF-8" in message
    assert "at offset 17" in refusal("a.csv", codecs.BOM_UTF8 + "text\nplain\ncafé\n".encode("latin-1"))
    assert "not UTF-16: byte 0x00 at offset 4" in refusal("a.txt", codecs.BOM_UTF16_LE + b"a\x00" + b"\x00\xd8")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.jsonl"])
def test_binary_content_is_refused(name: str) -> None:
    assert "binary data (a NUL in line 2)" in refusal(name, b"text\nPK\x03\x04\x00\x00")
    assert "binary data" in refusal(name, "text\na".encode("utf-16-le"))


def test_size_and_type_are_checked_first() -> None:
    assert "a.csv has 20.1 MB, more than the limit of 20 MB" in refusal("a.csv", b"x" * (MAX_UPLOAD_BYTES + 100_000))
    for name in ("a.pdf", "a", "a.json", ".csv"):
        assert ".txt, .csv, .tsv, .jsonl" in refusal(name, b"text")


def test_limits_on_rows_and_columns() -> None:
    for name, row in (("a.csv", "x\n"), ("a.txt", "x\n"), ("a.jsonl", '{"t":1}\n')):
        assert f"more than {MAX_ROWS:,} rows" in refusal(name, row * (MAX_ROWS + 2))
    assert f"more than {MAX_COLUMNS} columns" in refusal("a.csv", ",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)))
    assert f"more than {MAX_COLUMNS} columns" in refusal("a.jsonl", json.dumps({f"c{n}": 1 for n in range(MAX_COLUMNS + 1)}))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.jsonl"])
@pytest.mark.parametrize("content", ["", "\n\n", " \r\n\t", "\ufeff"])
def test_empty_files(name: str, content: str) -> None:
    assert f"{name} is empty" in refusal(name, content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,text\n1,a\n2,b,c\n", "Line 3 of a.csv has 3 fields, but the header has 2"),
        ("id,text\n1\n", "Line 2 of a.csv has 1 field, but the header has 2"),
        ('id,text\n1,"a\nb"\n2\n', "Line 4 of a.csv has 1 field"),
        ('id,text\n1,a\n2,"b\n3,c\n', "starts in line 3 of a.csv opens a double quote that is never closed"),
        ('id,text\n1,"a"b\n', "starts in line 2 of a.csv has text after a closing double quote"),
        ("id,text,id\n1,a,b\n", "header of a.csv (line 1) are named 'id'"),
        ("\nid, id \n1,a\n", "header of a.csv (line 2) are named 'id'"),
        ("id,,text\n1,a,b\n", "Column 2 in the header of a.csv (line 1) has no name"),
        (",text\n0,a\n", "Column 1 in the header"),
        ("id,text\n", "a header line and no rows"),
        ('""\n', "a.csv has only blank lines"),
    ],
)
def test_broken_csv(content: str, message: str) -> None:
    assert message in refusal("a.csv", content)


def test_a_megabyte_in_one_field() -> None:
    long = "words, and more " * 70_000
    assert read("a.csv", f'text\n"{long}"\n').rows == ((long,),)


def test_a_quote_is_an_ordinary_character_in_a_tsv() -> None:
    lines = [
        "docno\tpassage",
        'm1\t"Low tide, said the pilot.',
        'm2\tWe sail "at once"',
        'm3\t"Anchor"',
        'm4\ta "b" c',
        'm5\tOut at sea"',
    ]
    table = read("log.tsv", "\n".join(lines) + "\n", header="yes")
    assert table.rows == tuple(tuple(line.split("\t")) for line in lines[1:])
    assert table.notes == (
        "1 field stands in double quotes, which are kept: a .tsv has no quoting. If they are no text, save it as .csv.",
    )
    assert "save it as .csv" in refusal("log.tsv", "docno\tpassage\nm1\tone\nm2\ta\tb\n")


def test_the_same_lines_in_a_csv_are_quoted() -> None:
    assert read("log.csv", 'docno,passage\nm1,"Low tide, said\nm2,no"\n').rows == (("m1", "Low tide, said\nm2,no"),)


@pytest.mark.parametrize("name", ["tides.tsv", "tides.csv"])
def test_a_file_without_column_names_keeps_its_first_document(name: str) -> None:
    rows = (("0", "High water stands at noon."), ("1", "Low water follows at six."), ("2", "The ebb is strong here."))
    mark = "\t" if name.endswith(".tsv") else ","
    table = read(name, "".join(mark.join(row) + "\n" for row in rows))
    assert (table.columns, table.rows, table.header) == (("column 1", "column 2"), rows, False)
    assert table.notes == (
        f"Line 1 of {name} was read as a document, not as column names: field 1 is a number. "
        "Set header to yes if it names the columns.",
    )
    choice = guess_columns(table)
    assert choice == ColumnChoice(text="column 2", id="column 1")
    parsed = to_documents(table, text_column=choice.text, id_column=choice.id)
    assert [(document.id, document.text) for document in parsed.documents] == list(rows)


@pytest.mark.parametrize(
    ("lines", "header", "reason"),
    [
        (["title\tyear", "Reefs\t1999"], True, "'title' is a usual name"),
        (["17\tBody", "18\tother words"], True, "'Body' is a usual name"),
        (["a lone line of words"], False, "there is no line below it"),
        (["7\twhere is the reef", "8\twhere is the wreck"], False, "field 1 is a number"),
        (["reef\t2.5", "wreck\t3,5"], False, "field 2 is a number"),
        (["place\tdepth", "reef\t12", "wreck\t-40.5"], True, "column 2 holds numbers below it"),
        (["\tdepths", "reef\tten", "wreck\tsix"], False, "a field is blank or there twice"),
        (["reef\treef", "reef\tsand"], False, "a field is blank or there twice"),
        (["D17\treef", "D4\tsand", "D305\tmud"], False, "field 1 is built as those below it"),
        (["reef\t" + "mud " * 21, "sand\tmud"], False, "field 2 has more than 80 characters"),
        (["reef\tThe mud is deep.", "sand\tIt is not"], False, "field 2 is a sentence"),
        (["reef\t海很深。", "sand\t海"], False, "field 2 is a sentence"),
        (["place\tremark", "reef\tdeep", "sand\tflat"], True, "nothing speaks against it"),
    ],
)
def test_whether_line_1_names_the_columns(lines: list[str], header: bool, reason: str) -> None:
    table = read("a.tsv", "\n".join(lines))
    assert table.header is header
    assert len(table.rows) == len(lines) - header
    assert f"Line 1 of a.tsv was read as {'column names' if header else 'a document'}" in table.notes[0]
    assert f": {reason}. Set header to " in table.notes[0]


def test_the_header_can_be_switched_and_then_nothing_is_assumed() -> None:
    numbered = "0\thigh water\n1\tlow water\n"
    assert read("a.tsv", numbered, header="yes").columns == ("0", "high water")
    assert read("a.tsv", numbered, header="yes").rows == (("1", "low water"),)
    named = read("a.csv", "id,text\n1,ebb\n", header="no")
    assert (named.columns, named.rows) == (("column 1", "column 2"), (("id", "text"), ("1", "ebb")))
    assert named.notes == read("a.tsv", numbered, header="no").notes == ()


def test_ids_are_found_by_content_only_without_column_names() -> None:
    def guess(text: str) -> ColumnChoice:
        return guess_columns(read("a.tsv", text, header="no"))

    assert guess("a flat reef\tx1\na long bank\tx2\n") == ColumnChoice(text="column 1", id="column 2")
    assert guess("x1\ta flat reef\nx1\ta long bank\n") == ColumnChoice(text="column 2")
    assert guess("x 1\ta flat reef\nx2\ta long bank\n") == ColumnChoice(text="column 2")
    assert guess("\ta flat reef\nx2\ta long bank\n") == ColumnChoice(text="column 2")
    assert guess("reef\nbank\n") == ColumnChoice(text="column 1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\n{"text": "b"\n', "Line 2 of a.jsonl is not valid JSON"),
        ('\n\n{"text": }\n', "Line 3 of a.jsonl is not valid JSON (Expecting value at column 10)"),
        ('{"text": "a"} {"text": "b"}\n', "Line 1 of a.jsonl is not valid JSON (Extra data"),
        ("[1, 2]\n", "Line 1 of a.jsonl is a list, not an object"),
        ('{"text": "a"}\n"b"\n', "Line 2 of a.jsonl is a text"),
        ("3\n", "is a number"),
        ("true\n", "is true or false"),
        ("null\n", "is null"),
        ("{}\n{}\n", "only empty objects"),
        ('{"": "a"}\n', "Line 1 of a.jsonl has the key ''"),
        ('{"a": "x", " a": "y"}\n', "Line 1 of a.jsonl has the key ' a'"),
        ('{"text": "a"}\n{"depth": NaN, "text": "b"}\n', "Line 2 of a.jsonl holds NaN, which is no JSON number"),
        ('{"depth": [1, Infinity]}\n', "Line 1 of a.jsonl holds Infinity, which"),
        ('{"depth": -Infinity}\n', "Line 1 of a.jsonl holds -Infinity, which"),
        ('{"depth": 1e400}\n', "Line 1 of a.jsonl holds 1e400, which"),
        ("[" * 200_000, "Line 1 of a.jsonl is nested too deep"),
        ('{"n": ' + "1" * 5000 + "}", "a number too long"),
    ],
)
def test_broken_jsonl(content: str, message: str) -> None:
    assert message in refusal("a.jsonl", content)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("3.0", "3"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e999999999", "0"),
        ("1e3", "1000"),
        ("2.50e1", "25"),
        ("1.5", "1.5"),
        ("9007199254740993", "9007199254740993"),
        ("9007199254740993.0", "9007199254740993"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('"3.0"', "3.0"),
        ("[2.0, 0.5]", "[2, 0.5]"),
    ],
)
def test_a_whole_number_has_one_spelling(written: str, shown: str) -> None:
    assert read("a.jsonl", f'{{"id": {written}, "text": "ebb"}}').rows == ((shown, "ebb"),)


def test_numbers_that_are_the_same_are_the_same_id() -> None:
    table = read("a.jsonl", '{"id": 3, "text": "ebb"}\n{"id": 3.0, "text": "flow"}\n')
    with pytest.raises(InputError, match=r"Rows 1 and 2 of a\.jsonl both have the id '3'"):
        to_documents(table, text_column="text", id_column="id")


def test_cells_are_cleaned_and_the_cleaning_is_noted() -> None:
    table = read("a.jsonl", '{"text": "a\\u0000b \\ud83d\\ude00 \\ud83d", "m": ["\\udc00"]}')
    assert table.rows == (("a\ufffdb 😀 \ufffd", '["\ufffd"]'),)
    assert table.notes[0].startswith("3 characters that are not text were replaced")
    assert read("a.csv", "text\na\x07b\n").rows == (("a\ufffdb",),)
    assert to_documents(table, text_column="text").notes == table.notes


def table_of(columns: str, *rows: str) -> UploadedTable:
    return UploadedTable(
        name="a.csv", columns=tuple(columns.split("|")), rows=tuple(tuple(row.split("|")) for row in rows), mode="table"
    )


def test_documents_from_columns() -> None:
    table = table_of("id|head|words", " x |T| a b ", "y||c", "z|only a title|", "w| | ")
    parsed = to_documents(table, text_column="words", id_column="id", title_column="head")
    assert [(document.id, document.title, document.text) for document in parsed.documents] == [
        ("x", "T", "a b"),
        ("y", "", "c"),
        ("z", "only a title", ""),
    ]
    assert parsed.notes == ("Row 4 without text left out.",)
    numbered = to_documents(table, text_column="words")
    assert [document.id for document in numbered.documents] == ["d1", "d2"]
    assert numbered.notes == ("Rows 3 and 4 without text left out.",)


def test_equal_texts_are_noted_and_kept() -> None:
    parsed = to_documents(table_of("id|text", "p|same", "q|other", "r|same"), text_column="text", id_column="id")
    assert parsed.notes == ("Documents p and r have the same text.",)
    assert len(parsed.documents) == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("1|a", "2|b", " 1|c"), "Rows 1 and 3 of a.csv both have the id '1'"),
        (("1|a", " |b"), "Row 2 of a.csv has no id. Fill in column 'id'"),
        (("1| ", "2|"), "Column 'text' of a.csv is blank in every row"),
    ],
)
def test_rows_that_cannot_be_documents(rows: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        to_documents(table_of("id|text", *rows), text_column="text", id_column="id")
    assert message in str(caught.value)


@pytest.mark.parametrize("role", ["text_column", "id_column", "title_column"])
def test_unknown_columns(role: str) -> None:
    chosen = {"text_column": "text", role: "body"}
    with pytest.raises(InputError, match=r"no column 'body'. Choose one of: id, text"):
        to_documents(table_of("id|text", "1|a"), **chosen)


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("_id|title|text", "1|a|b", ColumnChoice(text="text", id="_id", title="title")),
        ("Body|Doc_ID|Headline", "a|1|b", ColumnChoice(text="Body", id="Doc_ID", title="Headline")),
        ("docno|contents|url", "1|a|http://a.longer.address", ColumnChoice(text="contents", id="docno")),
        ("n|remarks", "1|many words", ColumnChoice(text="remarks")),
        ("id", "1", ColumnChoice(text="id")),
        ("id|title", "1|a", ColumnChoice(text="title", id="id")),
        ("passage|text", "a longer cell|b", ColumnChoice(text="text")),
        ("ID|id|text", "1|2|b", ColumnChoice(text="text", id="ID")),
    ],
)
def test_columns_are_guessed_by_name_then_by_length(columns: str, row: str, expected: ColumnChoice) -> None:
    assert guess_columns(table_of(columns, row)) == expected


@given(st.binary() | st.text().map(str.encode), st.sampled_from([*ACCEPTED, ".doc", ""]))
@settings(deadline=None)
def test_any_bytes_give_documents_or_an_error_of_ours(content: bytes, kind: str) -> None:
    try:
        table = read_upload(f"a{kind}", content)
        choice = guess_columns(table)
        parsed = to_documents(table, text_column=choice.text, id_column=choice.id, title_column=choice.title)
    except RerankLabError as error:
        assert str(error)
        return
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert len({document.id for document in parsed.documents}) == len(parsed.documents) > 0
    assert all(not is_blank(document.content) and clean_text(document.text) == document.text for document in parsed.documents)


@given(
    st.lists(header, min_size=2, max_size=4, unique=True).flatmap(
        lambda columns: st.tuples(
            st.just(columns), st.lists(st.lists(cell, min_size=len(columns), max_size=len(columns)), min_size=1)
        )
    ),
    st.sampled_from([("a.csv", ","), ("a.csv", "\t"), ("a.csv", ";")]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_written_csv_comes_back(content: tuple[list[str], list[list[str]]], kind: tuple[str, str], newline: str) -> None:
    columns, rows = content
    file = io.StringIO()
    csv.writer(file, delimiter=kind[1], lineterminator=newline).writerows([columns, *rows])
    table = read(kind[0], file.getvalue(), header="yes")
    assert list(table.columns) == columns
    assert [list(row) for row in table.rows] == rows


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc"))), min_size=2, max_size=2), min_size=1))
@settings(deadline=None)
def test_written_tsv_comes_back(rows: list[list[str]]) -> None:
    table = read("a.tsv", "".join("\t".join(row) + "\n" for row in [["name", "words"], *rows]), header="yes")
    assert [list(row) for row in table.rows] == rows


@given(st.lists(st.dictionaries(header, cell | st.integers() | st.booleans(), min_size=1, max_size=8), min_size=1, max_size=8))
@settings(deadline=None)
def test_written_jsonl_comes_back(records: list[dict[str, str | int]]) -> None:
    table = read("a.jsonl", "\n".join(json.dumps(record, ensure_ascii=False) for record in records))
    for row, record in zip(table.rows, records, strict=True):
        shown = dict(zip(table.columns, row, strict=True))
        for key, value in record.items():
            assert shown[key] == (value if isinstance(value, str) else json.dumps(value))
