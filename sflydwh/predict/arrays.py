"""The arrays that the models take and return, and their processing in blocks."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

# Block size, so that rows times nodes of a quadrature take at most 10 MB for any number of customers.
_ROWS = 4096


class Terms(NamedTuple):
    """The contribution of each group of customers to a log-likelihood.

    Attributes:
        value: log-likelihood of one customer of each group, shape (n,).
        gradient: its derivatives in the logarithms of the parameters, shape (parameters, n).
    """

    value: FloatArray
    gradient: FloatArray


def blocks(rows: int) -> Iterator[slice]:
    """Slices that cover the rows in order.

    >>> list(blocks(5000))
    [slice(0, 4096, None), slice(4096, 5000, None)]
    """
    for start in range(0, rows, _ROWS):
        yield slice(start, min(start + _ROWS, rows))


def floats(*values: npt.ArrayLike) -> list[FloatArray]:
    """The values as one-dimensional float arrays of one length.

    >>> floats([1, 2], 3)
    [array([1., 2.]), array([3., 3.])]
    """
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in values))
    return [np.ascontiguousarray(array) for array in arrays]
