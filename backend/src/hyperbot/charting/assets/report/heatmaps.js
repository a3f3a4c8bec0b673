// When money was made: month by year, weekday by hour, as tables whose cells are coloured.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const FEW = 5;

/** Closed trades in cells: a map from `row/column` to {count, total}. */
function cellsOf(closed, place) {
  const cells = new Map();
  for (const trade of closed) {
    const key = place(new Date(trade.opened * 1000)).join('/');
    const found = cells.get(key) ?? { count: 0, total: 0 };
    found.count += 1;
    found.total += trade.r;
    cells.set(key, found);
  }
  return cells;
}

function heatCell(found, value, most, where) {
  if (!found) return cell('', 'heat none', `${where}: no trade`);
  const told = cell(element('span', 'stacked', element('b', '', signed(value, 1)), element('small', '', wholeNumber.format(found.count))), `heat${found.count < FEW ? ' few' : ''}`);
  told.style.setProperty('--hue', `var(${value < 0 ? '--down' : '--up'})`);
  told.style.setProperty('--share', most ? Math.min(Math.abs(value) / most, 1).toFixed(2) : '0');
  told.title = `${where}: ${countOf(found.count, 'trade')}, sum ${signed(found.total, 2)} R, mean ${signed(found.total / found.count, 2)} R`;
  return told;
}

function heatmap(title, note, heads, rowsOfMap) {
  const made = table(title, heads.map((head, place) => [head, place ? '' : 'text']), rowsOfMap);
  made.classList.add('heatmap');
  return [element('h3', '', title), element('p', 'note', note), made];
}

function monthRows(closed) {
  const cells = cellsOf(closed, (moment) => [moment.getUTCFullYear(), moment.getUTCMonth()]);
  const most = Math.max(...[...cells.values()].map(({ total }) => Math.abs(total)));
  const years = closed.map((trade) => new Date(trade.opened * 1000).getUTCFullYear());
  const [first, last] = [Math.min(...years), Math.max(...years)];
  return Array.from({ length: last - first + 1 }, (_, place) => {
    const year = first + place;
    const ofYear = MONTHS.map((_name, month) => cells.get(`${year}/${month}`));
    const total = sumOf(ofYear.filter(Boolean), (found) => found.total);
    const count = sumOf(ofYear.filter(Boolean), (found) => found.count);
    const told = ofYear.map((found, month) => heatCell(found, found?.total, most, `${MONTHS[month]} ${year}`));
    const sum = cell(element('span', 'stacked', element('b', '', signed(total, 1)), element('small', '', wholeNumber.format(count))), 'heat sum');
    return element('tr', '', rowHead(String(year)), ...told, sum);
  });
}

function hourRows(closed) {
  const cells = cellsOf(closed, (moment) => [(moment.getUTCDay() + 6) % 7, moment.getUTCHours()]);
  // A cell of one trade would bleach all others: only cells with enough trades set the scale.
  const sound = [...cells.values()].filter(({ count }) => count >= FEW);
  const most = Math.max(0, ...(sound.length ? sound : [...cells.values()]).map(({ total, count }) => Math.abs(total / count)));
  return WEEKDAYS.map((day, row) => element('tr', '', rowHead(day), ...Array.from({ length: 24 }, (_, hour) => {
    const found = cells.get(`${row}/${hour}`);
    return heatCell(found, found && found.total / found.count, most, `${day} ${String(hour).padStart(2, '0')}:00 to ${String(hour).padStart(2, '0')}:59`);
  })));
}

function drawHeatmaps() {
  const closed = shown.filter(isClosed);
  byId('when-note').hidden = !closed.length;
  if (!closed.length) {
    byId('months').replaceChildren(empty(trades.length ? 'No closed trade fits the filter.' : 'No trade was closed in this run.'));
    byId('hours').replaceChildren();
    return;
  }
  byId('months').replaceChildren(...heatmap('Sum of R by month', '', ['Year', ...MONTHS, 'All'], monthRows(closed)));
  byId('hours').replaceChildren(...heatmap('Mean R by weekday and hour', '', ['UTC', ...Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))], hourRows(closed)));
}

function fillHeatmaps() {
  drawHeatmaps();
  whenFiltered(drawHeatmaps);
}
