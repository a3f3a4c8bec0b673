// The facts of one candle, and the line of prices over the chart.

const readout = document.getElementById('readout');
const factList = document.getElementById('facts');
const meaningLine = document.getElementById('meaning');
const FAMILIES = { candle: 'Candle and entries', structure: 'Structure', zone: 'Zones', cycle: 'Cycle' };
const NONE_SO_NEAR = 100;

/** Values in words where a number alone says little; the rest as numbers. */
const WORDS = {
  graded: (value) => `${arrowOf(value)} ${(Math.abs(value) / 100).toFixed(2)}`,
  direction: (value) => (value > 0 ? '▲ up' : '▼ down'),
  side: (value) => (value > 0 ? 'premium' : 'discount'),
  phase: (value) => PHASES[value],
  flag: () => 'yes',
  state: (value) => `${Math.abs(value) === 1 ? 'armed' : 'resting'} ${value > 0 ? '▲' : '▼'}`,
  label: (value, name) => (name.includes('high') ? ['LH', '', 'HH'] : ['LL', '', 'HL'])[value + 1],
  price: (value) => priceFormat.format(value),
  count: (value) => String(value),
  candles: (value) => wholeNumber.format(value),
};
const UNITS = { graded: 'strength', candles: 'candles', ATR: 'ATR', share: 'share', ratio: '×', price: 'price', count: 'count' };

function toneOfFact(fact, value) {
  const hasDirection = (fact.unit === 'graded' && !fact.neutral) || fact.unit === 'direction';
  return hasDirection ? toneOf(value) : '';
}

function isTold(fact, value) {
  if (value === 0) return false;
  if (fact.unit === 'candles') return value > 0;
  return !(fact.unit === 'ATR' && fact.name.endsWith('.distance') && value >= NONE_SO_NEAR);
}

function factRow(fact, value) {
  const text = WORDS[fact.unit]?.(value, fact.name) ?? String(value);
  const row = element('div', 'fact', element('span', '', fact.name.replace(/^\w+\./, '')), element('b', toneOfFact(fact, value), text), element('small', '', UNITS[fact.unit] ?? ''));
  row.tabIndex = 0;
  row.title = fact.meaning;
  row.dataset.fact = fact.name;
  return row;
}

function showMeaning(name) {
  const fact = facts.find((each) => each.name === name);
  if (!fact) return;
  const unit = fact.unit === 'graded' ? 'direction and strength' : fact.unit;
  meaningLine.replaceChildren(element('b', '', fact.name), ` (${unit}): ${fact.meaning}`);
}

function clearMeaning() {
  meaningLine.replaceChildren('Point at a fact for its meaning. A click on the chart pins a candle.');
}

function factsOf(row) {
  const groups = [];
  for (const [family, title] of Object.entries(FAMILIES)) {
    const told = facts.filter((fact) => fact.name.startsWith(`${family}.`))
      .map((fact) => [fact, fact.column.at(row)])
      .filter(([fact, value]) => isTold(fact, value));
    if (told.length) groups.push(element('div', 'group', element('span', '', title)));
    groups.push(...told.map(([fact, value]) => factRow(fact, value)));
  }
  return groups;
}

function showReadout(row) {
  const change = 100 * (candles.close[row] / candles.open[row] - 1);
  const tone = toneOf(Math.sign(change));
  const parts = [['O', candles.open], ['H', candles.high], ['L', candles.low], ['C', candles.close]]
    .map(([name, prices]) => element('span', tone, `${name} `, element('b', '', priceFormat.format(prices[row]))));
  const sign = change >= 0 ? '+' : '−';
  parts.push(element('span', tone, element('b', '', `${sign}${Math.abs(change).toFixed(2)} %`)));
  parts.push(element('span', '', 'V ', element('b', '', shortNumber.format(candles.volume[row]))));
  readout.replaceChildren(...parts);
}

function showHint(text) {
  const hint = document.getElementById('hint');
  if (hint.textContent !== text) hint.textContent = text;
}

let shownRow = null;

function showCandle(row) {
  if (row === shownRow) return;
  shownRow = row;
  showReadout(row);
  document.getElementById('moment').replaceChildren(
    element('b', '', `${textOfSeconds(times[row])} UTC`), ` · ${wholeNumber.format(row + 1)} of ${wholeNumber.format(rows)}`,
  );
  factList.replaceChildren(...factsOf(row));
}

function pin(row) {
  state.pinned = row;
  document.getElementById('pinned').textContent = row === null ? '' : 'pinned · Esc frees it';
  if (row !== null) showCandle(row);
  repaint();
}
