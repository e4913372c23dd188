"""Records under any format: the product against the oracle, and records as each maker documents them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sflydwh.errors import UsageError
from sflydwh.formats.grammar import parse
from sflydwh.formats.named import format_of, names
from tests.formats.judging import expected, told


def builtin(name: str) -> str:
    return format_of(name).text


LESS = ('"b"', '"list[].v"', '"list[].v[].v"', '"list[].v[k=y].v"', '"list[k=x].v[].v"', '["list[].v[].v", "b"]')
PATHS = ("a", "b", "c.d", "c.e", "list[k=x].v", "list[k=y].v")
paths = st.lists(st.sampled_from(PATHS), min_size=1, max_size=3, unique=True)
wanted = st.lists(st.sampled_from(("x", "Y ", "1", "true", "*", "", "order", 1)), min_size=1, max_size=2, unique=True)


@st.composite
def formats(draw: st.DrawFn) -> str:
    """A format as TOML, of any part of the grammar that a JSON record can meet."""
    unit = draw(
        st.sampled_from(
            (
                'unit = "iso"',
                'unit = "s"',
                'unit = "ms"',
                'unit = "us"',
                'pattern = "%m/%d/%y %H:%M"',
                'pattern = "%d-%b-%Y"',
            )
        )
    )
    lines = [
        "[format]", 'name = "made"', 'identity = "key"',
        f"customer = {json.dumps(draw(paths))}",
        f"time = {{ path = {json.dumps(draw(paths))}, {unit} }}",
        f"key = {json.dumps(draw(paths))}",
        f'accepted_currency = "{draw(st.sampled_from(("USD", "EUR", "JPY")))}"',
        f"absent = {json.dumps(draw(st.lists(st.sampled_from(('0', 'x', '(not set)')), max_size=2, unique=True)))}",
    ]  # fmt: skip
    if draw(st.booleans()):
        lines.append(f"otherwise = {json.dumps(draw(paths))}")
    for _ in range(draw(st.integers(1, 4))):
        tested = draw(st.lists(st.sampled_from(PATHS[:4]), max_size=2, unique=True))
        tests = ", ".join(f'"{path}" = {json.dumps(draw(wanted))}' for path in tested)
        event_type = draw(st.sampled_from(("ORDER", "ORDER", "SITE_VISIT", "WISH", "ignore")))
        lines += ["[[event]]", f"when = {{ {tests} }}", f'type = "{event_type}"']
        if event_type == "ORDER":
            lines.append(f"amount = {draw(amounts())}")
        if event_type != "ignore" and draw(st.booleans()):
            lines.append(f"customer = {json.dumps(draw(paths))}")
    return "\n".join(lines) + "\n"


@st.composite
def amounts(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return '{ value = "0" }'
    parts = [f"path = {json.dumps(draw(paths))}"]
    for name, values in {
        "currency": st.sampled_from(('"c.e"', '"b"')),
        "times": st.sampled_from(('"c.d"', '"a"')),
        "less": st.sampled_from(LESS),
        "scale": st.sampled_from(("1", "100", "1000", '"stripe"')),
        "sign": st.just("-1"),
        "round": st.sampled_from(("0", "2", "4")),
        "decimal": st.just('","'),
    }.items():
        if draw(st.integers(0, 3)) == 0:
            parts.append(f"{name} = {draw(values)}")
    return f"{{ {', '.join(parts)} }}"


TEXTS = (
    "", " ", "x", "y", "X ", "0", "1", "true", "order", "ORDER", "(not set)", "USD", "eur", "gbp", "12.5", "1,234.50", "1.234,50", "-3", "$7", "-$7",
    "€ 5", "5 USD", "USD -5", "1e3", "35.980000000000004", "0.00005", "99999999999999.99995", "123456789012345", "2024-01-05", "2024-01-05T10:11:12Z",
    "1/2/24 0:01", "12/31/69 23:59", "31-dec-1999", "1612069510766593", "1700000000", "1700000000.5", "5-", "+5", "1,23",
)  # fmt: skip
scalars = (
    st.sampled_from(TEXTS)
    | st.none()
    | st.booleans()
    | st.integers(-5, 2 * 10**15)
    | st.sampled_from((1.5, 0.1 + 0.2, -0.0, 1e22))
)
objects = st.dictionaries(st.sampled_from(("d", "e", "k", "v")), scalars | st.lists(scalars, max_size=1), max_size=4)
keys = st.sampled_from(("x", "y", 1))
inner = st.fixed_dictionaries({}, optional={"k": keys, "v": st.sampled_from(("1", 2, "-3", None, "x"))})
entries = st.fixed_dictionaries({}, optional={"k": keys, "v": scalars | st.lists(inner, max_size=3)})
values = {"a": scalars, "b": scalars | objects, "c": objects | scalars, "list": st.lists(entries | scalars, max_size=3)}


@st.composite
def records(draw: st.DrawFn) -> str:
    """A record's JSON; now and then a name stands twice in it."""
    parts = [(name, draw(each)) for name, each in values.items() if draw(st.integers(0, 4))]
    if parts and draw(st.integers(0, 9)) == 0:
        parts.append(draw(st.sampled_from(parts)))
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in parts) + "}"


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(formats(), st.lists(records(), min_size=1, max_size=5))
def test_any_record_under_any_format_is_what_the_oracle_has(text: str, lines: list[str]) -> None:
    try:
        parse(text, "made.toml")
    except UsageError as error:
        # A rule that an earlier one takes wholly is refused.
        assert "no record gets here" in str(error)
        return
    for record in lines:
        assert told(text, record) == expected(text, record), (text, record)


