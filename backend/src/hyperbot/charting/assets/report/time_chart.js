// What all charts over time have in common: their look, and how times become pixels.

const LIBRARY = LightweightCharts;
const charts = [];
const drawnCharts = new Map();

function newTimeChart(host, options) {
  const made = LIBRARY.createChart(host, {
    autoSize: true,
    layout: { fontFamily: FONT, fontSize: 11, attributionLogo: true, panes: { enableResize: false } },
    crosshair: { mode: LIBRARY.CrosshairMode.Normal },
    rightPriceScale: { borderVisible: false },
    timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false, minBarSpacing: 0.01 },
    localization: { locale: 'en-GB', timeFormatter: (seconds) => `${textOfSeconds(seconds)} UTC` },
    ...options,
  });
  drawnCharts.set(made, host);
  return made;
}

/** For paper a picture of each chart in its place: canvases keep the width of the window. */
const PAPER = 700; // about what A4 and Letter leave between their margins

function picturesForPaper() {
  for (const [chart, host] of drawnCharts) {
    host.querySelector('.printed')?.remove();
    if (!host.clientHeight) continue;
    chart.applyOptions({ layout: { fontSize: 11 * Math.max(1, host.clientWidth / PAPER) } });
    const picture = chart.takeScreenshot(true);
    picture.className = 'printed';
    picture.style.width = `${host.clientWidth}px`;
    host.append(picture);
    chart.applyOptions({ layout: { fontSize: 11 } });
  }
}

/** Colours belong to the theme: `recolour` is called now and whenever it turns. */
function colouredWith(chart, recolour) {
  const colour = () => {
    chart.applyOptions({
      layout: { background: { type: 'solid', color: colours.bg }, textColor: colours.muted, panes: { separatorColor: colours.border, separatorHoverColor: colours.border } },
      grid: { vertLines: { color: colours.grid }, horzLines: { color: colours.grid } },
      crosshair: { vertLine: { color: colours.dim, labelBackgroundColor: colours.strong }, horzLine: { color: colours.dim, labelBackgroundColor: colours.strong } },
    });
    recolour();
  };
  charts.push(colour);
  colour();
}

function recolourCharts() {
  for (const colour of charts) colour();
}

/** The last place in `sorted` that holds at most `value`, or -1. */
function placeOf(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How rows and prices become pixels. */
function viewOf(chart, series, width, height) {
  const scale = chart.timeScale();
  const origin = scale.logicalToCoordinate(0) ?? 0;
  const spacing = ((scale.logicalToCoordinate(1000) ?? 0) - origin) / 1000;
  return {
    width, height,
    x: (row) => origin + row * spacing, // the library knows whole rows alone
    y: (price) => series.priceToCoordinate(price) ?? -1e4,
  };
}

/** Where a moment lies: between two rows if need be, cut to just outside of what is drawn. */
function placeOfTime(times, time) {
  const row = placeOf(times, time);
  if (row < 0) return -0.5;
  if (row >= times.length - 1) return times.length - 1 + (time > times[row] ? 0.5 : 0);
  return row + (time - times[row]) / (times[row + 1] - times[row]);
}
