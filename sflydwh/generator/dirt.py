"""Which events are replaced by dirt, and by which kind of dirt."""

from collections.abc import Callable, Iterable, Iterator

from numpy.random import PCG64, SeedSequence

from sflydwh.generator import broken_text, odd_values
from sflydwh.generator.population import unit_interval
from sflydwh.generator.request import LogRequest

DirtKind = Callable[[str, int], str]

KINDS: tuple[DirtKind, ...] = (
    broken_text.truncated,
    broken_text.missing_closing_brace,
    broken_text.missing_opening_brace,
    broken_text.unquoted_key,
    broken_text.single_quotes,
    broken_text.curly_quotes,
    broken_text.not_a_number,
    broken_text.missing_inner_comma,
    broken_text.extra_inner_comma,
    broken_text.missing_outer_comma,
    broken_text.extra_outer_comma,
    broken_text.text_after_object,
    broken_text.objects_on_one_line,
    broken_text.not_an_object,
    broken_text.duplicate_field,
    broken_text.invalid_utf8,
    broken_text.control_character,
    broken_text.nul_character,
    broken_text.lone_surrogate,
    broken_text.unicode_line_break,
    odd_values.missing_customer_id,
    odd_values.null_customer_id,
    odd_values.blank_customer_id,
    odd_values.boolean_customer_id,
    odd_values.float_customer_id,
    odd_values.nested_customer_id,
    odd_values.integer_customer_id,
    odd_values.missing_type,
    odd_values.blank_type,
    odd_values.wrong_typed_type,
    odd_values.unknown_type,
    odd_values.unknown_verb,
    odd_values.missing_time,
    odd_values.bad_time,
    odd_values.odd_time,
    odd_values.missing_amount,
    odd_values.bad_amount,
    odd_values.other_currency,
    odd_values.odd_amount,
    odd_values.number_amount,
)


def dirt_batches(batches: Iterable[list[str]], request: LogRequest) -> Iterator[tuple[list[str], dict[int, str]]]:
    """Yield each batch with the dirt that replaces some of its events, by their position in the batch.

    The random draws are independent of those of the events: the other events are the same with and without dirt.
    """
    bits = PCG64(SeedSequence(request.seed, spawn_key=(1,)))
    for texts in batches:
        yield texts, _dirt(texts, bits, request.dirty) if request.dirty else {}


def _dirt(texts: list[str], bits: PCG64, share: float) -> dict[int, str]:
    positions = (unit_interval(bits.random_raw(len(texts))) < share).nonzero()[0].tolist()
    picks = bits.random_raw(len(texts)).tolist()
    return {position: _soiled(texts[position], picks[position]) for position in positions}


def _soiled(event: str, pick: int) -> str:
    return KINDS[pick % len(KINDS)](event, pick >> 32)
