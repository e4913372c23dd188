"""A hash table that numbers customers by their ids: compiled."""

import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sflydwh.reader.compiled import compiled, inlined
from sflydwh.reader.tokens import Bytes
from sflydwh.reader.words import WORD, Words

Entries = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Ends = NDArray[np.int32]

# An entry: an id's hash, its first 16 bytes, and in one number its length and, above that, the number of its
# customer from 1 on; 0 where there is none.
_HASH, _LOW, _HIGH, _NUMBER, _ENTRY = range(5)
_SIZE_BITS: Final = np.uint64(32)
_SIZE_MASK: Final = np.uint64((1 << 32) - 1)
_INLINE: Final = 2 * WORD
_LEAST_ENTRIES: Final = 1 << 10
# What is counted: customers, and the bytes of their ids.
CUSTOMERS, ID_BYTES, STATE_SIZE = range(3)

_MIX_1, _MIX_2, _MIX_3 = map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
# Nobody can choose ids that all meet at one place of the table.
SEED: Final = np.uint64(int.from_bytes(os.urandom(WORD), "little"))


def no_entries() -> Entries:
    """An empty table."""
    return np.zeros((_LEAST_ENTRIES, _ENTRY), np.uint64)


def with_room(entries: Entries, customers: int) -> Entries:
    """The table with room for so many customers; at least half of its entries stay empty."""
    size = len(entries)
    while size < 2 * customers:
        size *= 2
    if size == len(entries):
        return entries
    larger = np.zeros((size, _ENTRY), np.uint64)
    _move(entries, larger)
    return larger


@compiled
def _move(entries: Entries, larger: Entries) -> None:
    last = np.uint64(len(larger) - 1)
    for row in range(len(entries)):
        if entries[row, _NUMBER] == np.uint64(0):
            continue
        at = entries[row, _HASH] & last
        while larger[at, _NUMBER] != np.uint64(0):
            at = (at + np.uint64(1)) & last
        for place in range(_ENTRY):
            larger[at, place] = entries[row, place]


@inlined
def number_of(
    data: Bytes,
    words: Words,
    start: int,
    size: int,
    entries: Entries,
    seed: np.uint64,
    state: Numbers,
    ids: Bytes,
    id_ends: Ends,
) -> int:
    """The number, from 0 on, of the customer whose id is at a place; a new number if the id is new.

    Args:
        data: the block's bytes.
        words: the same, eight bytes from each place on.
        start: where the id begins.
        size: how many bytes it has.
        entries: the table; one entry at least is empty.
        seed: `SEED`; an argument, because a constant would be compiled in, and kept for later runs.
        state: what is counted.
        ids: the ids of all customers, one after the other, with room for this one.
        id_ends: where each begins, and where the last one ends; likewise.
    """
    low, high = _word(data, words, start, size), _word(data, words, start + WORD, size - WORD)
    hashed = _hash(data, start, size, low, high, seed)
    last = np.uint64(len(entries) - 1)
    at = hashed & last
    number = np.int64(0)
    while number == 0:
        held = entries[at, _NUMBER]
        if held == np.uint64(0):
            number = _new(data, start, size, state, ids, id_ends)
            entries[at, _HASH], entries[at, _LOW], entries[at, _HIGH] = hashed, low, high
            entries[at, _NUMBER] = (np.uint64(number) << _SIZE_BITS) | np.uint64(size)
        elif (
            entries[at, _LOW] == low
            and entries[at, _HIGH] == high
            and np.int64(held & _SIZE_MASK) == size
            and _ends_alike(data, start, size, ids, id_ends[np.int64(held >> _SIZE_BITS) - 1])
        ):
            number = np.int64(held >> _SIZE_BITS)
        at = (at + np.uint64(1)) & last
    return int(number - 1)


@inlined
def _word(data: Bytes, words: Words, at: int, length: int) -> np.uint64:
    """The first eight bytes of so many as a number; what is missing is 0."""
    word: np.uint64 = np.uint64(0)
    if length >= WORD:
        word = words[at]
    elif length > 0:
        if at < len(words):
            word = words[at] & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))
        else:
            for place in range(length):
                word |= np.uint64(data[at + place]) << np.uint64(8 * place)
    return word


@inlined
def _hash(data: Bytes, start: int, size: int, low: np.uint64, high: np.uint64, seed: np.uint64) -> np.uint64:
    mixed: np.uint64 = ((low ^ seed) * _MIX_1) ^ (high * _MIX_2) ^ (np.uint64(size) * _MIX_3)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIX_2
    for place in range(start + _INLINE, start + size):
        mixed = (mixed ^ np.uint64(data[place])) * _MIX_1
        mixed ^= mixed >> np.uint64(32)
    mixed ^= mixed >> np.uint64(29)
    return mixed


@inlined
def _ends_alike(data: Bytes, start: int, size: int, ids: Bytes, at: int) -> bool:
    """Whether two ids that begin alike are the same."""
    for place in range(_INLINE, size):
        if data[start + place] != ids[at + place]:
            return False
    return True


@compiled
def _new(data: Bytes, start: int, size: int, state: Numbers, ids: Bytes, id_ends: Ends) -> int:
    """Keep the id of a new customer; the customer's number, from 1 on."""
    begin = state[ID_BYTES]
    for place in range(size):
        ids[begin + place] = data[start + place]
    state[CUSTOMERS] += 1
    state[ID_BYTES] += size
    id_ends[state[CUSTOMERS]] = state[ID_BYTES]
    return int(state[CUSTOMERS])
