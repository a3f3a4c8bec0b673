// Small drawings: shapes in SVG whose colours come from the style sheet.

const SVG = 'http://www.w3.org/2000/svg';

function shape(tag, attributes, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

function titled(text) {
  return shape('title', {}, text);
}

function drawing(width, height, label, ...content) {
  return shape('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label }, ...content);
}

function line(x1, y1, x2, y2, className) {
  return shape('line', { x1, y1, x2, y2, class: className });
}

function label(text, x, y, anchor = 'middle', className = '') {
  return shape('text', { x, y, 'text-anchor': anchor, class: className }, text);
}

/** A function from [low, high] to pixels from `start` to `end`. */
function scaleOf(low, high, start, end) {
  const span = high - low || 1;
  return (value) => start + ((value - low) / span) * (end - start);
}

/** About `count` round numbers within [low, high]. */
function ticksOf(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  return ticks;
}

/** A mean with its interval as a bar around zero; `reach` is what the half width stands for. */
function intervalBar(mean, low, high, reach, width = 124) {
  const height = 18;
  const x = scaleOf(-reach, reach, 4, width - 4);
  const cut = (value) => Math.min(Math.max(x(value), 1), width - 1);
  const parts = [line(x(0), 1, x(0), height - 1, 'axis')];
  const tone = low > 0 ? 'won' : high < 0 ? 'lost' : 'flat';
  if (low !== null && high !== null) {
    parts.push(shape('rect', { x: cut(low), y: 6, width: Math.max(cut(high) - cut(low), 1), height: 6, rx: 2, class: `band ${tone}` }));
  }
  if (mean !== null) parts.push(shape('circle', { cx: cut(mean), cy: 9, r: 3.5, class: `point ${tone}` }));
  const told = low === null ? `mean ${signed(mean, 2)} R` : `mean ${signed(mean, 2)} R, ${signed(low, 2)} to ${signed(high, 2)}`;
  return drawing(width, height, told, titled(told), ...parts);
}

/** The widths of drawings follow their box: draws now, and again when that changes. */
function drawnIn(host, draw) {
  let width = 0;
  const again = () => {
    if (host.clientWidth && host.clientWidth !== width) {
      width = host.clientWidth;
      draw(width);
    }
  };
  new ResizeObserver(again).observe(host);
  return () => {
    width = 0;
    again();
  };
}
