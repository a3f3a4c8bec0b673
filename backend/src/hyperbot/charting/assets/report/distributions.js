// How results spread: a histogram of R, and how far trades went against and for before.

const BIN = 0.25;
const WIDEST = 4;
const DEEPEST = 2;

function clippedR(value) {
  return Math.min(Math.max(value, -WIDEST), WIDEST - 1e-9);
}

/** Trades by R in bins of a quarter; the outermost bins hold all beyond, and what made nothing is below 0. */
function binsOf(closed) {
  const bins = new Map();
  for (const trade of closed) {
    const bin = trade.r === 0 ? -1 : Math.floor(clippedR(trade.r) / BIN);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const places = [...bins.keys(), -4, 3];
  const lowest = Math.min(...places);
  const highest = Math.max(...places);
  return Array.from({ length: highest - lowest + 1 }, (_, place) => ({ bin: lowest + place, count: bins.get(lowest + place) ?? 0 }));
}

function binText(bin) {
  const low = bin * BIN;
  if (low <= -WIDEST) return `below ${signed(-WIDEST + BIN, 2)} R`;
  if (low + BIN >= WIDEST) return `${signed(WIDEST - BIN, 2)} R and more`;
  return `${signed(low, 2)} to ${signed(low + BIN, 2)} R`;
}

function histogramOf(closed, width) {
  const height = 260;
  const bins = binsOf(closed);
  const most = Math.max(...bins.map(({ count }) => count), 1);
  const x = scaleOf(bins[0].bin * BIN, (bins.at(-1).bin + 1) * BIN, 40, width - 20);
  const y = scaleOf(0, most, height - 24, 20);
  const parts = ticksOf(0, most, 4).filter(Number.isInteger).flatMap((tick) => [line(40, y(tick), width - 20, y(tick), 'grid'), label(fixed(tick, 0), 34, y(tick) + 4, 'end')]);
  for (const { bin, count } of bins) {
    const left = x(bin * BIN);
    const box = { x: left + 1, y: y(count), width: Math.max(x((bin + 1) * BIN) - left - 2, 1), height: y(0) - y(count), class: bin >= 0 ? 'won' : 'lost' };
    if (count) parts.push(shape('rect', box, titled(`${binText(bin)}: ${countOf(count, 'trade')}`)));
  }
  parts.push(line(40, y(0), width - 20, y(0), 'axis'));
  for (const tick of ticksOf(bins[0].bin * BIN, (bins.at(-1).bin + 1) * BIN, Math.min(10, width / 60))) {
    parts.push(label(tick === 0 ? '0' : signed(tick, Number.isInteger(tick) ? 0 : 1), x(tick), height - 8));
  }
  const mean = meanOf(closed, (trade) => trade.r);
  const at = x(clippedR(mean));
  parts.push(line(at, 14, at, y(0), 'meanline'), label(`mean ${signed(mean, 2)} R`, at, 10, at > width / 2 ? 'end' : 'start', 'strong'));
  return drawing(width, height, `Histogram of ${countOf(closed.length, 'trade')} by R, mean ${signed(mean, 2)}`, ...parts);
}

function pointOf(trade, x, y) {
  const spot = { cx: x(Math.max(trade.mae_r, -DEEPEST)), cy: y(Math.min(trade.mfe_r, WIDEST)), r: 3, class: `spot ${trade.r > 0 ? 'won' : 'lost'}`, 'data-trade': trade.place };
  return shape('circle', spot, titled(`${trade.rule} ${trade.coin}, ${textOfSeconds(trade.opened)}: ${signed(trade.r, 2)} R, against ${signed(trade.mae_r, 2)}, for ${signed(trade.mfe_r, 2)}`));
}

function excursionsOf(closed, width) {
  const height = 260;
  const highest = Math.max(1, Math.min(WIDEST, Math.ceil(Math.max(...closed.map((trade) => trade.mfe_r)))));
  const lowest = Math.min(-1.25, Math.max(-DEEPEST, Math.floor(4 * Math.min(...closed.map((trade) => trade.mae_r))) / 4));
  const x = scaleOf(lowest, 0, 40, width - 12);
  const y = scaleOf(0, highest, height - 36, 8);
  const parts = ticksOf(0, highest, 5).flatMap((tick) => [line(40, y(tick), width - 12, y(tick), 'grid'), label(signed(tick, tick % 1 ? 1 : 0), 34, y(tick) + 4, 'end')]);
  for (const tick of ticksOf(lowest, 0, 5)) parts.push(line(x(tick), 8, x(tick), y(0), 'grid'), label(tick ? signed(tick, 2) : '0', x(tick), height - 20));
  parts.push(label('furthest against, in R (MAE)', (40 + width) / 2, height - 4), ...closed.map((trade) => pointOf(trade, x, y)));
  return drawing(width, height, `${countOf(closed.length, 'trade')} by how far price went against and for them`, ...parts);
}

function isBeyond(trade) {
  return trade.mfe_r > WIDEST || trade.mae_r < -DEEPEST;
}

function beyondText(closed, test, where) {
  const count = closed.filter(test).length;
  return count ? `; ${wholeNumber.format(count)} beyond the scale ${count === 1 ? 'lies' : 'lie'} ${where}` : '';
}

function titledFigure(id, title, note, content) {
  const head = element('h3', '', title);
  head.id = `${id}-title`;
  byId(id).replaceChildren(head, element('p', 'note', note), content);
}

function drawDistributions(width) {
  const closed = shown.filter(isClosed);
  const aside = (text) => (closed.length ? text : '');
  const none = () => empty(trades.length ? 'No closed trade fits the filter.' : 'No trade was closed in this run.');
  const [won, lost] = [closed.filter((trade) => trade.r > 0).length, closed.filter((trade) => trade.r <= 0).length];
  titledFigure(
    'histogram', 'R of each trade', aside(`${countOf(won, 'trade')} above 0 (filled), ${wholeNumber.format(lost)} at or below (hollow); bins of a quarter R${beyondText(closed, (trade) => Math.abs(trade.r) > WIDEST, 'in the outermost bin')}.`),
    closed.length ? histogramOf(closed, width) : none(),
  );
  titledFigure(
    'excursions', 'Furthest for (MFE) over furthest against (MAE), in R', aside(`Filled points won, hollow ones lost; choose one to see its trade${beyondText(closed, isBeyond, 'at the edge')}.`),
    closed.length ? excursionsOf(closed, width) : none(),
  );
}

function fillDistributions() {
  const redraw = drawnIn(byId('histogram'), drawDistributions);
  whenFiltered(redraw);
  byId('excursions').addEventListener('click', (event) => {
    const place = event.target.closest?.('[data-trade]')?.dataset.trade;
    if (place) showTrade(trades[place], { isScrolled: true });
  });
}
