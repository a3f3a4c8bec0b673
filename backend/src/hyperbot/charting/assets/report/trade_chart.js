// The chart of one trade: its candles, the signal, entry, the stop's path, targets and exits.

const drawn = { chart: null, series: null, trade: null, candles: [], times: [] };

function rowAt(seconds) {
  return placeOf(drawn.times, seconds);
}

function endRow(trade) {
  return isClosed(trade) ? rowAt(trade.closed) : drawn.times.length - 1;
}

function paintBoxes(context, view) {
  const { trade } = drawn;
  if (!trade) return;
  const left = view.x(rowAt(trade.opened) - 0.5);
  const right = view.x(endRow(trade) + 0.5);
  const entry = view.y(trade.entry);
  const box = (price, colour) => {
    context.fillStyle = faded(colour, colours.isDark ? 0.14 : 0.1);
    context.fillRect(left, Math.min(entry, view.y(price)), right - left, Math.abs(view.y(price) - entry));
  };
  box(trade.stop, colours.down);
  if (trade.targets.length) box(trade.targets.at(-1), colours.up);
}

function stepsOf(trade) {
  const stops = trade.chart.stops.length ? trade.chart.stops : [[trade.opened, trade.stop]];
  return stops.map(([at, price], place) => ({
    price, start: Math.max(rowAt(at), rowAt(trade.opened)), end: place + 1 < stops.length ? rowAt(stops[place + 1][0]) : endRow(trade),
  }));
}

/** The stop where it really was: a line that steps when the stop was moved. */
function paintStops(context, view, trade) {
  context.strokeStyle = colours.down;
  context.lineWidth = 2;
  context.beginPath();
  stepsOf(trade).forEach(({ price, start, end }, place) => {
    const y = Math.round(view.y(price)) + 0.5;
    if (place) context.lineTo(view.x(start), y);
    else context.moveTo(view.x(start - 0.5), y);
    context.lineTo(view.x(Math.max(end, start) + (place + 1 < stepsOf(trade).length ? 0 : 0.5)), y);
  });
  context.stroke();
}

function paintPrices(context, view, trade) {
  const left = view.x(rowAt(trade.opened) - 0.5);
  const right = view.x(endRow(trade) + 0.5);
  const tag = (text, price, colour) => {
    setFont(context, 10, 600, 'right');
    haloed(context, text, left - 4, view.y(price), colour);
  };
  horizontal(context, left, right, view.y(trade.entry), colours.text, 1, []);
  trade.targets.forEach((price, place) => {
    horizontal(context, left, right, view.y(price), colours.up, 1, [5, 3]);
    tag(`T${place + 1}`, price, colours.up);
  });
  tag('SL', trade.stop, colours.down);
}

function paintMoments(context, view, trade) {
  const signal = rowAt(trade.signal - 1);
  if (signal >= 0) {
    const candle = drawn.candles[signal];
    const y = trade.side > 0 ? view.y(candle.low) + 10 : view.y(candle.high) - 10;
    diamond(context, view.x(signal), y, 4, colours.accent);
  }
  const colour = trade.side > 0 ? colours.up : colours.down;
  triangle(context, view.x(rowAt(trade.opened)), view.y(trade.entry), 7, trade.side, colour);
  for (const [at, price, , reason] of trade.leaving) {
    const [x, y] = [view.x(rowAt(at)), view.y(price)];
    context.fillStyle = colours.bg;
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.beginPath();
    context.rect(x - 3.5, y - 3.5, 7, 7);
    context.fill();
    context.stroke();
    setFont(context, 10, 600, 'left');
    haloed(context, reason, x + 8, y, colours.text);
  }
}

function paintTrade(context, view) {
  const { trade } = drawn;
  if (!trade) return;
  paintPrices(context, view, trade);
  paintStops(context, view, trade);
  paintMoments(context, view, trade);
}

/** Entry, stop and exits are always in view; a target only if it does not squash the candles. */
function withPlan(original) {
  const range = original()?.priceRange;
  const { trade } = drawn;
  if (!range || !trade) return null;
  const exits = trade.leaving.map(([, price]) => price);
  const prices = [trade.entry, trade.stop, ...exits, range.minValue, range.maxValue];
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const near = trade.targets.filter((price) => price < high + (high - low) && price > low - (high - low));
  return { priceRange: { minValue: Math.min(low, ...near), maxValue: Math.max(high, ...near) } };
}

function makeTradeChart(host) {
  drawn.chart = newTimeChart(host, { rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.08 } }, handleScroll: { mouseWheel: false, vertTouchDrag: false }, handleScale: { mouseWheel: false } });
  drawn.series = drawn.chart.addSeries(LIBRARY.CandlestickSeries, {
    priceLineVisible: false, lastValueVisible: false, autoscaleInfoProvider: withPlan,
    priceFormat: { type: 'custom', minMove: 1e-8, formatter: (price) => fixed(price, drawn.trade?.decimals ?? 2) },
  });
  drawn.series.attachPrimitive(new Painting('bottom', paintBoxes, viewOf));
  drawn.series.attachPrimitive(new Painting('top', paintTrade, viewOf));
  colouredWith(drawn.chart, () => drawn.series.applyOptions({
    upColor: colours.up, borderUpColor: colours.up, wickUpColor: colours.up,
    downColor: colours.bg, borderDownColor: colours.down, wickDownColor: colours.down,
  }));
}

function drawTradeChart(host, trade) {
  drawn.trade = trade;
  drawn.candles = candlesOf(trade.chart, trade.decimals);
  drawn.times = drawn.candles.map((candle) => candle.time);
  if (!drawn.chart) makeTradeChart(host);
  drawn.series.setData(drawn.candles);
  drawn.chart.priceScale('right').applyOptions({ autoScale: true });
  drawn.chart.timeScale().setVisibleLogicalRange({ from: -1, to: drawn.candles.length + 2 });
  root.dataset.trade = trade.id;
}
