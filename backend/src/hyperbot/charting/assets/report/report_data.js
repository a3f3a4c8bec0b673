// The data of the report, decoded: trades as objects, everything else as it came.

const data = JSON.parse(document.getElementById('data').textContent);

/** Columns, as Python sends them, to one object a trade. */
function tradesOf({ columns, rules, coins, decimals }) {
  const names = Object.keys(columns);
  return columns.id.map((_, place) => {
    const trade = { place };
    for (const name of names) trade[name] = columns[name][place];
    trade.decimals = decimals[trade.coin];
    trade.rule = rules[trade.rule];
    trade.coin = coins[trade.coin];
    trade.costs = trade.fees - trade.funding + trade.slippage + trade.forfeited;
    return trade;
  });
}

const trades = tradesOf(data.trades);
const TEXTS = data.trades.conditions;

/** The candles around a trade: one object a candle, times in seconds. */
function candlesOf({ start, step, jumps, ticks }, decimals) {
  const restarts = new Map(jumps);
  const scale = 10 ** decimals;
  const candles = [];
  let time = start;
  let before = 0;
  for (let at = 0; at < ticks.length; at += 4) {
    if (restarts.has(candles.length)) time = restarts.get(candles.length);
    const open = before + ticks[at];
    const close = open + ticks[at + 1];
    candles.push({
      time, open: open / scale, close: close / scale,
      high: (Math.max(open, close) + ticks[at + 2]) / scale, low: (Math.min(open, close) - ticks[at + 3]) / scale,
    });
    before = close;
    time += step;
  }
  return candles;
}

/** The mean that the verdict on a rule rests on: of what came after its embargo, where it has one. */
function meanOfVerdict(proof) {
  return proof.out_of_sample ?? proof.all_trades;
}

/** Whether the verdict on any rule rests on a part of its trades alone. */
const hasEmbargo = data.rules.some((rule) => rule.evidence?.out_of_sample);

function isClosed(trade) {
  return trade.closed !== null;
}

function sumOf(items, value) {
  return items.reduce((total, item) => total + value(item), 0);
}

function meanOf(items, value) {
  return items.length ? sumOf(items, value) / items.length : null;
}
