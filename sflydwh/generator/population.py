"""Who acts in the log: a skewed choice of customers, and their ids."""

import numpy as np
from numpy.typing import NDArray

_ID_MASK = np.uint64(2**48 - 1)
_LOW_BITS = np.uint64(2**24 - 1)
_FIRST_ID = np.uint64(0x96F55C7D8F42)
# Odd, so that multiplying modulo 2**48 can be undone.
_FIRST_FACTOR = np.uint64(0x9E3779B97F4B)
_SECOND_FACTOR = np.uint64(0xC2B2AE3D27D5)


def unit_interval(draws: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Turn raw 64-bit draws into numbers from 0 up to, not including, 1."""
    return (draws >> 11).astype(np.float64) * 2.0**-53


def customer_ranks(draws: NDArray[np.uint64], population: int) -> NDArray[np.int64]:
    """Choose a customer for each draw, rank 0 the most active.

    A tenth of the customers get half of the events, and the least active get about a fifth of the mean. Only
    operations that IEEE 754 rounds in one way are used: `exp` and `pow` differ between platforms in the last bit.
    """
    unit = unit_interval(draws)
    ranks = (population * (unit * unit / (4.0 - 3.0 * unit))).astype(np.int64)
    return np.minimum(ranks, population - 1)


def scattered_ids(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Scatter numbers below 2**48 over the 48-bit ids, no two to the same id.

    >>> [f"{scattered:012x}" for scattered in scattered_ids(np.array([0, 1])).tolist()]
    ['96f55c7d8f42', '95c6893ed0b0']
    """
    mixed = (numbers.astype(np.uint64) * _FIRST_FACTOR) & _ID_MASK
    mixed ^= mixed >> np.uint64(23)
    mixed = (mixed * _SECOND_FACTOR) & _ID_MASK
    scattered: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(25)) ^ _FIRST_ID
    return scattered


def successors(
    ranks: NDArray[np.int64], progress: NDArray[np.float64], population: int, turnover: float
) -> NDArray[np.int64]:
    """The customers who hold the ranks at a time: each leaves eventually, and another takes the rank.

    Args:
        ranks: below the population.
        progress: how far the log is, 0 to 1.
        population: how many customers there are at any time.
        turnover: how often a rank changes hands within the log, on average; a rank from half to 1.5 times as often.
    """
    if not turnover:
        return ranks
    mixed = scattered_ids(ranks)
    pace = (mixed & _LOW_BITS).astype(np.float64) * 2.0**-24
    phase = (mixed >> np.uint64(24)).astype(np.float64) * 2.0**-24
    generation = (progress * (turnover * (0.5 + pace)) + phase).astype(np.int64)
    customers: NDArray[np.int64] = generation * population + ranks
    return customers
