"""The page: what it says of given facts, and that nothing of a log is taken for markup."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sflydwh.predict.segments import SEGMENTS
from sflydwh.report.facts import Facts
from sflydwh.report.page import page
from sflydwh.report.segments import MEANINGS
from tests.report.pages import EMPTY, FACTS, customer, spenders, table, titles

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style><b>",
    "{{ 7 * 7 }}",
    "\u202egnihsif",
    "&amp;",
    "😀" * 40,
    "x" * 10_000,
    "tab\t\x07",
)


class Elements(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]


@pytest.fixture(scope="module")
def html() -> str:
    return page(FACTS)


def test_the_titles_say_what_the_parts_show(html: str) -> None:
    assert titles(html) == [
        "At a glance",
        "anna is expected to be worth most: 100.25 EUR in 52 weeks",
        "The best tenth of purchasers brought 54 % of spend",
        "10 % of purchasers are champions and brought 49 % of spend",
        "33 % of new purchasers bought again in the month after",
        "A prediction made on 30 June 2017 would have been 95 % of the actual purchases",
        "Half of the purchasers have spent less than 10.00 EUR",
        "2 good customers have probably left, after spending 5,000 EUR",
        "Half of the repeat purchases come within 5 days",
        "1,000 events were read, and 10 of them were rejected",
    ]


def test_the_headline(html: str) -> None:
    tiles = re.findall(r'<dt>([^<]*)</dt><dd class="number">([^<]*)</dd>', html)
    assert tiles == [
        ("Customers", "1,500"),
        ("Purchasers", "1,000"),
        ("Repeat rate", "40.0 %"),
        ("Average purchase", "47.48 EUR"),
        ("Spend to date", "123,456.78 EUR"),
        ("Predicted spend", "9,999.99 EUR"),
        ("Expected purchases", "1,234.50"),
        ("Best tenth", "53.6 %"),
    ]
    assert "in the next 52 weeks; 90 % interval 1,200.00 to 1,300.00" in html


def test_the_tables(html: str) -> None:
    assert table(html, "The best customers") == [
        [
            "Customer",
            "Predicted LTV (EUR)",
            "Spend (EUR)",
            "P(alive)",
            "Expected purchases",
            "Last purchase",
            "Purchases",
        ],
        ["anna", "100.25", "120.50", "90.00 %", "2.5000", "2017-12-01", "3"],
        ["bert", "100.25", "80.00", "90.00 %", "2.5000", "2017-12-01", "3"],
    ]
    assert [row[0] for row in table(html, "High value at risk")] == ["Customer", "gone", "away"]
    assert table(html, "Share of spend")[1:] == [
        [str(tenth), f"{share:.1f} %"]
        for tenth, share in enumerate([53.6, 7.1, 7.1, 7.1, 7.1, 3.6, 3.6, 3.6, 3.6, 3.6], 1)
    ]
    assert table(html, "Purchasers who bought again, by months since the first purchase") == [
        ["First purchase", "Customers", "Month 0", "Month 1", "Month 2"],
        ["Oct 2017", "50", "", "20.0 %", "0.0 %"],
        ["Nov 2017", "40", "", "50.0 %", ""],
        ["Dec 2017", "30", "", "", ""],
    ]
    assert table(html, "Spend per customer, by months since the first purchase")[1:] == [
        ["Oct 2017", "50", "20.00", "26.00", "26.00"],
        ["Nov 2017", "40", "20.00", "25.00", ""],
        ["Dec 2017", "30", "20.00", "", ""],
    ]
    assert table(html, "Methods and actual figures")[1:3] == [
        ["actual", "1,000", "50,000.00", ""],
        ["model", "950.00", "48,000.00", "55.0 %"],
    ]
    assert table(html, "Days between purchases")[1:] == [
        ["1–91", "35", "87.5 %"],
        *([f"{91 * at + 1}–{91 * (at + 1)}", "0", "0.0 %"] for at in range(1, 7)),
        ["638–728", "5", "12.5 %"],
    ]
    assert ["Rejected: malformed_json", "7"] in table(html, "Data quality")


def test_the_last_month_is_followed_only_when_it_is_over() -> None:
    html = page(replace(FACTS, as_of=FACTS.as_of.replace(day=30)))
    rows = table(html, "Purchasers who bought again, by months since the first purchase")
    assert [row[0] for row in rows] == ["First purchase", "Oct 2017", "Nov 2017"]
    assert "The last complete month is Nov 2017." in html


def test_every_chart_has_its_table_and_its_text(html: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    assert len(figures) == 9
    for figure in figures:
        assert re.search(r'role="img" aria-label="[^"]{30,}"', figure)
        assert "<details>" in figure
        assert figure.count("<tr>") > 1
        assert "<svg" in figure


@pytest.mark.parametrize("facts", [FACTS, EMPTY], ids=["full", "empty"])
def test_nothing_on_the_page_asks_for_anything(facts: Facts) -> None:
    found = Elements(page(facts))
    assert not found.names & {"script", "img", "iframe", "object", "embed", "a", "form", "image", "use"}
    links = [value for name, value in found.attributes if name in ("href", "src", "srcset", "xlink:href")]
    assert links == ["data:,"]
    assert "url(" not in page(facts)
    assert len(found.ids) == len(set(found.ids))


def test_the_policy_lets_in_this_style_alone(html: str) -> None:
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert 'style="' not in html


def test_ids_are_never_markup() -> None:
    hostile = tuple(customer(name) for name in HOSTILE)
    risk = replace(FACTS.at_risk, listed=hostile) if FACTS.at_risk else None
    quality = replace(FACTS.quality, ignored=9, ignored_by_name=dict.fromkeys(HOSTILE, 1), warnings=HOSTILE[:3])
    html = page(replace(FACTS, best=hostile, at_risk=risk, quality=quality))
    assert Elements(html).names == Elements(page(FACTS)).names
    assert "\u202e" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html
    assert len(html) < 300_000


def test_a_shop_without_purchases_gets_a_page_that_says_so() -> None:
    html = page(EMPTY)
    assert titles(html) == [
        "At a glance",
        "Nobody has bought yet",
        "There is no spend to divide among customers yet",
        "There are no segments yet",
        "There are no cohorts to follow yet",
        "How accurate such predictions have been is not known yet",
        "There is no spend to show yet",
        "Which good customers have left is not known yet",
        "Nobody has bought a second time yet",
        "1,000 events were read, and 10 of them were rejected",
    ]
    assert "No customer has a purchase day up to 2017-12-31." in html


def test_without_a_prediction_the_rest_is_shown() -> None:
    best = tuple(replace(each, p_alive=None, expected_purchases=None, predicted_ltv=None) for each in FACTS.best)
    doubts = ("purchasers: 12 (500 are needed)",)
    facts = replace(FACTS, best=best, at_risk=None, no_prediction="no model converged", doubts=doubts)
    html = page(facts)
    assert titles(html)[1] == "anna has spent most: 120.50 EUR"
    assert table(html, "The best customers")[0] == ["Customer", "Spend (EUR)", "Last purchase", "Purchases"]
    assert "Do not trust these predictions yet" in html
    assert doubts[0] in html
    assert "no model converged" in html


def test_from_a_table_counts_were_told_before() -> None:
    untold = replace(FACTS.quality, table="version 3", rejected=None, superseded=None, ignored=None, rounded=None)
    html = page(replace(FACTS, quality=untold))
    rows = dict(table(html, "Data quality")[1:])
    assert titles(html)[-1] == "1,000 events of the event table were read"
    assert (rows["Source"], rows["Rejected"], rows["Amounts rounded"]) == (
        "event table, version 3",
        "told at each ingest",
        "told at each ingest",
    )


def test_refunds_above_spend_leave_nothing_to_share() -> None:
    html = page(replace(FACTS, spenders=spenders(-20.0, 10.0)))
    assert titles(html)[2] == "There is no spend to divide among customers yet"


def test_every_segment_has_its_meaning() -> None:
    assert set(MEANINGS) == set(SEGMENTS)
