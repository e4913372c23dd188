"""Events to customers, SimpleLTV and the top N: rules 6 to 11."""

from sflydwh.ltv.account import Account, account
from sflydwh.ltv.formulas import FORMULAS
from sflydwh.ltv.ledger import ledger, tallies
from sflydwh.ltv.options import Options
from sflydwh.ltv.ranking import RankedCustomer, check_values_fit, customers, ranked

__all__ = [
    "FORMULAS",
    "Account",
    "Options",
    "RankedCustomer",
    "account",
    "check_values_fit",
    "customers",
    "ledger",
    "ranked",
    "tallies",
]
