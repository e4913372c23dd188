"""Compiled: bring together the times of settled events by customer and kind."""

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled

Numbers = NDArray[np.int64]
Groups = NDArray[np.int32]


@compiled
def by_group(groups: Groups, times: Numbers, ends: Numbers, grouped: Numbers) -> None:
    """The times, group after group, and where each group ends; one end more than there are groups."""
    for group in groups:
        ends[group + 1] += 1
    for group in range(1, len(ends)):
        ends[group] += ends[group - 1]
    for row in range(len(groups)):
        grouped[ends[groups[row]]] = times[row]
        ends[groups[row]] += 1


@compiled
def settle(ends: Numbers, times: Numbers, are_distinct: bool, most_times: int, made: Numbers, offsets: Groups) -> int:
    """Sort the times of each group, drop what is repeated, and cut what is left into rows; how many there are.

    Args:
        ends: where each group ends.
        times: the times by group; those that are left are moved to the beginning.
        are_distinct: whether a time that is repeated is another event.
        most_times: how many times a row has.
        made: of each row the group, the pieces (all in the group's first row), the first time and the last.
        offsets: where the times of each row begin, and where those of the last end.
    """
    row = at = begin = np.int64(0)
    for group in range(len(ends) - 1):
        end = ends[group]
        pieces, room = end - begin, np.int64(0)
        _sort(times, begin, end)
        for place in range(begin, end):
            time = times[place]
            if room != 0 and not are_distinct and times[at - 1] == time:
                continue
            if room == 0 or at - offsets[row - 1] == most_times:
                made[row, 0], made[row, 1], made[row, 2] = group, pieces, time
                offsets[row] = at
                row, pieces, room = row + 1, np.int64(0), np.int64(1)
            made[row - 1, 3] = time
            times[at] = time
            at += 1
        begin = end
    offsets[row] = at
    return int(row)


@compiled
def _sort(times: Numbers, begin: int, end: int) -> None:
    """Sort in place, by Shell's method: most groups are small, or nearly in order."""
    gap = 1
    while gap * 9 // 4 + 1 < end - begin:
        gap = gap * 9 // 4 + 1
    while gap > 0:
        for place in range(begin + gap, end):
            time, to = times[place], place
            while to >= begin + gap and times[to - gap] > time:
                times[to] = times[to - gap]
                to -= gap
            times[to] = time
        gap = gap * 4 // 9
