"""The fields of an event that are read, and the reader's reasons to refuse a piece."""

from typing import Final

TYPE: Final = "type"
VERB: Final = "verb"
KEY: Final = "key"
CUSTOMER_ID: Final = "customer_id"
EVENT_TIME: Final = "event_time"
TOTAL_AMOUNT: Final = "total_amount"

FIELDS: Final = (TYPE, VERB, KEY, CUSTOMER_ID, EVENT_TIME, TOTAL_AMOUNT)

TOO_LARGE: Final = "too_large"
MALFORMED_JSON: Final = "malformed_json"
DUPLICATE_FIELD: Final = "duplicate_field"
