// What all charts over time have in common: their look, and how times become pixels.

const LIBRARY = LightweightCharts;
const charts = [];
const drawnCharts = new Map();
let labelRoom = 18;

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

/** The labels of the axis without those that would lie under the label of a last value. */
function roomFor(lasts, format) {
  return (ticks) => {
    const taken = lasts().map(([series, value]) => series?.priceToCoordinate(value) ?? null).filter((y) => y !== null);
    const scaled = lasts()[0]?.[0];
    return ticks.map((tick) => {
      const y = scaled?.priceToCoordinate(tick) ?? -1e4;
      return taken.some((other) => Math.abs(other - y) < labelRoom) ? '' : format(tick);
    });
  };
}

/** For paper a picture of each chart in its place: canvases keep the width of the window. */
const PAPER = 700; // about what A4 and Letter leave between their margins

function picturesForPaper() {
  for (const [chart, host] of drawnCharts) {
    host.querySelector('.printed')?.remove();
    if (!host.clientHeight) continue;
    const picture = largerPicture(chart, 11 * Math.max(1, host.clientWidth / PAPER));
    picture.className = 'printed';
    picture.style.width = `${host.clientWidth}px`;
    host.append(picture);
  }
}

/** The same stretch of time with larger letters, whose axis leaves less room for it. */
function largerPicture(chart, fontSize) {
  const range = chart.timeScale().getVisibleLogicalRange();
  const written = (size) => {
    labelRoom = 1.65 * size;
    chart.applyOptions({ layout: { fontSize: size } });
    chart.takeScreenshot(true); // sets the widths of the axes, on which the next step builds
    if (range) chart.timeScale().setVisibleLogicalRange(range);
  };
  written(fontSize);
  const picture = chart.takeScreenshot(true);
  written(11);
  return picture;
}

/** Paper is white: the theme turns light for it, and back when it is done. */
function listenForPaper(turn) {
  let before = 'light';
  window.addEventListener('beforeprint', () => {
    before = root.dataset.theme;
    turn('light', false);
    picturesForPaper();
  });
  window.addEventListener('afterprint', () => turn(before, false));
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
