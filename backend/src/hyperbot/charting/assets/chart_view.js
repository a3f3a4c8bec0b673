// The chart itself: candles, volume, paintings; and how it moves.

const host = document.getElementById('chart');
const chart = LightweightCharts.createChart(host, {
  autoSize: true,
  layout: { fontFamily: FONT, fontSize: 11, attributionLogo: true },
  crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
  rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.2 } },
  timeScale: { timeVisible: data.candles.step < 86400, secondsVisible: false, rightOffset: 8, minBarSpacing: 0.03, borderVisible: false },
  localization: { locale: 'en-GB', timeFormatter: (seconds) => `${textOfSeconds(seconds)} UTC` },
});
const candleSeries = chart.addSeries(LightweightCharts.CandlestickSeries, {
  priceFormat: { type: 'custom', minMove: 10 ** -data.decimals, formatter: (price) => priceFormat.format(price) },
  priceLineStyle: LightweightCharts.LineStyle.Dotted,
});
const volumeSeries = chart.addSeries(LightweightCharts.HistogramSeries, {
  priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false,
});
volumeSeries.priceScale().applyOptions({ scaleMargins: { top: 0.87, bottom: 0 } });

const paintings = [new Painting('bottom', paintBehind, viewOf), new Painting('top', paintOver, viewOf)];

function fillChart() {
  candleSeries.setData(times.map((time, row) => ({
    time, open: candles.open[row], high: candles.high[row], low: candles.low[row], close: candles.close[row],
  })));
  for (const painting of paintings) candleSeries.attachPrimitive(painting);
}

function isUp(row) {
  return candles.close[row] >= candles.open[row];
}

/** Up is filled and down hollow, so that the colour is never alone. */
function colourChart() {
  chart.applyOptions({
    layout: { background: { type: 'solid', color: colours.bg }, textColor: colours.muted },
    grid: { vertLines: { color: colours.grid }, horzLines: { color: colours.grid } },
    crosshair: {
      vertLine: { color: colours.dim, labelBackgroundColor: colours.strong },
      horzLine: { color: colours.dim, labelBackgroundColor: colours.strong },
    },
  });
  candleSeries.applyOptions({
    upColor: colours.up, borderUpColor: colours.up, wickUpColor: colours.up,
    downColor: colours.bg, borderDownColor: colours.down, wickDownColor: colours.down,
    // else the last price and its label take the colour of the body: of a hollow one, none
    priceLineColor: isUp(rows - 1) ? colours.up : colours.down,
  });
  volumeSeries.setData(times.map((time, row) => ({
    time, value: candles.volume[row], color: faded(isUp(row) ? colours.up : colours.down, 0.35),
  })));
}

function repaint() {
  for (const painting of paintings) painting.refresh?.();
}

function showRows(from, to) {
  chart.timeScale().setVisibleLogicalRange({ from, to });
}

function showLatest() {
  const fitting = Math.round(host.clientWidth / 9);
  showRows(rows - Math.min(fitting, Math.max(rows, 40)), rows + 6);
}

function showAll() {
  showRows(-1, rows + 1);
}

/** Moves the view by a share of its width. */
function pan(share) {
  const range = chart.timeScale().getVisibleLogicalRange();
  const step = share * (range.to - range.from);
  const most = rows + 6 - range.to;
  const least = -range.from - 6;
  const kept = Math.max(Math.min(step, Math.max(most, 0)), Math.min(least, 0));
  showRows(range.from + kept, range.to + kept);
}

/** Zooms around the right edge, where the eye of a trader is; factor > 1 shows more. */
function zoom(factor) {
  const range = chart.timeScale().getVisibleLogicalRange();
  const width = Math.min(Math.max((range.to - range.from) * factor, 10), rows + 20);
  showRows(range.to - width, range.to);
}

function bringIntoView(row) {
  const range = chart.timeScale().getVisibleLogicalRange();
  if (row >= range.from + 2 && row <= range.to - 2) return;
  const half = (range.to - range.from) / 2;
  showRows(row - half, row + half);
}
