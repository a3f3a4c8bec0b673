// The section of the account: legend, switch, read-out; the chart itself is in equity_chart.js.

function swatch(className, text) {
  return element('span', 'key', element('i', className), text);
}

function isInSight({ since, until }) {
  return since < curve.at.at(-1) && (until === null || until > curve.at[0]);
}

/** One sentence for all coins with the same stretch kept back. */
function keptBackText([first, ...others]) {
  const coins = [first, ...others].map(({ coin }) => coin).join(', ').replace(/, ([^,]+)$/, ' and $1');
  const until = first.until === null ? 'on' : `to ${dayOf(first.until)}`;
  return `${coins} ${others.length ? 'are' : 'is'} kept back from ${dayOf(first.since)} ${until}: ${first.opened_for ? `opened for ${first.opened_for}` : 'still locked'}.`;
}

function fillLegend() {
  const keys = [swatch('line equity', 'equity')];
  if (curve.hold) keys.push(swatch('line hold', 'hold: all coins bought and kept'));
  keys.push(swatch('area fall', 'drawdown'));
  if (curve.embargoes.some((each) => each.at > curve.at[0])) keys.push(swatch('area known', 'in sample: the source may have known it'));
  if (curve.hold_outs.some(isInSight)) keys.push(swatch('area kept', 'kept back'));
  byId('equity-legend').replaceChildren(...keys);
}

function noteOfEquity() {
  const told = [`Each point is the last value of ${durationOf(curve.every)}, its drawdown the deepest within.`];
  for (const each of curve.embargoes) {
    if (each.at <= curve.at[0]) continue;
    const rules = each.rules.length > 3 ? `${each.rules.length} rules` : each.rules.join(', ');
    told.push(`Before ${textOfSeconds(each.at)} nothing counts for ${rules}: ${each.reason}.`.replace('..', '.'));
  }
  const stretches = new Map();
  for (const each of curve.hold_outs) {
    const key = [each.since, each.until, each.opened_for].join();
    stretches.set(key, [...(stretches.get(key) ?? []), each]);
  }
  told.push(...[...stretches.values()].map(keptBackText));
  if (trades.length) told.push('Drag over the chart to show the trades of a range alone.');
  return told.join(' ');
}

function tellMoment(row) {
  const parts = [textOfSeconds(curve.at[row]), element('b', '', fixed(curve.equity[row], 2))];
  if (curve.hold) parts.push('hold', element('b', '', fixed(curve.hold[row], 2)));
  parts.push('drawdown', element('b', '', `${signed(-curve.drawdown[row] / 100, 2)} %`));
  byId('equity-readout').replaceChildren(...parts.flatMap((part) => [part, ' ']));
}

function fillEquity() {
  const host = byId('equity-chart');
  const log = byId('log');
  if (curve.at.length < 2) {
    host.replaceWith(empty('The account was seen at one moment only: there is no curve to draw.'));
    log.hidden = true;
    return;
  }
  fillLegend();
  byId('equity-note').textContent = noteOfEquity();
  drawEquity(host);
  const isPossible = [...curve.equity, ...(curve.hold ?? [])].every((value) => value > 0);
  log.disabled = !isPossible;
  log.title = isPossible ? 'Equal distances are equal percentages' : 'The account reached zero: no logarithm shows that';
  log.addEventListener('click', () => {
    const isLog = log.getAttribute('aria-pressed') !== 'true';
    log.setAttribute('aria-pressed', String(isLog));
    setLog(isLog);
  });
  const last = curve.at.length - 1;
  equityChart.subscribeCrosshairMove((event) => {
    const row = event.logical === undefined ? last : Math.min(Math.max(Math.round(event.logical), 0), last);
    tellMoment(row);
  });
  tellMoment(last);
  if (trades.length) listenForRange(host);
  whenFiltered(repaintEquity);
}
