"""How numbers are written, and those that are found between the records."""
import numpy as np

from nixe.numbers import fall_time, number, with_error


def test_formats():
    """Digits follow the error; tiny and huge numbers have a power of ten."""
    for (value, error), text in {
            (0.123456, 0.00234): "0.1235 ±\u00a00.0023", (11707.3, 48.2): "11707 ±\u00a048",
            (11707.3, 123): "11707 ±\u00a0120", (-0.5, 0.0996): "−0.50 ±\u00a00.10",
            (8.36e-6, 1.3e-6): "8.4×10⁻⁶ ±\u00a01.3×10⁻⁶", (0.1, 1e-18): "0.1000 ±\u00a00",
            (2.5, np.nan): "2.500", (np.nan, np.nan): "–", (0, 0): "0 ±\u00a00"}.items():
        assert with_error(value, error) == text
    assert [number(x) for x in (0, 100, -3.15, 1.5e-5, 2e7, 12345.6)] == [
        "0", "100.0", "−3.150", "1.5×10⁻⁵", "2×10⁷", "12346"]


def test_times_of_falling():
    """Between the records, in the logarithm of time; NaN where it is not seen."""
    time = np.array([0.1, 1, 10])
    f = np.array([[1, 0.75, 0.25], [1, 0.5, 0], [0.4, 0.3, 0], [1, 1, 0.9]])
    np.testing.assert_allclose(fall_time(time, f), [10**0.5, 1, np.nan, np.nan])
    np.testing.assert_allclose(fall_time(np.array([0.0, 1, 2]), f)[:2], [1.5, 1])
