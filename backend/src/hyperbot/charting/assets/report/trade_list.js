// The list of trades: sortable by its heads, walked by arrow keys; more rows come as one scrolls.

const PAGE = 120;
const list = { sorted: [], column: 'opened', direction: 1, drawn: 0, body: null, chosen: null };
const LIST_COLUMNS = [
  { name: 'opened', head: 'Entered', className: 'text', value: (trade) => trade.opened, told: (trade) => textOfSeconds(trade.opened) },
  { name: 'coin', head: 'Coin', className: 'text', value: (trade) => trade.coin, told: (trade) => trade.coin },
  { name: 'side', head: 'Side', className: 'text', value: (trade) => trade.side, told: (trade) => element('span', '', trade.side > 0 ? '▲' : '▼', element('span', 'word', trade.side > 0 ? ' long' : ' short')) },
  { name: 'rule', head: 'Rule', className: 'text rule', value: (trade) => trade.rule, told: (trade) => trade.rule },
  { name: 'r', head: 'R', value: (trade) => trade.r, told: (trade) => result(trade.r, 2) },
  { name: 'net', head: 'Net', className: 'wide', value: (trade) => trade.net, told: (trade) => signed(trade.net, 2) },
  { name: 'lasted', head: 'Lasted', className: 'wide', value: (trade) => (isClosed(trade) ? trade.closed - trade.opened : Infinity), told: (trade) => durationOf(isClosed(trade) ? trade.closed - trade.opened : null) },
  { name: 'exit', head: 'Exit', className: 'text wide', value: (trade) => trade.exit_reason, told: (trade) => exitText(trade.exit_reason) || 'open' },
];

function compared(one, other) {
  const { value } = LIST_COLUMNS.find(({ name }) => name === list.column);
  const [first, second] = [value(one), value(other)];
  const order = typeof first === 'string' ? first.localeCompare(second) : first - second || 0;
  return list.direction * order || one.place - other.place;
}

function listRow(trade) {
  const row = element('tr', '', ...LIST_COLUMNS.map(({ told, className }) => cell(told(trade), className ?? '')));
  row.dataset.place = trade.place;
  row.tabIndex = -1;
  return row;
}

function drawMore(count = PAGE) {
  const next = list.sorted.slice(list.drawn, list.drawn + count);
  list.body.append(...next.map(listRow));
  list.drawn += next.length;
}

function rowOf(trade) {
  const place = list.sorted.indexOf(trade);
  if (place >= list.drawn) drawMore(place - list.drawn + PAGE);
  return place < 0 ? null : list.body.children[place];
}

function sortBy(name) {
  list.direction = list.column === name ? -list.direction : name === 'opened' || name === 'coin' || name === 'rule' ? 1 : -1;
  list.column = name;
  redrawList();
}

function sortHead({ name, head, className }) {
  const made = element('th', className ?? '');
  made.scope = 'col';
  made.dataset.sort = name;
  const button = element('button', '', head, element('span', 'sign', ''));
  button.addEventListener('click', () => sortBy(name));
  made.append(button);
  return made;
}

function markSort() {
  for (const head of document.querySelectorAll('#trade-list th')) {
    const isSorted = head.dataset.sort === list.column;
    head.setAttribute('aria-sort', isSorted ? (list.direction > 0 ? 'ascending' : 'descending') : 'none');
    head.querySelector('.sign').textContent = isSorted ? (list.direction > 0 ? ' ▲' : ' ▼') : '';
  }
}

function redrawList() {
  list.sorted = [...shown].sort(compared);
  list.drawn = 0;
  list.body.replaceChildren();
  drawMore();
  markSort();
  markChosen({ isScrolled: false });
  const total = sumOf(shown.filter(isClosed), (trade) => trade.r);
  byId('trades-told').classList.toggle('many', shown.length > 60);
  byId('trades-told').textContent = shown.length ? `${countOf(shown.length, 'trade')}, sum ${signed(total, 2)} R, net ${signed(sumOf(shown, (trade) => trade.net), 2)}` : 'No trade fits the filter.';
}

function markChosen({ isScrolled, isFocused = false }) {
  list.body.querySelector('[aria-current]')?.removeAttribute('aria-current');
  for (const row of list.body.querySelectorAll('[tabindex="0"]')) row.tabIndex = -1;
  const row = list.chosen && rowOf(list.chosen);
  if (!row) {
    if (list.body.firstChild) list.body.firstChild.tabIndex = 0;
    return;
  }
  row.setAttribute('aria-current', 'true');
  row.tabIndex = 0;
  if (isScrolled) scrollWithin(byId('trade-list').firstChild, row);
  if (isFocused) row.focus({ preventScroll: true });
}

/** Only the list moves: the page stays where the reader put it. */
function scrollWithin(box, row) {
  const top = row.offsetTop - box.querySelector('thead').offsetHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = row.offsetTop + row.offsetHeight - box.clientHeight;
}

function showTrade(trade, { isScrolled = false, isFocused = false } = {}) {
  list.chosen = trade;
  markChosen({ isScrolled: true, isFocused });
  fillDetail(trade);
  if (isScrolled) byId('trades').scrollIntoView();
}

function goTo(step) {
  const place = list.sorted.indexOf(list.chosen);
  const next = list.sorted[Math.min(Math.max(place + step, 0), list.sorted.length - 1)];
  if (next) showTrade(next, { isFocused: true });
}

function onListKey(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity };
  if (event.target.closest('tbody') && event.key in steps) {
    event.preventDefault();
    goTo(steps[event.key]);
  }
}

function fillTradeList() {
  if (!trades.length) {
    byId('trades').querySelector('.split').replaceWith(empty(noTradeText()));
    return;
  }
  list.body = element('tbody');
  const made = element('table', '', element('thead', '', element('tr', '', ...LIST_COLUMNS.map(sortHead))), list.body);
  const box = scrolling('Trades: arrow keys walk through them', made);
  box.addEventListener('scroll', () => {
    if (box.scrollTop + box.clientHeight > box.scrollHeight - 200) drawMore();
  });
  box.addEventListener('click', (event) => {
    const place = event.target.closest('tbody tr')?.dataset.place;
    if (place) showTrade(trades[place], { isFocused: true });
  });
  box.addEventListener('keydown', onListKey);
  byId('trade-list').replaceChildren(box);
  redrawList();
  showTrade(list.sorted[0]);
  whenFiltered(() => {
    redrawList();
    if (shown.length && !shown.includes(list.chosen)) showTrade(list.sorted[0]);
  });
}

function noTradeText() {
  const { refused, missed, reasons } = data.signals;
  if (!refused && !missed) return 'No trade: no signal was given in this span.';
  const told = Object.entries(reasons).slice(0, 6).map(([reason, count]) => `${reason.replaceAll('_', ' ')} ${wholeNumber.format(count)}`);
  return `No trade: ${countOf(refused, 'signal')} refused, ${wholeNumber.format(missed)} missed (${told.join(', ')}).`;
}
