// Numbers, moments and small pieces of a page, as text.

const UNKNOWN = '–';
const formats = new Map();

function fixed(value, decimals) {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }
  const text = formats.get(decimals).format(value);
  return text.replace('-', /[1-9]/.test(text) ? '−' : ''); // what rounds to nothing has no side
}

/** With its sign; what rounds to nothing has none. */
function signed(value, decimals) {
  const text = fixed(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A sentence from outside with the sign of negative numbers that the rest of the page has. */
function withMinus(text) {
  return text.replace(/(^|[\s(])-(?=\d)/g, '$1−');
}

function percent(share, decimals = 1) {
  return share === null || share === undefined ? UNKNOWN : `${fixed(100 * share, decimals)} %`;
}

function toneOf(value) {
  if (!value) return '';
  return value > 0 ? 'up' : 'down';
}

function arrowOf(value) {
  if (!value) return '';
  return value > 0 ? '▲' : '▼';
}

function countOf(count, one, many = `${one}s`) {
  return count === 1 ? `1 ${one}` : `${wholeNumber.format(count)} ${many}`;
}

function dayOf(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function durationOf(seconds) {
  if (seconds === null) return 'open';
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return '< 1 min';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${fixed(minutes / 60, 1)} h`;
  return `${fixed(minutes / 1440, 1)} d`;
}

/** A very small probability is told as such, not as 0. */
function probability(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return value < 0.001 ? '< 0.001' : fixed(value, 3);
}

/** How a trade ended, in words. */
function exitText(reason) {
  return reason.replace(/^sl$/, 'stop').replace(/^tp(\d+)$/, 'target $1').replaceAll('_', ' ');
}

function byId(id) {
  return document.getElementById(id);
}

function empty(text) {
  return element('p', 'empty', text);
}

/** A money amount or R with sign and arrow: never the colour alone. */
function result(value, decimals, unit = '') {
  if (value === null || value === undefined) return element('span', '', UNKNOWN);
  const told = Number(value.toFixed(decimals)); // what rounds to nothing is neither
  return element('span', toneOf(told), told ? element('span', 'arrow', arrowOf(told)) : '', `${signed(value, decimals)}${unit}`);
}

/** A table in a region that scrolls by itself; `heads` are [text, class, title]. */
function table(label, heads, rowsOfTable) {
  const head = element('tr', '', ...heads.map(([text, className, title]) => {
    const cell = element('th', className ?? '', text);
    cell.scope = 'col';
    if (title) cell.title = title;
    return cell;
  }));
  const made = element('table', '', element('thead', '', head), element('tbody', '', ...rowsOfTable));
  return scrolling(`${label}, as a table`, made);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) markEdges(target.closest('.scroll'));
});

/** Where more lies beyond an edge it fades; only a box that scrolls stops the tab key. */
function markEdges(box) {
  if (!box) return;
  const hidden = box.scrollWidth - box.clientWidth;
  box.classList.toggle('more-left', box.scrollLeft > 1);
  box.classList.toggle('more-right', box.scrollLeft < hidden - 1);
  box.tabIndex = hidden > 1 || box.scrollHeight > box.clientHeight + 1 ? 0 : -1;
}

function scrolling(label, content) {
  const box = element('div', 'scroll', content);
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', label);
  box.addEventListener('scroll', () => markEdges(box), { passive: true });
  sizes.observe(box);
  sizes.observe(content);
  return box;
}

function cell(content, className = '', title = '') {
  const made = element('td', className, content ?? UNKNOWN);
  if (title) made.title = title;
  return made;
}

function rowHead(...content) {
  const made = element('th', 'text', ...content);
  made.scope = 'row';
  return made;
}

/** The id of a rule at the head of a row; what is too long for its column is told on pointing. */
function ruleHead(id) {
  const made = rowHead(id);
  made.title = id;
  made.classList.add('rule');
  return made;
}

/** Terms and what they are. */
function definitions(pairs, className = 'facts') {
  return element('dl', className, ...pairs.map(([term, ...told]) => element('div', '', element('dt', '', term), element('dd', '', ...told))));
}

function card(title, note, ...content) {
  return element('div', 'card', element('h3', '', title), note ? element('p', 'note', note) : '', ...content);
}
