import pytest

from trade_builders import Desk


@pytest.fixture
def desk():
    """An engine with 10000 and no costs, for BTC and ETH."""
    return Desk()
