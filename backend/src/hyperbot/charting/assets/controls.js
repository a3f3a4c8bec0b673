// Switches, the pattern filter, the help, and the keys.

const SWATCHES = {
  phases: '<rect x="1" y="3" width="7" height="8" fill="var(--up)" opacity=".45"/><rect x="8" y="3" width="7" height="8" fill="var(--down)" opacity=".45"/>',
  ranges: '<rect x="1" y="3" width="14" height="8" fill="var(--dim)" opacity=".2"/><path d="M1 3h14M1 11h14" stroke="var(--dim)" stroke-width="1.5"/>',
  levels: '<rect x="1" y="4" width="14" height="6" fill="var(--muted)" opacity=".2"/><path d="M1 10h14" stroke="var(--muted)" stroke-dasharray="1 2"/>',
  blocks: '<rect x="1.5" y="3.5" width="6" height="7" fill="var(--up)" fill-opacity=".25" stroke="var(--up)"/><rect x="8.5" y="3.5" width="6" height="7" fill="var(--down)" fill-opacity=".25" stroke="var(--down)"/>',
  gaps: '<rect x="1.5" y="3.5" width="6" height="7" fill="var(--up)" fill-opacity=".15" stroke="var(--up)" stroke-dasharray="2 1.5"/><rect x="8.5" y="3.5" width="6" height="7" fill="var(--down)" fill-opacity=".15" stroke="var(--down)" stroke-dasharray="2 1.5"/>',
  swings: '<path d="M1 11 5 4l4 5 5-7" fill="none" stroke="var(--muted)" stroke-width="1.5"/>',
  breaks: '<path d="M1 4h14" stroke="var(--up)" stroke-width="1.5" stroke-dasharray="4 2"/><path d="M1 10h14" stroke="var(--down)" stroke-width="2"/>',
  sweeps: '<circle cx="4" cy="7" r="3" fill="none" stroke="var(--up)" stroke-width="1.5"/><circle cx="12" cy="7" r="3" fill="none" stroke="var(--down)" stroke-width="1.5"/>',
  patterns: '<path d="M1 10h6L4 4z" fill="var(--up)"/><path d="M9 4h6l-3 6z" fill="var(--down)"/>',
  trades: '<path d="M2 11 14 3" stroke="var(--up)" stroke-width="1.5"/><path d="M0 13h6L3 8z" fill="var(--text)"/><path d="m11 1 4 4m0-4-4 4" stroke="var(--up)" stroke-width="1.5"/>',
  volume: '<path d="M3 12V8M8 12V3M13 12V6" stroke="var(--muted)" stroke-width="3"/>',
};
const LAYER_NAMES = {
  phases: 'Phases', ranges: 'Ranges', levels: 'Support, resistance', blocks: 'Order blocks', gaps: 'Fair value gaps',
  swings: 'Swings', breaks: 'BOS, CHoCH', sweeps: 'Sweeps', patterns: 'Patterns', volume: 'Volume', ...(data.trades ? { trades: 'Trades' } : {}),
};
const LAYER_KEYS = { volume: 'v', trades: 'x' };

function countOf(layer) {
  if (layer === 'volume') return '';
  if (layer === 'trades') return wholeNumber.format(trades.length);
  if (layer !== 'patterns') return wholeNumber.format(layers[layer].length);
  return wholeNumber.format(state.signals.reduce((sum, signals) => sum + (signals?.length ?? 0), 0));
}

function toggleLayer(layer) {
  state.layers[layer] = !state.layers[layer];
  volumeSeries.applyOptions({ visible: state.layers.volume });
  document.querySelector(`[data-layer=${layer}]`).setAttribute('aria-pressed', state.layers[layer]);
  repaint();
}

function layerButton(layer, index) {
  const button = element('button', '');
  button.innerHTML = `<svg width="16" height="14" aria-hidden="true">${SWATCHES[layer]}</svg>`; // our own text alone
  button.append(element('span', '', LAYER_NAMES[layer]), element('span', 'count', countOf(layer)));
  button.dataset.layer = layer;
  button.title = `${countOf(layer)} Show or hide (key ${LAYER_KEYS[layer] ?? index + 1})`.trim();
  button.setAttribute('aria-pressed', state.layers[layer]);
  button.addEventListener('click', () => toggleLayer(layer));
  return button;
}

const search = document.getElementById('search');
const patternList = document.getElementById('patterns');

function refreshSignals() {
  state.signals = shownSignals();
  document.querySelector('[data-layer=patterns] .count').textContent = countOf('patterns');
  repaint();
}

function showPatterns(chosen, isShown) {
  for (const pattern of chosen) pattern.isShown = isShown;
  refreshSignals();
  listPatterns();
}

