// The trades of a backtest: their way, stop and targets on the chart, in words, and in a list.

const trades = data.trades ?? [];
const CLEAR_SPACING = 2; // pixels a candle from which stops, targets and results are readable
const RESULTS = { win: 1, loss: -1, breakeven: 0, pending: 0 };

function colourOfTrade(trade) {
  return colourOf(trade.outcome === 'pending' ? Math.sign(trade.r) : RESULTS[trade.outcome]);
}

function signed(value, digits) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** Its fills, and where it stood at the last candle if it is still open. */
function pointsOf(trade) {
  const exits = trade.exits.filter(([row]) => row >= 0);
  return trade.cut ? [...exits, [trade.end, candles.close[trade.end], '']] : exits;
}

function paintLadder(context, view, trade) {
  const { left, right, width } = spanOf(view, trade.start, trade.end);
  const entry = view.y(trade.entry);
  const farthest = trade.targets.length ? view.y(trade.targets.at(-1)) : entry;
  for (const [price, colour] of [[view.y(trade.stop), colours.down], [farthest, colours.up]]) {
    context.fillStyle = faded(colour, colours.isDark ? 0.13 : 0.09);
    context.fillRect(left, Math.min(entry, price), width, Math.abs(price - entry));
  }
  horizontal(context, left, right, view.y(trade.stop), colours.down, 1.5, [5, 3]);
  for (const target of trade.targets) horizontal(context, left, right, view.y(target), colours.up, 1.5, [2, 3]);
}

function cross(context, x, y, size, colour) {
  for (const [width, stroke] of [[5, colours.bg], [2.2, colour]]) {
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x - size, y + size);
    context.lineTo(x + size, y - size);
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.stroke();
  }
}

function paintWay(context, view, trade) {
  const colour = colourOfTrade(trade);
  const x = view.x(Math.max(trade.start, -1));
  const y = view.y(trade.entry);
  context.lineWidth = trade === state.trade ? 3 : 2;
  context.strokeStyle = colour;
  for (const [row, price] of pointsOf(trade)) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(view.x(row), view.y(price));
    context.stroke();
  }
  const size = view.spacing < CLEAR_SPACING ? 4 : 6;
  for (const [row, price, reason] of pointsOf(trade)) if (reason) cross(context, view.x(row), view.y(price), size * 0.6, colour);
  if (trade.start < 0) return;
  triangle(context, x, y, size + 2, trade.side, colours.bg);
  triangle(context, x, y, size, trade.side, colours.text);
}

function paintResult(context, view, trade) {
  const [row, price] = pointsOf(trade).at(-1);
  setFont(context, 11, 700, 'left');
  const text = `${signed(trade.r, 2)} R${trade.reason ? ` ${trade.reason}` : ' open'}`;
  haloed(context, text, view.x(row) + 8, view.y(price), colourOfTrade(trade));
}

function paintTrades(context, view) {
  const visible = trades.filter((trade) => isVisible(view, trade));
  const isClear = view.spacing >= CLEAR_SPACING;
  for (const trade of visible.filter((each) => isClear || each === state.trade)) paintLadder(context, view, trade);
  for (const trade of visible) paintWay(context, view, trade);
  for (const trade of visible.filter((each) => view.spacing >= LABEL_SPACING || each === state.trade)) if (pointsOf(trade).length) paintResult(context, view, trade);
}

function tradeTitle(trade) {
  return `${trade.rule} ${trade.side > 0 ? 'long' : 'short'} ${signed(trade.r, 2)} R · net ${signed(trade.net, 2)} · ${trade.reason || 'still open'}`;
}

function tradeDetail(trade) {
  const price = (value) => priceFormat.format(value);
  const exits = trade.exits.map(([, at, reason]) => `${reason} ${price(at)}`).join(', ');
  const parts = [
    `${textOfSeconds(trade.opened)} → ${trade.closed === null ? 'open' : textOfSeconds(trade.closed)} UTC`,
    `entry ${price(trade.entry)}, stop ${price(trade.stop)}`,
    trade.targets.length ? `targets ${trade.targets.map(price).join(', ')}` : '', exits ? `exits ${exits}` : '', `costs ${signed(-trade.costs, 2)}`,
    trade.doubtful ? 'doubtful: another order of prices within a candle would change it' : '',
  ];
  return parts.filter(Boolean).join('; ');
}

function tradeLine(trade) {
  return { tone: toneOf(RESULTS[trade.outcome]), sign: arrowOf(trade.side), title: tradeTitle(trade), detail: tradeDetail(trade) };
}

/** Whether the pointer is near a trade's way, stop or targets. */
function isAtTrade(trade, row, y) {
  if (row < trade.start - 1 || row > trade.end + 1) return false;
  const at = (price) => candleSeries.priceToCoordinate(price);
  const levels = [trade.entry, trade.stop, ...trade.targets];
  if (levels.some((price) => Math.abs(y - at(price)) < NEAR)) return true;
  return pointsOf(trade).some(([end, price]) => {
    const share = end > trade.start ? Math.min(Math.max((row - trade.start) / (end - trade.start), 0), 1) : 1;
    return Math.abs(y - at(trade.entry + share * (price - trade.entry))) < 2 * NEAR;
  });
}

function showTrade(trade) {
  state.trade = trade;
  for (const row of document.querySelectorAll('.trade')) row.setAttribute('aria-current', row.dataset.trade === String(trades.indexOf(trade)));
  document.getElementById('told').replaceChildren(element('b', '', tradeTitle(trade)), ` ${tradeDetail(trade)}`);
  document.querySelector('.trade[aria-current=true]').scrollIntoView({ block: 'nearest' });
  const { from, to } = chart.timeScale().getVisibleLogicalRange();
  const width = Math.min(Math.max(to - from, 1.5 * (trade.end - trade.start)), Math.max(240, 1.5 * (trade.end - trade.start)));
  const middle = (trade.start + trade.end) / 2;
  showRows(middle - width / 2, middle + width / 2);
  pin(Math.max(trade.start, 0));
}

function goToTrade(step) {
  if (!trades.length) return;
  const place = state.trade ? trades.indexOf(state.trade) + step : step > 0 ? 0 : trades.length - 1;
  if (trades[place]) showTrade(trades[place]);
}

function tradeRow(trade, place) {
  const tone = toneOf(RESULTS[trade.outcome]);
  const row = element(
    'button', 'trade', element('b', '', arrowOf(trade.side)), element('span', '', textOfSeconds(trade.opened).slice(2)), element('span', '', trade.rule),
    element('em', tone, `${signed(trade.r, 2)} R`), element('em', '', trade.reason || 'open'),
  );
  row.dataset.trade = place;
  row.title = tradeTitle(trade);
  row.addEventListener('click', () => showTrade(trade));
  return row;
}

function listTrades() {
  document.getElementById('trades').hidden = !data.trades;
  document.querySelector('aside').classList.toggle('traded', Boolean(data.trades));
  const rowsOfTrades = trades.map(tradeRow);
  document.getElementById('trade-list').replaceChildren(...(trades.length ? rowsOfTrades : [element('p', 'empty', 'No trade of this coin in these candles.')]));
  document.getElementById('previous-trade').addEventListener('click', () => goToTrade(-1));
  document.getElementById('next-trade').addEventListener('click', () => goToTrade(1));
}
