"""Events that need no judgement: of a known type, with a plain id, a plain time and, of an ORDER, a plain amount.

Nearly all events are such, and little of them counts. A shortcut for the rules,
never another reading of them: what is not settled is left to them as it is.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from sflydwh.formats.model import CUSTOMER, CUSTOMER_ID, EVENT_TIME, FIELDS, KEY, KINDS, ORDER, TOTAL_AMOUNT, TYPE, VERB
from sflydwh.reader.columns import Flags, amounts, instants, validity, with_room
from sflydwh.reader.compiled import compiled
from sflydwh.reader.grammar import MISSING, Bytes, Places

if TYPE_CHECKING:
    from sflydwh.reader.fast_path import Taken

_TYPE, _VERB, _KEY, _ID, _TIME, _AMOUNT = map(FIELDS.index, (TYPE, VERB, KEY, CUSTOMER_ID, EVENT_TIME, TOTAL_AMOUNT))
_CUSTOMER: Final = KINDS[CUSTOMER]
_ORDER: Final = KINDS[ORDER]
_NUMBERS: Final = np.array(list(KINDS.values()))
_LENGTHS: Final = np.array([len(name) for name in KINDS])
_NAMES: Final = np.array([list(name.encode().ljust(max(_LENGTHS))) for name in KINDS], np.uint8)
_NOT_SETTLED: Final = -1
_FIRST_VISIBLE, _LAST_VISIBLE = b"!~"


def settle(data: Bytes, starts: Places, lengths: Places, is_timed: Flags, is_priced: Flags) -> pa.Array:
    """The kinds of the events that need no judgement, null for the others.

    Of those the fields are cut down to what counts: `customer_id` is the customer's
    id, `type` is missing, and `verb` and `key` are there of an ORDER only.

    Args:
        data: the block's bytes.
        starts: where the text of each field begins; it is changed.
        lengths: how long it is; it is changed.
        is_timed: which events have a plain time.
        is_priced: which have a plain amount.
    """
    buffer, kinds = with_room(len(starts), np.int32)
    is_settled = np.empty(len(starts), bool)
    _settle(data, starts, lengths, is_timed, is_priced, kinds, is_settled)
    return pa.Array.from_buffers(pa.int32(), len(starts), [validity(is_settled), buffer])


def unsettled(taken: "Taken") -> "Taken":
    """The events that the rules must judge."""
    data, extents, starts, lengths = taken
    is_timed = instants(data, starts[:, _TIME], lengths[:, _TIME]).is_read
    is_priced = amounts(data, starts[:, _AMOUNT], lengths[:, _AMOUNT]).is_read
    is_judged = settle(data, starts, lengths, is_timed, is_priced).is_null().to_numpy(zero_copy_only=False)
    return type(taken)(data, extents[is_judged], starts[is_judged], lengths[is_judged])


@compiled
def _kind(data: Bytes, start: int, length: int) -> int:
    for kind in range(len(_LENGTHS)):
        if _LENGTHS[kind] != length:
            continue
        same = 0
        while same < length and data[start + same] == _NAMES[kind, same]:
            same += 1
        if same == length:
            return int(_NUMBERS[kind])
    return _NOT_SETTLED


@compiled
def _settle(
    data: Bytes,
    starts: Places,
    lengths: Places,
    is_timed: Flags,
    is_priced: Flags,
    kinds: Places,
    is_settled: Flags,
) -> None:
    for row in range(len(starts)):
        kind = _kind(data, starts[row, _TYPE], lengths[row, _TYPE])
        field = _KEY if kind == _CUSTOMER else _ID
        # Most ids begin with a visible character of ASCII, and so are not blank.
        is_filled = lengths[row, field] > 0 and _FIRST_VISIBLE <= data[starts[row, field]] <= _LAST_VISIBLE
        kinds[row] = kind
        is_settled[row] = kind != _NOT_SETTLED and is_filled and is_timed[row] and (kind != _ORDER or is_priced[row])
        if is_settled[row]:
            starts[row, _ID], lengths[row, _ID] = starts[row, field], lengths[row, field]
            lengths[row, _TYPE] = MISSING
            if kind != _ORDER:
                lengths[row, _VERB] = lengths[row, _KEY] = MISSING