function patternRow(pattern) {
  const box = element('input', '');
  box.type = 'checkbox';
  box.checked = pattern.isShown;
  box.addEventListener('change', () => {
    pattern.isShown = box.checked;
    refreshSignals();
  });
  const counts = pattern.isNeutral
    ? [element('em', '', `◆ ${wholeNumber.format(pattern.up + pattern.down)}`), element('em', '')]
    : [element('em', 'up', `▲ ${wholeNumber.format(pattern.up)}`), element('em', 'down', `▼ ${wholeNumber.format(pattern.down)}`)];
  const row = element('label', 'pattern', box, element('code', '', pattern.code), element('span', '', pattern.name), ...counts);
  row.title = pattern.meaning;
  return row;
}

function listPatterns() {
  const words = search.value.toLowerCase().split(/[\s_]+/).filter(Boolean);
  const isFound = (pattern) => words.every((word) => `${pattern.name} ${pattern.code} ${pattern.meaning}`.toLowerCase().includes(word));
  const content = [];
  for (const [title, isEntry] of [['Entry types', true], ['Classical', false]]) {
    const found = patterns.filter((pattern) => pattern.isEntry === isEntry && isFound(pattern));
    if (!found.length) continue;
    const all = element('button', '', 'all');
    const none = element('button', '', 'none');
    all.addEventListener('click', () => showPatterns(found, true));
    none.addEventListener('click', () => showPatterns(found, false));
    content.push(element('div', 'group', element('span', '', title), all, none), ...found.map(patternRow));
  }
  if (!content.length) content.push(element('p', 'empty', 'No pattern of this name or meaning.'));
  patternList.replaceChildren(...content);
}

/** Pins the next (step 1) or previous (-1) candle with a shown pattern. */
function goToSignal(step) {
  const range = chart.timeScale().getVisibleLogicalRange();
  const begin = state.pinned ?? (step > 0 ? Math.floor(range.from) : Math.ceil(range.to));
  for (let row = Math.min(Math.max(begin, -1), rows) + step; row >= 0 && row < rows; row += step) {
    if (!state.signals[row]) continue;
    bringIntoView(row);
    pin(row);
    return;
  }
}

function toggleTheme() {
  setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark', true);
  colourChart();
  repaint();
}

const HELP = [
  ['← →', 'pan; with Shift by a whole view'], ['+ −', 'zoom'], ['0', 'show all candles'], ['Home, End', 'first, last candle'],
  ['[ ]', 'previous, next candle with a shown pattern'], ['/', 'filter patterns'], ['1 – 9, v, x', 'switch a layer on or off'],
  [', .', 'previous, next trade of the backtest'],
  ['t', 'light or dark'], ['Esc', 'free the pinned candle, leave the filter'],
];
const SIGNS = [
  ['Candle', 'filled: up; hollow: down'], ['▲ ▼ ◆', 'pattern for long, for short, without direction; larger: stronger'],
  ['HH HL LH LL', 'a swing at its own candle; known only some candles later: point at it'],
  ['BOS, CHoCH', 'from the broken swing to the candle that closed beyond it'], ['○', 'a sweep: a wick beyond a swing, closed back inside'],
  ['OB, FVG', 'solid frame: order block; dashed: fair value gap; paler once touched, ends when closed through'],
  ['R3, S2', 'the nearest resistance or support zone and the swings in it'], ['△ ✕', 'entry and exits of a trade, joined by a line in the colour of its result; dashed: stop, dotted: targets'],
  ['Top strip', 'phase of the market cycle; hatched: liquidity'],
];

function openHelp() {
  const dialog = document.getElementById('keys');
  const list = (entries) => element('dl', '', ...entries.flatMap(([name, text]) => [element('dt', '', name), element('dd', '', text)]));
  const close = element('button', '', 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.replaceChildren(element('h2', '', 'Keys'), list(HELP), element('h2', '', 'Signs'), list(SIGNS), close);
  dialog.showModal();
}

const KEYS = {
  '+': () => zoom(0.8), '=': () => zoom(0.8), '-': () => zoom(1.25), 0: showAll, Home: () => showRows(-2, host.clientWidth / 9), End: showLatest,
  '[': () => goToSignal(-1), ']': () => goToSignal(1), '/': () => search.focus(), t: toggleTheme, '?': openHelp, v: () => toggleLayer('volume'),
  ',': () => goToTrade(-1), '.': () => goToTrade(1), ...(data.trades ? { x: () => toggleLayer('trades') } : {}),
  Escape: () => pin(null),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.target === search) {
    if (event.key === 'Escape') search.blur();
    return;
  }
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const layer = Object.keys(LAYER_NAMES)[Number(event.key) - 1];
  const act = side ? () => pan(side * (event.shiftKey ? 0.9 : 0.1)) : KEYS[event.key] ?? (layer && (() => toggleLayer(layer)));
  if (!act) return;
  event.preventDefault();
  act();
}
