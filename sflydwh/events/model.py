"""The event types, and the reasons against an event."""

from typing import Final

CUSTOMER: Final = "CUSTOMER"
SITE_VISIT: Final = "SITE_VISIT"
IMAGE: Final = "IMAGE"
ORDER: Final = "ORDER"

EVENT_TYPES: Final = (CUSTOMER, SITE_VISIT, IMAGE, ORDER)

MISSING_EVENT_TYPE: Final = "missing_event_type"
MISSING_CUSTOMER_ID: Final = "missing_customer_id"
INVALID_EVENT_TIME: Final = "invalid_event_time"
UNSUPPORTED_CURRENCY: Final = "unsupported_currency"
INVALID_AMOUNT: Final = "invalid_amount"
