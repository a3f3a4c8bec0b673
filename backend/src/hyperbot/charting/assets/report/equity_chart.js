// The chart of the account: equity and benchmark, drawdown below, shading behind, a range to drag.

const curve = data.curve;
const dragging = { from: null, to: null };
let equityChart = null;
let equitySeries = null;
let holdSeries = null;
let fallSeries = null;

function shadeBetween(context, view, since, until, colour) {
  const left = view.x(since === null ? -0.5 : placeOfTime(curve.at, since));
  const right = view.x(until === null ? curve.at.length : placeOfTime(curve.at, until));
  context.fillStyle = colour;
  context.fillRect(left, 0, right - left, view.height);
}

function paintSpans(context, view) {
  const embargo = Math.max(...curve.embargoes.map((each) => each.at), -Infinity);
  if (embargo > curve.at[0]) shadeBetween(context, view, null, embargo, faded(colours.dim, colours.isDark ? 0.2 : 0.14));
  for (const each of curve.hold_outs) {
    const colour = each.opened_for ? faded(colours.violet, 0.14) : hatching(context, faded(colours.violet, 0.45));
    shadeBetween(context, view, each.since, each.until, colour);
  }
  for (const each of curve.embargoes) {
    if (each.at > curve.at[0]) upright(context, view, each.at, colours.dim);
  }
}

function upright(context, view, time, colour) {
  const x = Math.round(view.x(placeOfTime(curve.at, time))) + 0.5;
  context.setLineDash([4, 3]);
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, view.height);
  context.stroke();
  context.setLineDash([]);
}

/** What lies outside of the chosen range steps back. */
function paintRange(context, view) {
  const since = dragging.from ?? filter.since;
  const until = dragging.to ?? filter.until;
  const veil = faded(colours.bg, 0.62);
  if (since !== null) shadeBetween(context, view, null, since, veil);
  if (until !== null) shadeBetween(context, view, until, null, veil);
}

function pairsOf(values) {
  return curve.at.map((time, row) => ({ time, value: values[row] }));
}

/** The scale of drawdowns begins at none, and is never so fine that nothing looks like much. */
function fromZero(original) {
  const range = original()?.priceRange;
  return range && { priceRange: { minValue: Math.min(range.minValue, -0.01), maxValue: 0 } };
}

function moneyText(value) {
  return fixed(value, Math.abs(value) < 1000 && !Number.isInteger(value) ? 2 : 0);
}

function shareText(value) {
  return `${fixed(100 * value, 1)} %`;
}

function lastsOfMoney() {
  return [[equitySeries, curve.equity.at(-1)], ...(holdSeries ? [[holdSeries, curve.hold.at(-1)]] : [])];
}

function lastsOfFalls() {
  return [[fallSeries, -curve.drawdown.at(-1) / 10000]];
}

function drawEquity(host) {
  equityChart = newTimeChart(host, { handleScroll: false, handleScale: false });
  const plain = { priceLineVisible: false, lastValueVisible: true, crosshairMarkerRadius: 3 };
  const money = { type: 'custom', minMove: 0.01, formatter: moneyText, tickmarksFormatter: roomFor(lastsOfMoney, moneyText) };
  if (curve.hold) {
    holdSeries = equityChart.addSeries(LIBRARY.LineSeries, { ...plain, lineWidth: 1, priceFormat: money, lineStyle: LIBRARY.LineStyle.LargeDashed });
    holdSeries.setData(pairsOf(curve.hold));
  }
  equitySeries = equityChart.addSeries(LIBRARY.LineSeries, { ...plain, lineWidth: 2, priceFormat: money });
  equitySeries.setData(pairsOf(curve.equity));
  const share = { type: 'custom', minMove: 0.0001, formatter: shareText, tickmarksFormatter: roomFor(lastsOfFalls, shareText) };
  fallSeries = equityChart.addSeries(LIBRARY.AreaSeries, { ...plain, lineWidth: 1, priceFormat: share, invertFilledArea: true, autoscaleInfoProvider: fromZero }, 1);
  fallSeries.setData(pairsOf(curve.drawdown.map((each) => -each / 10000)));
  for (const series of [equitySeries, fallSeries]) {
    series.attachPrimitive(new Painting('bottom', paintSpans, viewOf));
    series.attachPrimitive(new Painting('top', paintRange, viewOf));
  }
  const [upper, lower] = equityChart.panes();
  upper.setStretchFactor(0.72);
  lower.setStretchFactor(0.28);
  colouredWith(equityChart, colourEquity);
  equityChart.timeScale().fitContent();
  new ResizeObserver(() => equityChart.timeScale().fitContent()).observe(host);
}

function colourEquity() {
  equitySeries.applyOptions({ color: colours.up });
  holdSeries?.applyOptions({ color: colours.muted });
  fallSeries.applyOptions({ lineColor: colours.down, topColor: faded(colours.down, 0.05), bottomColor: faded(colours.down, 0.3) });
}

function setLog(isLog) {
  const mode = isLog ? LIBRARY.PriceScaleMode.Logarithmic : LIBRARY.PriceScaleMode.Normal;
  equitySeries.priceScale().applyOptions({ mode });
}

/** Asks for a new picture: the library draws primitives only when something changes. */
function repaintEquity() {
  equityChart?.applyOptions({});
}

function timeAt(host, event) {
  const place = equityChart.timeScale().coordinateToLogical(event.clientX - host.getBoundingClientRect().left);
  return curve.at[Math.min(Math.max(Math.round(place ?? 0), 0), curve.at.length - 1)];
}

function listenForRange(host) {
  let start = null;
  host.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.target.closest('a')) return;
    start = { x: event.clientX, time: timeAt(host, event) };
  });
  window.addEventListener('pointermove', (event) => {
    if (!start || Math.abs(event.clientX - start.x) < 4) return;
    const ends = [start.time, timeAt(host, event)].sort((one, other) => one - other);
    [dragging.from, dragging.to] = ends;
    repaintEquity();
  });
  window.addEventListener('pointerup', () => {
    const { from, to } = dragging;
    start = null;
    dragging.from = null;
    dragging.to = null;
    if (from !== null && to > from) setFilter({ since: from, until: to });
  });
}
