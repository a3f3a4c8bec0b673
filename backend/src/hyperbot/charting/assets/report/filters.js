// Which trades are shown: one choice for all that lies below the rules.

const OUTCOMES = { win: 'won', loss: 'lost', breakeven: 'break-even', pending: 'open' };
const NO_FILTER = { rule: '', coin: '', side: '', outcome: '', text: '', since: null, until: null };
const filter = { ...NO_FILTER };
const followers = [];
let shown = trades;

/** `follow` is called with the trades to show, now and whenever the filter changes. */
function whenFiltered(follow) {
  followers.push(follow);
}

function textOfTrade(trade) {
  return `${trade.rule} ${trade.coin} ${trade.side > 0 ? 'long' : 'short'} ${trade.exit_reason} ${exitText(trade.exit_reason)} ${OUTCOMES[trade.outcome]} ${textOfSeconds(trade.opened)}`.toLowerCase();
}

function isWanted(trade) {
  const isOther = (name, value) => filter[name] !== '' && filter[name] !== value;
  if (isOther('rule', trade.rule) || isOther('coin', trade.coin) || isOther('outcome', trade.outcome)) return false;
  if (isOther('side', trade.side > 0 ? 'long' : 'short')) return false;
  if (filter.since !== null && trade.opened < filter.since) return false;
  if (filter.until !== null && trade.opened >= filter.until) return false;
  return filter.text.toLowerCase().split(' ').every((word) => textOfTrade(trade).includes(word));
}

function isFiltered() {
  return Object.keys(NO_FILTER).some((name) => filter[name] !== NO_FILTER[name]);
}

function setFilter(changes) {
  Object.assign(filter, changes);
  shown = isFiltered() ? trades.filter(isWanted) : trades;
  showFilter();
  for (const follow of followers) follow(shown);
}

function choice(name, all, options) {
  const select = element('select', '', ...[['', all], ...options].map(([value, text]) => {
    const option = element('option', '', text);
    option.value = value;
    return option;
  }));
  select.id = `filter-${name}`;
  select.setAttribute('aria-label', all);
  select.addEventListener('change', () => setFilter({ [name]: select.value }));
  return select;
}

const DAY = 86400;

function dateInput(name, title, shift) {
  const input = element('input');
  input.type = 'date';
  input.id = `filter-${name}`;
  input.setAttribute('aria-label', title);
  input.title = title;
  input.addEventListener('change', () => {
    const day = Date.parse(`${input.value}T00:00:00Z`) / 1000;
    setFilter({ [name]: Number.isFinite(day) ? day + shift : null });
  });
  return input;
}

function searchInput() {
  const input = element('input');
  input.type = 'search';
  input.id = 'filter-text';
  input.placeholder = 'Search trades  ( / )';
  input.setAttribute('aria-label', 'Search trades by rule, coin, side, exit or time');
  input.addEventListener('input', () => setFilter({ text: input.value.trim() }));
  return input;
}

function showFilter() {
  for (const name of ['rule', 'coin', 'side', 'outcome']) byId(`filter-${name}`).value = filter[name];
  byId('filter-since').value = filter.since === null ? '' : dayOf(filter.since);
  byId('filter-until').value = filter.until === null ? '' : dayOf(filter.until - 1);
  if (byId('filter-text').value.trim() !== filter.text) byId('filter-text').value = filter.text;
  byId('filter-none').hidden = !isFiltered();
  byId('filter-count').textContent = isFiltered()
    ? `${wholeNumber.format(shown.length)} of ${countOf(trades.length, 'trade')}` : countOf(trades.length, 'trade');
}

function fillFilters() {
  byId('filters').hidden = trades.length === 0;
  const pairs = (names) => names.map((name) => [name, name]);
  const none = element('button', '', 'Show all');
  none.type = 'button';
  none.id = 'filter-none';
  none.addEventListener('click', () => setFilter(NO_FILTER));
  const count = element('output');
  count.id = 'filter-count';
  byId('filters').append(
    choice('rule', 'All rules', pairs(data.trades.rules)), choice('coin', 'All coins', pairs(data.trades.coins)),
    choice('side', 'Long and short', pairs(['long', 'short'])), choice('outcome', 'All outcomes', Object.entries(OUTCOMES)),
    element('label', '', 'from', dateInput('since', 'Entered on or after', 0)), element('label', '', 'to', dateInput('until', 'Entered on or before', DAY)), searchInput(), none, count,
  );
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  showFilter();
}
