// The data of the page, decoded: candles, layers, facts, patterns.

const data = JSON.parse(document.getElementById('data').textContent);
const candles = data.candles;
const rows = candles.close.length;
const times = decodedTimes(candles);

/** Open times in seconds: equal steps from `start`, begun anew at each of `jumps`. */
function decodedTimes({ start, step, jumps }) {
  const restarts = new Map(jumps);
  const decoded = new Array(rows);
  for (let row = 0, time = start; row < rows; row += 1, time += step) {
    if (restarts.has(row)) time = restarts.get(row);
    decoded[row] = time;
  }
  return decoded;
}

/** One column of facts: a dense list, or changes {d: steps, v: values, s: slope}. */
class Column {
  constructor(coded) {
    this.dense = Array.isArray(coded) ? coded : null;
    if (this.dense) return;
    let row = 0;
    this.starts = coded.d.map((step) => (row += step));
    this.values = coded.v;
    this.slope = coded.s;
  }

  at(row) {
    if (this.dense) return this.dense[row];
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return this.values[low] + this.slope * (row - this.starts[low]);
  }

  /** Calls `use(row, value)` for every value that is not 0; for columns without a slope. */
  eachNonZero(use) {
    if (this.dense) {
      this.dense.forEach((value, row) => value && use(row, value));
      return;
    }
    this.values.forEach((value, run) => {
      const end = run + 1 < this.starts.length ? this.starts[run + 1] : rows;
      for (let row = this.starts[run]; value && row < end; row += 1) use(row, value);
    });
  }
}

const facts = data.facts.map((fact) => ({ ...fact, column: new Column(fact.values) }));

/** A layer as Python sends it (columns) to objects, which are nicer to draw. */
function objectsOf(layer) {
  const names = Object.keys(layer);
  return layer[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, layer[name][i]])));
}

const layers = Object.fromEntries(
  Object.entries(data.layers).map(([name, layer]) => [name, objectsOf(layer)]),
);

const CODES = {
  liquidity_engulf: 'LE', le_weak: 'WK', small_wick: 'SW', steeper_wick: 'ST', no_wick: 'NW',
  celery: 'CE', celery_candle: 'CC', breakout: 'BO', fakeout: 'FO', onion: 'ON',
};

function codeOf(name) {
  const words = name.split('_');
  if (words.length === 1) return name.slice(0, 3).replace(/^./, (letter) => letter.toUpperCase());
  return words.map((word) => word[0].toUpperCase()).join('').slice(0, 4);
}

/** A graded fact as a pattern: its name, its short code and how often it fired each way. */
function patternOf(fact) {
  const name = fact.name.replace(/^candle\./, '');
  const pattern = {
    name, meaning: fact.meaning, isEntry: fact.entry, isNeutral: fact.neutral,
    code: CODES[name] ?? codeOf(name), isShown: fact.entry && !fact.neutral, column: fact.column, up: 0, down: 0,
  };
  fact.column.eachNonZero((row, value) => {
    if (value > 0) pattern.up += 1;
    else pattern.down += 1;
  });
  return pattern;
}

const patterns = facts.filter((fact) => fact.unit === 'graded').map(patternOf);

/** What the shown patterns say, by row: undefined or a list of {pattern, direction, strength}. */
function shownSignals() {
  const byRow = new Array(rows);
  for (const pattern of patterns.filter((each) => each.isShown)) {
    pattern.column.eachNonZero((row, value) => {
      byRow[row] ??= [];
      byRow[row].push({ pattern, direction: Math.sign(value), strength: Math.abs(value) / 100 });
    });
  }
  return byRow;
}

// Zones would hide the trades that a person came for: they wait to be asked for.
const state = {
  layers: { phases: true, ranges: true, levels: !data.trades, blocks: !data.trades, gaps: !data.trades, swings: true, breaks: true, sweeps: true, patterns: true, volume: true, trades: true },
  signals: shownSignals(),
  pinned: null,
  trade: null,
};
