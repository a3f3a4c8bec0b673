// The section of the account: legend, switch, read-out; the chart itself is in equity_chart.js.

function swatch(className, text) {
  return element('span', 'key', element('i', className), text);
}

function fillLegend() {
  const keys = [swatch('line equity', 'equity')];
  if (curve.hold) keys.push(swatch('line hold', 'hold: all coins bought and kept'));
  keys.push(swatch('area fall', 'drawdown'));
  if (curve.embargoes.some((each) => each.at > curve.at[0])) keys.push(swatch('area known', 'in sample: the source may have known it'));
  if (curve.hold_outs.length) keys.push(swatch('area kept', 'kept back'));
  byId('equity-legend').replaceChildren(...keys);
}

function noteOfEquity() {
  const told = [`Each point is the last value of ${durationOf(curve.every)}, its drawdown the deepest within.`];
  for (const each of curve.embargoes) {
    if (each.at <= curve.at[0]) continue;
    const rules = each.rules.length > 3 ? `${each.rules.length} rules` : each.rules.join(', ');
    told.push(`Before ${textOfSeconds(each.at)} nothing counts for ${rules}: ${each.reason}.`.replace('..', '.'));
  }
  for (const each of curve.hold_outs) {
    const until = each.until === null ? 'on' : `to ${dayOf(each.until)}`;
    told.push(`${each.coin} is kept back from ${dayOf(each.since)} ${until}: ${each.opened_for ? `opened for ${each.opened_for}` : 'still locked'}.`);
  }
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
