"""The model: event types, kinds of pieces, and reject reasons."""

from typing import Final

CUSTOMER: Final = "CUSTOMER"
SITE_VISIT: Final = "SITE_VISIT"
IMAGE: Final = "IMAGE"
ORDER: Final = "ORDER"

# The kind of a piece is a number, because engines group by numbers faster than by names.
REJECTED: Final = 0
KINDS: Final = {CUSTOMER: 1, SITE_VISIT: 2, IMAGE: 3, ORDER: 4}
UNKNOWN: Final = 5
# An event of these kinds adds nothing but itself: customer and time tell it from others, or its key too.
SETTLED: Final = frozenset(KINDS[name] for name in (CUSTOMER, SITE_VISIT, IMAGE))
IGNORED: Final = 6
# Not a piece, but a count of pieces with a common property, named by the row's label.
COUNT: Final = 7
ROUNDED: Final = "rounded"
CUSTOMER_PATH: Final = "customer:"
CURRENCY_SEEN: Final = "currency:"
# The name under which events after `--as-of-date` are counted as ignored.
AFTER_AS_OF: Final = "after_as_of"

UPDATE: Final = "UPDATE"

TIME: Final = "time"
BY_KEY: Final = "key"
NONE: Final = "none"
IDENTITIES: Final = (TIME, BY_KEY, NONE)

SIMPLE: Final = "simple"
WEEKLY: Final = "weekly"
# The formulas of SimpleLTV, the default first.
FORMULAS: Final = (SIMPLE, WEEKLY)

MISSING_EVENT_TYPE: Final = "missing_event_type"
MISSING_CUSTOMER_ID: Final = "missing_customer_id"
INVALID_EVENT_TIME: Final = "invalid_event_time"
UNSUPPORTED_CURRENCY: Final = "unsupported_currency"
INVALID_AMOUNT: Final = "invalid_amount"

TYPE: Final = "type"

TOO_LARGE: Final = "too_large"
MALFORMED_JSON: Final = "malformed_json"
MALFORMED_RECORD: Final = "malformed_record"
DUPLICATE_FIELD: Final = "duplicate_field"
# A rejected piece has the first of these that applies.
REASONS: Final = (
    TOO_LARGE,
    MALFORMED_JSON,
    MALFORMED_RECORD,
    DUPLICATE_FIELD,
    MISSING_EVENT_TYPE,
    MISSING_CUSTOMER_ID,
    INVALID_EVENT_TIME,
    UNSUPPORTED_CURRENCY,
    INVALID_AMOUNT,
)
