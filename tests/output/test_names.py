"""The names of a run's files."""

from datetime import datetime
from itertools import islice

from sflydwh.output.names import RunName

NAME = RunName(datetime.fromisoformat("2017-12-31T23:59:58.999999"), 10)


def test_the_files_of_a_run_are_named_after_its_start_and_the_n_asked_for() -> None:
    assert NAME.dat == "20171231_20171231235958_SimpleLTV_TOP10_Customers.dat"
    assert NAME.rejects == "20171231_20171231235958_SimpleLTV_TOP10_Rejects"
    assert NAME.failed_rejects == "20171231_20171231235958_SimpleLTV_TOP10_Rejects_failed"


def test_a_large_n_and_an_early_year_keep_their_digits() -> None:
    name = RunName(datetime.fromisoformat("1017-01-02T03:04:05"), 10**20)
    assert name.dat == f"10170102_10170102030405_SimpleLTV_TOP1{'0' * 20}_Customers.dat"


def test_later_names_are_those_of_the_next_seconds_over_midnight_too() -> None:
    assert [name.dat for name in islice(NAME.and_later(), 4)] == [
        "20171231_20171231235958_SimpleLTV_TOP10_Customers.dat",
        "20171231_20171231235959_SimpleLTV_TOP10_Customers.dat",
        "20180101_20180101000000_SimpleLTV_TOP10_Customers.dat",
        "20180101_20180101000001_SimpleLTV_TOP10_Customers.dat",
    ]
