// Runs side by side: verdicts, what differs, numbers, curves, rules.

const TONES = ['up', 'down', 'violet', 'muted', 'accent', 'warn'];
const STYLES = ['Solid', 'Dashed', 'Dotted', 'LargeDashed'];

function keyOf(place) {
  const mark = element('i', 'line');
  mark.style.borderTopColor = `var(--${TONES[place % TONES.length]})`;
  mark.style.borderTopStyle = STYLES[place % STYLES.length] === 'Solid' ? 'solid' : STYLES[place % STYLES.length] === 'Dotted' ? 'dotted' : 'dashed';
  return element('span', 'key', mark);
}

function runHeads() {
  return data.runs.map(({ name }) => [name, 'run-name', name]);
}

function runCard({ name, sentence, verdict, warnings }, place) {
  return element(
    'div', 'card', element('h3', '', keyOf(place), name), element('p', 'sentence', withMinus(sentence)), badge(verdict),
    element('ul', '', ...warnings.map((text) => element('li', '', `! ${text}`))),
  );
}

function numberRow({ name, texts, notes, tones, differences }) {
  return element('tr', '', rowHead(name), ...texts.map((text, place) => {
    const below = differences[place] ? element('span', 'delta', differences[place]) : element('small', '', notes[place]);
    return cell(element('span', 'stacked', element('span', tones[place], text), below), '', notes[place]);
  }));
}

function ruleCell(told) {
  if (!told) return cell(UNKNOWN);
  const { verdict, trades, mean, low, high } = told;
  const range = low === null || low === undefined ? '' : ` (${signed(low, 2)} to ${signed(high, 2)})`;
  return cell(element('span', 'stacked', element('span', '', verdict ? badge(verdict) : '', ' ', result(mean, 2, ' R')), element('small', '', `${countOf(trades, 'trade')}${range}`)));
}

function drawCurves() {
  const { at, curves } = data.curve;
  const chart = newTimeChart(byId('curves'), { handleScroll: { mouseWheel: false }, handleScale: { mouseWheel: false } });
  const lastOf = (values) => values.findLast((value) => value !== null);
  const lasts = () => (lines ?? []).map((made, place) => [made, lastOf(curves[place])]);
  const written = (value) => fixed(value, 1);
  let lines = null;
  lines = curves.map((values, place) => {
    const made = chart.addSeries(LIBRARY.LineSeries, {
      lineWidth: 2, priceLineVisible: false, lineStyle: LIBRARY.LineStyle[STYLES[place % STYLES.length]],
      priceFormat: { type: 'custom', minMove: 0.01, formatter: written, tickmarksFormatter: roomFor(lasts, written) },
    });
    made.setData(at.map((time, row) => (values[row] === null ? { time } : { time, value: values[row] })));
    return made;
  });
  colouredWith(chart, () => lines.forEach((each, place) => each.applyOptions({ color: colours[TONES[place % TONES.length]] })));
  chart.timeScale().fitContent();
  new ResizeObserver(() => chart.timeScale().fitContent()).observe(byId('curves'));
}

function turnTheme(name, isChosen) {
  setTheme(name, isChosen);
  recolourCharts();
}

function fillTables() {
  const differing = data.settings.map(({ name, values }) => element('tr', '', rowHead(name), ...values.map((value) => cell(value || UNKNOWN))));
  byId('settings').replaceChildren(differing.length ? table('Settings that differ', [['Setting', 'text'], ...runHeads()], differing) : empty('Nothing: settings, rules and candles are the same.'));
  byId('numbers-table').replaceChildren(table('Key numbers', [['Number', 'text'], ...runHeads()], data.numbers.map(numberRow)));
  const rulesOfRuns = data.rules.map(({ rule, runs }) => element('tr', '', rowHead(rule), ...runs.map(ruleCell)));
  byId('rules-table').replaceChildren(rulesOfRuns.length ? table('Rules alone', [['Rule', 'text'], ...runHeads()], rulesOfRuns) : empty('The signals were given: there is no rule to compare.'));
}

byId('title').textContent = data.runs.map(({ name }) => name).join(' · ');
byId('runs').replaceChildren(...data.runs.map(runCard));
byId('legend').replaceChildren(...data.runs.map(({ name }, place) => element('span', 'key', keyOf(place), name)));
fillTables();
drawCurves();
listenForPaper(turnTheme);
byId('theme').addEventListener('click', () => turnTheme(colours.isDark ? 'light' : 'dark', true));
document.addEventListener('keydown', (event) => {
  if (event.key === 't' && !event.ctrlKey && !event.metaKey) turnTheme(colours.isDark ? 'light' : 'dark', true);
});
requestAnimationFrame(() => requestAnimationFrame(() => {
  root.dataset.ready = String(Math.round(performance.now()));
}));