# Records after the public documents of each maker, with the oddities that their logs have.
SEGMENT = '{{"type":"track","event":"{0}","userId":"u","timestamp":"2024-01-05T00:00:00.000Z","properties":{1}}}'
GA4 = '{{"event_name":"{0}","event_timestamp":"1612069510766593","user_id":{1},"user_pseudo_id":"1.2","event_params":{2},"ecommerce":{3}}}'
STRIPE = '{{"object":"{0}","id":"ch_1","customer":"cus","created":1700000000,"paid":{1},"captured":{2},"amount":{3},"amount_refunded":{4},"currency":"{5}"}}'
SHOPIFY = '{{"id":1,"created_at":"2024-01-05T10:00:00-05:00","currency":"USD","total_price":"10.00",{0}}}'
WOO = '{{"id":7,"status":"{0}","date_created_gmt":"2024-01-05T10:00:00","currency":"USD","customer_id":{1},"total":"{2}","refunds":{3},"billing":{{"email":"b@x"}}}}'
CURRENCY = '[{"key":"currency","value":{"string_value":"USD"}},{"key":"page_location","value":{"string_value":"/p"}}]'
CASES = [
    ("segment", SEGMENT.format("Order Completed", '{"order_id":"o","total":"35.98","currency":"usd"}'), "event ORDER u UPDATE o 35.9800"),
    ("segment", SEGMENT.format("Completed Order", '{"orderId":12,"revenue":35.980000000000004}'), "event ORDER u UPDATE 12 35.9800"),
    ("segment", SEGMENT.format("order completed ", '{"order_id":"o","total":10,"currency":"EUR"}'), "rejected unsupported_currency"),
    ("segment", SEGMENT.format("Order Cancelled", '{"order_id":"o","total":10}'), "event ORDER u UPDATE o 0.0000"),
    ("segment", SEGMENT.format("Order Refunded", '{"order_id":"o","total":10}'), "event ORDER u NEW o -10.0000"),
    ("segment", SEGMENT.format("Product Viewed", "{}"), "ignored Product Viewed"),
    ("segment", '{"type":"page","messageId":"m","anonymousId":"a","userId":null,"originalTimestamp":"2024-01-05"}', "event SITE_VISIT a NEW m None"),
    ("segment", '{"type":"identify","userId":"u","timestamp":"2024-01-05"}', "event CUSTOMER u NEW None None"),
    ("ga4", GA4.format("purchase", '"(not set)"', CURRENCY, '{"transaction_id":"t","purchase_revenue":"35.980000000000004"}'), "event ORDER 1.2 UPDATE t 35.9800"),
    ("ga4", GA4.format("purchase", "null", "[]", '{"transaction_id":"(not set)","purchase_revenue":5}'), "event ORDER 1.2 UPDATE None 5.0000"),
    ("ga4", GA4.format("purchase", '"u"', CURRENCY, "null"), "rejected invalid_amount"),
    ("ga4", GA4.format("refund", '"u"', CURRENCY, '{"transaction_id":"t","refund_value":5.5}'), "event ORDER u NEW t -5.5000"),
    ("ga4", GA4.format("page_view", '"u"', CURRENCY, "null"), "event SITE_VISIT u NEW /p None"),
    ("ga4", GA4.format("user_engagement", '"u"', CURRENCY, "null"), "ignored user_engagement"),
    ("stripe", STRIPE.format("charge", "true", "true", 1099, 99, "usd"), "event ORDER cus UPDATE ch_1 10.0000"),
    ("stripe", STRIPE.format("charge", "true", "false", 1099, 0, "usd"), "ignored charge"),
    ("stripe", STRIPE.format("charge", "false", "false", 1099, 0, "usd"), "ignored charge"),
    ("stripe", STRIPE.format("charge", "true", "true", 1099, 0, "jpy"), "rejected unsupported_currency"),
    ("shopify", SHOPIFY.format('"customer":{"id":5},"current_total_price":"8.00"'), "event ORDER 5 UPDATE 1 8.0000"),
    ("shopify", SHOPIFY.format('"customer":null,"email":"","phone":"+1 555"'), "event ORDER +1 555 UPDATE 1 10.0000"),
    ("shopify", SHOPIFY.format('"email":"a@x","test":true'), "ignored "),
    ("shopify", SHOPIFY.format('"email":"a@x","cancelled_at":"2024-01-06T00:00:00Z"'), "event ORDER a@x UPDATE 1 0.0000"),
    ("shopify", SHOPIFY.format('"email":"a@x","financial_status":"voided"'), "event ORDER a@x UPDATE 1 0.0000"),
    ("shopify", SHOPIFY.format('"note":"a guest"'), "rejected missing_customer_id"),
    ("woocommerce", WOO.format("completed", 0, "20.00", '[{"total":"-5.00"},{"total":"-1.50"}]'), "event ORDER b@x UPDATE 7 13.5000"),
    ("woocommerce", WOO.format("processing", 9, "20.00", "[]"), "event ORDER 9 UPDATE 7 20.0000"),
    ("woocommerce", WOO.format("failed", 9, "20.00", "[]"), "event ORDER 9 UPDATE 7 0.0000"),
    ("woocommerce", WOO.format("checkout-draft", 9, "20.00", "[]"), "ignored checkout-draft"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "record", "words"), CASES, ids=[f"{name}-{words}" for name, _, words in CASES])
