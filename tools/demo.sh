#!/bin/sh
# What `make demo` runs: candles in, facts, a summary and a chart out, into demo/.
# The candles: HYPERBOT_DEMO_CANDLES (a file or a folder), else from Hyperliquid, else synthetic ones.
set -eu
CDPATH='' cd -- "$(dirname "$0")/.."
trap 'echo; echo "Stopped. make demo starts again."; exit 130' INT TERM

python=.venv/bin/python
hyperbot=.venv/bin/hyperbot
coin=BTC
timeframe=15m
patience_seconds=20

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
    echo "1. Candles: checking and importing $1"
    "$hyperbot" candles import --json "$1" >demo/data/imported.json
    # BTC at 15m if it is among them, else the longest series.
    "$python" -c '
import json, sys
files = json.load(open("demo/data/imported.json"))["files"]
chosen = min(files, key=lambda f: ((f["coin"], f["timeframe"]) != tuple(sys.argv[1:]), -f["candles"]))
total = sum(f["candles"] for f in files)
print("   {:,} candles in {} {}".format(total, len(files), "files" if len(files) > 1 else "file"))
print(chosen["venue"], chosen["coin"], chosen["timeframe"], file=open("demo/data/chosen.txt", "w"))
' "$coin" "$timeframe"
    read -r venue coin timeframe <demo/data/chosen.txt
}

download() {
    use_store downloaded
    venue=hyperliquid
    echo "1. Candles: asking Hyperliquid for $coin $timeframe (at most $patience_seconds seconds)"
    "$python" -c '
import subprocess, sys
try:
    sys.exit(subprocess.run(sys.argv[2:], timeout=int(sys.argv[1])).returncode)
except subprocess.TimeoutExpired:
    sys.exit(f"Error: no answer within {sys.argv[1]} seconds")
' "$patience_seconds" "$hyperbot" candles download --coins "$coin" --interval "$timeframe" \
        >demo/data/download.txt 2>&1
}

synthesize() {
    use_store synthetic
    venue=synthetic
    coin=SYNTHETIC
    sed -n 's/^Error: /   No: /p' demo/data/download.txt
    echo "   Instead: synthetic candles. They are invented and say nothing about any market."
    "$hyperbot" candles synthesize --coins "$coin" --interval "$timeframe" >demo/data/synthesize.txt
}

mkdir -p demo/data
rm -f demo/chart.html demo/facts.parquet demo/summary.txt
if [ -n "${HYPERBOT_DEMO_CANDLES:-}" ]; then
    import_given "$HYPERBOT_DEMO_CANDLES"
elif download; then
    cat demo/data/download.txt
else
    synthesize
fi

echo "2. Detecting on $coin $timeframe of $venue"
"$hyperbot" detect --venue "$venue" --coin "$coin" --timeframe "$timeframe" \
    --out demo/facts.parquet >demo/data/summary.txt
mv demo/data/summary.txt demo/summary.txt
cat demo/summary.txt

echo "3. Drawing"
"$hyperbot" chart --venue "$venue" --coin "$coin" --timeframe "$timeframe" --out demo/chart.html

echo
echo "Chart:   demo/chart.html     open it in a browser"
echo "Summary: demo/summary.txt    as above"
echo "Facts:   demo/facts.parquet  one row a candle, explained in docs/reference/facts.md"
