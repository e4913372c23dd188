"""Cutting the input into splits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sflydwh.errors import InputError
from sflydwh.files.input_file import InputFile
from sflydwh.reader.source import MOST_BYTES
from sflydwh.reader.splits import Span, Split, splits

files = st.lists(st.integers(0, 300), max_size=8).map(
    lambda sizes: [InputFile(f"{number}.dat", size) for number, size in enumerate(sizes)]
)


def cut(sizes: list[int], split_bytes: int, whole: tuple[int, ...] = ()) -> list[list[tuple[int, int, int]]]:
    """The splits' spans as (number of the file, start, end); the files in `whole` cannot be cut."""
    given = [InputFile(str(number), size) for number, size in enumerate(sizes)]
    found = splits(given, split_bytes, lambda file: int(file.path) not in whole)
    assert [split.index for split in found] == list(range(len(found)))
    assert all(span.base == int(span.file.path) * MOST_BYTES for split in found for span in split.spans)
    return [[(int(span.file.path), span.start, span.end) for span in split.spans] for split in found]


def test_no_input_no_split() -> None:
    assert cut([], 100) == []


def test_a_large_file_is_cut() -> None:
    assert cut([250], 100) == [[(0, 0, 100)], [(0, 100, 200)], [(0, 200, 250)]]
    assert cut([100], 100) == [[(0, 0, 100)]]
    assert cut([101], 100) == [[(0, 0, 100)], [(0, 100, 101)]]


def test_small_files_share_a_split() -> None:
    assert cut([30, 0, 40], 100) == [[(0, 0, 30), (1, 0, 0), (2, 0, 40)]]
    assert cut([30] * 4, 60) == [[(0, 0, 30), (1, 0, 30)], [(2, 0, 30), (3, 0, 30)]]


def test_a_file_is_cut_where_the_share_before_is_full() -> None:
    assert cut([80, 150], 100) == [[(0, 0, 80), (1, 0, 20)], [(1, 20, 120)], [(1, 120, 150)]]


def test_what_cannot_be_cut_belongs_to_the_split_it_begins_in() -> None:
    assert cut([80, 250, 10], 100, whole=(1,)) == [[(0, 0, 80), (1, 0, 250)], [(2, 0, 10)]]


def test_only_files_that_a_cut_would_touch_are_looked_into() -> None:
    asked: list[InputFile] = []

    def can_be_cut(file: InputFile) -> bool:
        asked.append(file)
        return False

    splits([InputFile("a", 60), InputFile("b", 60), InputFile("c", 30)], 100, can_be_cut)
    assert asked == [InputFile("b", 60)]


def test_a_span_knows_whether_it_is_the_whole_file() -> None:
    file = InputFile("a", 100)
    assert Span(file, 0, 0, 100).is_whole_file
    assert not Span(file, 0, 0, 99).is_whole_file
    assert not Span(file, 0, 1, 100).is_whole_file


def test_more_files_than_positions_can_tell_apart_are_refused() -> None:
    most = (1 << 63) // MOST_BYTES
    with pytest.raises(InputError, match=f"{most + 1} files are more than {most}"):
        splits([InputFile("a", 0)] * (most + 1), 100, bool)


@settings(max_examples=150, deadline=None)
@given(files, st.integers(1, 400), st.data())
def test_every_byte_is_in_one_span_in_order(files: list[InputFile], split_bytes: int, data: st.DataObject) -> None:
    whole = data.draw(st.sets(st.sampled_from(files))) if files else set()
    found = splits(files, split_bytes, lambda file: file not in whole)
    spans = [span for split in found for span in split.spans]
    assert sorted(spans, key=lambda span: (span.base, span.start)) == spans
    for number, file in enumerate(files):
        own = [span for span in spans if span.file == file]
        edges = [own[0].start, *(span.end for span in own)]
        assert (edges[0], edges[-1]) == (0, file.size)
        assert [span.start for span in own] == edges[:-1]
        assert {span.base for span in own} == {number * MOST_BYTES}
        assert len(own) == 1 or file not in whole
        assert all(span.end > span.start for span in own) or not file.size


@settings(max_examples=100, deadline=None)
@given(files, st.integers(1, 400))
def test_every_split_but_the_last_has_its_full_share_where_all_can_be_cut(
    files: list[InputFile], split_bytes: int
) -> None:
    found = splits(files, split_bytes, lambda _: True)
    sizes = [size for split in found if (size := sum(span.end - span.start for span in split.spans))]
    assert all(size == split_bytes for size in sizes[:-1])
    assert all(size <= split_bytes for size in sizes[-1:])


def test_a_split_is_numbered_by_its_place() -> None:
    assert splits([InputFile("a", 5)], 3, lambda _: True)[1] == Split(1, (Span(InputFile("a", 5), 0, 3, 5),))


def test_a_file_too_large_for_positions_is_refused() -> None:
    with pytest.raises(InputError, match="a holds more than 4398046511104 bytes"):
        splits([InputFile("a", (1 << 42) + 1)], 1 << 40, lambda _: True)