def test_records_as_their_makers_document_them(name: str, record: str, words: str) -> None:
    found = told(builtin(name), record)
    short = " ".join(str(part) for place, part in enumerate(found) if place != 3 or found[0] != "event")
    assert short == words
    assert found == expected(builtin(name), record)


def test_stripe_in_yen_has_no_minor_units() -> None:
    record = STRIPE.format("charge", "true", "true", 1099, 99, "jpy")
    assert told(builtin("stripe"), record, "JPY")[-1] == 1000
    assert told(builtin("stripe"), record, "JPY") == expected(builtin("stripe"), record, "JPY")


@pytest.mark.parametrize("name", [name for name in names() if name not in ("sfly", "shopify-csv")])
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_record_with_a_value_changed_is_what_the_oracle_has(name: str, data: st.DataObject) -> None:
    record = json.loads(data.draw(st.sampled_from([record for of, record, _ in CASES if of == name])))
    places: list[tuple[Any, Any]] = []
    waiting = [record]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(scalars | objects)
    text = json.dumps(record)
    assert told(builtin(name), text) == expected(builtin(name), text)


@pytest.mark.parametrize("refunded", ["{}", "[]", '[{"n": 1}]', '""', "null", '"-99"', "[1, 98]"])
def test_what_may_stand_in_the_place_of_what_is_subtracted(refunded: str) -> None:
    record = STRIPE.format("charge", "true", "true", 1099, refunded, "usd")
    assert told(builtin("stripe"), record) == expected(builtin("stripe"), record)


@pytest.mark.parametrize(
    ("part", "wrong", "said"),
    [
        ('customer = "who"', "customer = []", "customer: it is missing; give a path"),
        ('type = "SITE_VISIT"', 'type = " "', "type: ' ' is blank; name the event"),
        ('type = "SITE_VISIT"', 'type = "SITE_VISIT"\ncustomer = []', "customer: it is missing; give a path"),
    ],
)
def test_what_no_record_could_meet_is_no_format(part: str, wrong: str, said: str) -> None:
    text = '[format]\nname = "m"\nidentity = "none"\ncustomer = "who"\ntime = "at"\n[[event]]\ntype = "SITE_VISIT"\n'
    parse(text, "m.toml")
    with pytest.raises(UsageError) as raised:
        parse(text.replace(part, wrong), "m.toml")
    assert said in str(raised.value)
