"""Floats rounded to a few digits, so that they compare equal across machines."""

import numpy as np
import numpy.typing as npt

from sflydwh.predict.arrays import FloatArray, floats


def significant(values: npt.ArrayLike, digits: int) -> FloatArray:
    """Values rounded to significant digits, each the float nearest to that decimal; NaN and infinities stay.

    >>> significant([123456, -0.00012345, 0, 9.9996], 4)
    array([ 1.235e+05, -1.234e-04,  0.000e+00,  1.000e+01])
    """
    (given,) = floats(values)
    usable = np.isfinite(given) & (given != 0)
    exponent = np.zeros(len(given))
    exponent[usable] = digits - 1 - np.floor(np.log10(np.abs(given[usable])))
    # Powers of ten up to 10^22 are floats, so that a quotient by one is the float nearest to the decimal.
    exponent = np.clip(exponent, -22, 22)
    up, down = 10.0 ** np.maximum(exponent, 0), 10.0 ** np.maximum(-exponent, 0)
    return np.where(usable, np.rint(np.where(usable, given, 0) * up / down) / up * down, given)
