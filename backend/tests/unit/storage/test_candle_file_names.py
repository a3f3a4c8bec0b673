import pytest

from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.candle_file_names import find_files, named_candles


@pytest.mark.parametrize(
    ("name", "coin", "timeframe"),
    [
        ("BTC-5m.parquet", "BTC", "5m"),
        ("kPEPE-1h.csv", "kPEPE", "1h"),
        ("xyz:TSLA-5m.csv", "xyz:TSLA", "5m"),
        ("A-B-5m.csv", "A-B", "5m"),
        ("BTC_USDT_USDT-5m-futures.feather", "BTC", "5m"),
        ("BTC_USDC_USDC-15m-futures.feather", "BTC", "15m"),
        ("BTC_USDT-1d.feather", "BTC", "1d"),
        ("BTCUSDT-1m-2025-01.csv", "BTC", "1m"),
        ("1000PEPEUSDT-1m-2025-01-31.csv", "1000PEPE", "1m"),
        ("USDT-1h.csv", "USDT", "1h"),
        ("USDCUSDT-1h.csv", "USDC", "1h"),
        ("BTC-1H.csv", "BTC", "1h"),
        ("BTC-1M.csv", "BTC", "1M"),
        ("BTC_15m.csv", "BTC", "15m"),
        ("BTCUSDT_15m.csv", "BTC", "15m"),
        ("kPEPE_1h.csv", "kPEPE", "1h"),
        ("my_data_15m.csv", None, None),
        ("candles_15m.csv", None, None),
        ("Binance_BTCUSDT_15m.csv", None, None),
        ("BTC.csv", None, None),
        ("5m.csv", None, None),
        ("-5m.csv", None, None),
    ],
)
def test_names_tell_coin_and_timeframe(tmp_path, name, coin, timeframe):
    assert named_candles(tmp_path / name)[:2] == (coin, timeframe)


def test_folders_are_searched_for_candle_files_alone(tmp_path):
    wanted = ["a/BTC-5m.csv", "a/b/ETH-5m.PARQUET", "c/SOL-5m.feather", "c/odd name.csv"]
    others = [
        "a/notes.txt",
        ".hidden/BTC-5m.csv",
        "a/.BTC-5m.csv",
        "c/BTC_USDT_USDT-1h-mark.feather",
    ]
    for name in wanted + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = [tmp_path / name for name in wanted]
    assert find_files([tmp_path]) == expected
    assert find_files([tmp_path / "c", tmp_path / "c/SOL-5m.feather"]) == expected[2:]


def test_folders_without_candles_and_paths_that_are_not_there_are_told(tmp_path):
    with pytest.raises(InvalidInput, match=r"holds no \.parquet, \.csv, \.feather file"):
        find_files([tmp_path])
    with pytest.raises(InvalidInput, match="missing does not exist"):
        find_files([tmp_path / "missing"])
