import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.charting.compact import coded, decimals_of, script_json


def decoded(code, rows):
    """What assets/data.js makes of it, written plainly."""
    if isinstance(code, list):
        return code
    starts = np.cumsum(code["d"]).tolist()
    values = []
    for row in range(rows):
        run = max(place for place, start in enumerate(starts) if start <= row)
        values.append(code["v"][run] + code["s"] * (row - starts[run]))
    return values


columns = st.one_of(
    st.lists(st.sampled_from((0, 0, 0, 1, -1)), min_size=1, max_size=60).map(
        lambda values: np.array(values, np.int64)
    ),
    st.lists(st.sampled_from((0.0, 0.25, 7.5)), min_size=1, max_size=60).map(np.array),
    st.tuples(st.integers(1, 40), st.integers(1, 20)).map(lambda n: np.arange(n[0]) % n[1]),
)


@given(columns)
def test_a_coded_column_is_read_back_as_it_was(column):
    code = json.loads(json.dumps(coded(column)))
    assert decoded(code, column.size) == column.tolist()


def test_an_age_is_as_short_as_a_flag():
    code = coded(np.arange(1000) % 500)
    assert code == {"s": 1, "d": [0, 500], "v": [0, 0]}


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [
        ([97990.0, 97991.0], 0),
        ([3012.5, 3012.25], 2),
        ([0.00001234, 0.00001235], 8),
        ([0.1 + 0.2, 0.3], 1),
        ([100 / 3, 200 / 3], 5),
        ([1e9 / 7], 2),
        ([1e-12], 12),
        ([100.0, 1e-5 / 3], 12),
    ],
)
def test_prices_are_told_with_the_decimals_they_have(prices, decimals):
    assert decimals_of(np.array(prices)) == decimals


@given(st.text())
def test_json_in_a_script_cannot_end_the_script(text):
    written = script_json({"coin": text, "tag": "</script><!--"})
    assert not set("<>&") & set(written)
    assert written.isascii()
    assert json.loads(written)["coin"] == text
