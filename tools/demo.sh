#!/bin/sh
# What `make demo` runs: candles in; facts, a backtest of the playbook and a chart out, into demo/.
# The candles: HYPERBOT_DEMO_CANDLES (a file or a folder), else ../shared/data/candles/hyperliquid if it is there,
# else from Hyperliquid, else synthetic ones.
set -eu
CDPATH='' cd -- "$(dirname "$0")/.."
trap 'echo; echo "Stopped. make demo starts again."; exit 130' INT TERM

python=.venv/bin/python
hyperbot=.venv/bin/hyperbot
coins=BTC,ETH,SOL
shared=../shared/data
patience_seconds=40

fail() {
    echo "$*" >&2
    exit 2
}

# Each source has a store of its own, apart from the user's: they never mix.
use_store() {
    HYPERBOT_DATA_DIR=demo/data/$1
    export HYPERBOT_DATA_DIR
    mkdir -p "$HYPERBOT_DATA_DIR"
}

import_given() {
    [ -e "$1" ] || fail "HYPERBOT_DEMO_CANDLES=$1 is not there: name a candle file or a folder of them."
    rm -rf demo/data/given
    use_store given
    echo "1. Candles: checking and importing $2"
    "$hyperbot" candles import --json "$1" >demo/data/imported.json
    # The coins of the demo if they are among them, else the three with most candles; of the first venue.
    "$python" -c '
import json, sys
files = json.load(open("demo/data/imported.json"))["files"]
venue = files[0]["venue"]
sizes = {}
for each in (f for f in files if f["venue"] == venue):
    sizes[each["coin"]] = sizes.get(each["coin"], 0) + each["candles"]
wanted = [coin for coin in sys.argv[1].split(",") if coin in sizes]
coins = wanted or sorted(sizes, key=sizes.get, reverse=True)[:3]
total = sum(f["candles"] for f in files)
print("   {:,} candles in {} {}".format(total, len(files), "files" if len(files) > 1 else "file"))
print(venue, ",".join(coins), file=open("demo/data/chosen.txt", "w"))
' "$coins"
    read -r venue coins <demo/data/chosen.txt
}

download() {
    use_store downloaded
    venue=hyperliquid
    echo "1. Candles: asking Hyperliquid for $coins (at most $patience_seconds seconds)"
    "$python" -c '
import subprocess, sys
try:
    sys.exit(subprocess.run(sys.argv[2:], timeout=int(sys.argv[1])).returncode)
except subprocess.TimeoutExpired:
    sys.exit(f"Error: no answer within {sys.argv[1]} seconds")
' "$patience_seconds" "$hyperbot" candles download --coins "$coins" --interval 5m \
        >demo/data/download.txt 2>&1
}

synthesize() {
    use_store synthetic
    venue=synthetic
    coins=SYNTHETIC
    sed -n 's/^Error: /   No: /p' demo/data/download.txt
    echo "   Instead: synthetic candles. They are invented and say nothing about any market."
    "$hyperbot" candles synthesize --coins "$coins" --interval 5m >demo/data/synthesize.txt
}

mkdir -p demo/data
rm -rf demo/chart.html demo/facts.parquet demo/summary.txt demo/backtest
if [ -n "${HYPERBOT_DEMO_CANDLES:-}" ]; then
    import_given "$HYPERBOT_DEMO_CANDLES" "$HYPERBOT_DEMO_CANDLES"
elif [ -d "$shared/candles/hyperliquid" ]; then
    import_given "$shared/candles/hyperliquid" "the real ones in $shared/candles/hyperliquid"
elif download; then
    cat demo/data/download.txt
else
    synthesize
fi
coin=${coins%%,*}

echo "2. Detecting on $coin 5m"
"$hyperbot" detect --venue "$venue" --coin "$coin" --timeframe 5m --out demo/facts.parquet >demo/detected.txt
sed -n '1p' demo/detected.txt
rm demo/detected.txt

echo "3. Playing the playbook over the past: $coins"
set --
[ ! -d "$shared/funding" ] || set -- --funding "$shared/funding"
"$hyperbot" backtest --venue "$venue" --coins "$coins" "$@" --out demo/backtest >demo/data/summary.txt
mv demo/data/summary.txt demo/summary.txt
cat demo/summary.txt

echo "4. Drawing"
"$hyperbot" chart --venue "$venue" --coin "$coin" --timeframe 5m --trades demo/backtest --out demo/chart.html

echo
echo "Chart:    demo/chart.html     the last candles with the trades on them: open it in a browser"
echo "Summary:  demo/summary.txt    as above"
echo "Trades:   demo/backtest       trades.csv, fills.csv, equity, signals and summary.json"
echo "Facts:    demo/facts.parquet  one row a candle, explained in docs/reference/facts.md"
echo "Its candles and trials lie apart from yours: for commands on them  export HYPERBOT_DATA_DIR=$HYPERBOT_DATA_DIR"
echo
echo "Report:   demo/backtest/report.html"
