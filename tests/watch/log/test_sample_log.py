"""The log that comes with the program."""

import numpy as np
import pytest

from reranklab.data.read import read_document_file
from reranklab.watch.log.back import requests_at
from reranklab.watch.log.reading import read_log
from reranklab.watch.log.sample_log import sample_documents_path, sample_log_path
from tests.watch.simulated import DAY, START

NOW = 1_764_000_000.0


def test_it_is_whole_and_has_the_change_that_is_told() -> None:
    log = read_log(sample_log_path(), now=NOW)
    columns = log.columns
    assert log.counts.left_out == ()
    assert [each.what.name for each in log.counts.remarks] == ["NO_ANSWER"]
    before = columns.time < START + 14 * DAY
    assert np.median(columns.document_characters[~before]) == pytest.approx(
        2 * np.median(columns.document_characters[before]), rel=0.1
    )
    assert columns.milliseconds[~before].mean() > 1.3 * columns.milliseconds[before].mean()
    assert (columns.candidates == 8).all()


def test_its_documents_are_those_that_were_scored() -> None:
    log = read_log(sample_log_path(), now=NOW)
    documents = {each.id: each for each in read_document_file(sample_documents_path()).documents}
    for request in requests_at(log, log.columns, masking=None, documents=documents):
        for candidate in request.candidates:
            assert len(documents[candidate.id].content) == candidate.characters
            assert (candidate.title, candidate.text) == (documents[candidate.id].title, documents[candidate.id].text)
        assert request.chunks is None or request.chunks == tuple(each.id for each in request.ranked)[:3]
