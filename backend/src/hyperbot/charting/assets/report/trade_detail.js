// All about the chosen trade: in words, on its candles, condition by condition, price by price.

const detail = { host: null, chart: null };

function price(trade, value) {
  return fixed(value, trade.decimals);
}

function headOf(trade) {
  const words = `${trade.side > 0 ? 'Long' : 'Short'} ${trade.coin}`;
  const told = element('h3', '', `${words} · `, element('span', 'rule', trade.rule), ' · ', result(trade.r, 2, ' R'));
  const size = `${fixed(trade.size, decimalsOfSize(trade.size))} ${trade.coin} at ${price(trade, trade.entry)}`;
  const end = isClosed(trade) ? `${textOfSeconds(trade.closed)} UTC, after ${durationOf(trade.closed - trade.opened)}` : 'still open at the end';
  const doubt = trade.doubtful ? ' The order of prices within a candle is in doubt: the worse one counts.' : '';
  return [told, element('p', 'note', `${size}, ${textOfSeconds(trade.opened)} to ${end}.${doubt}`)];
}

/** As many decimals as the size was given with, at most 8. */
function decimalsOfSize(size) {
  const [, decimals = ''] = String(size).split('.');
  return Math.min(decimals.length, 8);
}

function askedText([, least, most]) {
  if (least === null && most === null) return 'any';
  if (least === most) return fixed(least, 3).replace(/\.?0+$/, '');
  if (least === null) return `at most ${fixed(most, 3).replace(/\.?0+$/, '')}`;
  if (most === null) return `at least ${fixed(least, 3).replace(/\.?0+$/, '')}`;
  return `${fixed(least, 3).replace(/\.?0+$/, '')} to ${fixed(most, 3).replace(/\.?0+$/, '')}`;
}

function seenText(value) {
  if (value === null) return 'not there';
  const size = Math.abs(value);
  return fixed(value, Number.isInteger(value) ? 0 : size >= 1000 ? 1 : size >= 10 ? 2 : 3);
}

function conditionItem([place, isMet, at, values]) {
  const { sentence, required, weight, facts } = TEXTS[place];
  const kind = required ? 'required' : `weight ${fixed(weight, 2).replace(/\.?0+$/, '')}`;
  const sign = element('span', `sign ${isMet ? 'met' : 'missed'}`, isMet ? '✓' : '✕');
  sign.setAttribute('aria-label', isMet ? 'met' : 'not met');
  sign.setAttribute('role', 'img');
  const seen = facts.map((fact, number) => element('li', '', element('code', '', fact[0]), ' ', element('b', '', seenText(values[number])), ` asked ${askedText(fact)}`));
  const when = at === null ? '' : ` · candle of ${textOfSeconds(at)}`;
  return element('li', '', sign, element('div', '', element('p', '', sentence, ' ', element('small', '', `${kind}${when}`)), element('ul', 'seen', ...seen)));
}

function conditionsOf(trade) {
  const told = trade.chart;
  if (!told) return [];
  if (!told.conditions.length) return [element('h4', '', 'Why'), element('p', 'note', 'The signal was given: no condition was tested.')];
  const met = told.conditions.filter(([, isMet]) => isMet).length;
  return [
    element('h4', '', `Why: ${met} of ${countOf(told.conditions.length, 'condition')} met`),
    element('p', 'note', `Score ${fixed(told.score, 2)}, ${fixed(told.needed, 2)} was needed.`),
    element('ol', 'conditions', ...told.conditions.map(conditionItem)),
  ];
}

function eventsOf(trade) {
  const inR = (value) => {
    const risk = Math.abs(trade.entry - trade.stop);
    return risk ? signed((trade.side * (value - trade.entry)) / risk, 2) : UNKNOWN;
  };
  const row = (name, at, value, size, inUnits = inR(value)) => element('tr', '', rowHead(name), cell(at === null ? '' : textOfSeconds(at).slice(5), 'text', at === null ? '' : `${textOfSeconds(at)} UTC`), cell(price(trade, value)), cell(inUnits), cell(size));
  const stops = trade.chart?.stops?.length > 1 ? trade.chart.stops.slice(1) : [];
  const doubt = (isDoubtful) => (isDoubtful ? ' (in doubt)' : '');
  const rowsOfTable = [
    [trade.opened, row('entry', trade.opened, trade.entry, '100 %', '0')],
    [trade.opened, row('first stop', trade.opened, trade.stop, '')],
    ...trade.targets.map((value, place) => [trade.opened, row(`target ${place + 1}`, null, value, '')]),
    // an exit at a target moves the stop, so it comes before it
    ...trade.leaving.map(([at, value, size, reason, isDoubtful]) => [at, row(`exit: ${exitText(reason)}${doubt(isDoubtful)}`, at, value, percent(size / trade.size, 0))]),
    ...stops.map(([at, value]) => [at, row('stop moved', at, value, '')]),
  ];
  rowsOfTable.sort(([one], [other]) => one - other);
  return table('Prices of the trade', [['What', 'text'], ['When (UTC)', 'text'], ['Price'], ['R'], ['Of size']], rowsOfTable.map(([, made]) => made));
}

function costsOf(trade) {
  const plain = (value) => signed(value, Math.abs(value) < 1 && value ? 4 : 2);
  return definitions([
    ['Gross', plain(trade.gross)], ['Fees', plain(-trade.fees)], ['Slippage, in gross', plain(-trade.slippage)], ['Funding', plain(trade.funding)],
    ...(trade.forfeited ? [['Forfeited', plain(-trade.forfeited)]] : []),
    ['Net', result(trade.net, 2)], ['At risk', fixed(trade.risk, 2)],
    ['MAE', `${signed(trade.mae_r, 2)} R`], ['MFE', `${signed(trade.mfe_r, 2)} R`],
  ], 'facts narrow');
}

function fillDetail(trade) {
  const host = byId('trade-detail');
  if (!detail.chart) {
    detail.chart = element('figure', 'chart');
    detail.chart.id = 'trade-chart';
    detail.head = element('div');
    detail.head.setAttribute('aria-live', 'polite');
    detail.rest = element('div', 'rest');
    detail.missing = empty('No candles were kept for this trade.');
    host.replaceChildren(detail.head, detail.chart, detail.missing, detail.rest);
  }
  detail.head.replaceChildren(...headOf(trade));
  detail.chart.hidden = !trade.chart;
  detail.missing.hidden = Boolean(trade.chart);
  detail.chart.setAttribute('aria-label', `Candles around the trade, from ${textOfSeconds(trade.opened)}`);
  if (trade.chart) drawTradeChart(detail.chart, trade);
  detail.rest.replaceChildren(element('div', '', eventsOf(trade), costsOf(trade)), element('div', '', ...conditionsOf(trade)));
}
