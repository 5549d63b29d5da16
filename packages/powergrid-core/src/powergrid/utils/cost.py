"""Cost of running a device, under its documented name."""

from __future__ import annotations

from heron.types import FloatArray


def quadratic_cost(
    p_mw: FloatArray, a: FloatArray | float, b: FloatArray | float, c: FloatArray | float = 0.0
) -> FloatArray:
    """Running cost of a generator at constant power.

    Parameters
    ----------
    p_mw : (n_dev, n_env)
        Power into the grid. [MW]
    a, b, c : (n_dev, 1)
        Coefficients of the square [USD/(MW² h)], of the power [USD/MWh] and of running at all [USD/h]. ``c`` is
        counted at zero power too: the caller multiplies it by whether the generator runs.

    Returns
    -------
    (n_dev, n_env)
        ``a P² + b P + c``, computed as ``(a P + b) P + c``. [USD/h]

    Source
    ------
    A. J. Wood, B. F. Wollenberg, G. B. Sheblé, *Power Generation, Operation, and Control*, 3rd ed., Wiley 2014,
    chapter 3: fuel cost as a quadratic of the output.
    """
    return (a * p_mw + b) * p_mw + c
