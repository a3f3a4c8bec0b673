// Where the numbers come from: candles, settings, versions, and how to make them again.

function lineageTable() {
  const flags = (coin) => [coin.is_synthetic && 'SYNTHETIC', coin.is_proxy && 'proxy', coin.has_assumed_rules && 'lot and leverage assumed'].filter(Boolean).join(', ');
  const hash = (text) => (text ? element('code', '', text.slice(0, 12)) : UNKNOWN);
  const rowsOfTable = data.data.coins.map((coin) => element(
    'tr', '', rowHead(coin.coin), cell(coin.venue, 'text'), cell(coin.timeframe), cell(textOfSeconds(coin.first / 1000)), cell(textOfSeconds(coin.last / 1000)),
    cell(fixed(coin.candles, 0)), cell(fixed(coin.played, 0)), cell(fixed(coin.gaps, 0)), cell(percent(coin.funding_share)), cell(percent(coin.finer_share)),
    cell(hash(coin.sha256), 'text', coin.sha256), cell(hash(coin.funding_sha256), 'text', coin.funding_sha256), cell(flags(coin) || 'as traded', flags(coin) ? 'text danger' : 'text'),
  ));
  const heads = [['Coin', 'text'], ['Venue', 'text'], ['Candles of'], ['First'], ['Last'], ['Read'], ['Played'], ['Gaps'], ['Funding\nknown'], ['Finer\ncandles'], ['Candles sha256', 'text'], ['Funding sha256', 'text'], ['Remarks', 'text']];
  return table('Candles by coin', heads, rowsOfTable);
}

function wordsOf(name) {
  return name.replaceAll('_', ' ').replace(/\batr\b/, 'ATR').replace(/^./, (letter) => letter.toUpperCase());
}

function settingText(value) {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return value === null ? UNKNOWN : String(value);
}

function settingsCards() {
  const { costs, limits, rules, coins, since, until, equity, intrabar, fills } = data.settings;
  const pairs = (group) => Object.entries(group).map(([name, value]) => [wordsOf(name), settingText(value)]);
  const three = data.results;
  const readings = [['Pessimistic', result(Number(three.pessimistic), 2)], ['Optimistic', result(Number(three.optimistic), 2)]];
  if (three.resolved !== null) readings.push(['By finer candles', result(Number(three.resolved), 2)]);
  return [
    card('Run', '', definitions([
      ['Span (UTC)', `${textOfSeconds(since / 1000)} to ${textOfSeconds(until / 1000)}`], ['Coins', coins.join(', ')], ['Equity at the begin', equity],
      ['Order of prices in a candle', intrabar], ['Limits fill', fills], ['hyperbot', data.software], ['Seed', data.seed ? element('code', '', data.seed) : 'none: nothing was drawn'],
      ['Data sha256', element('code', '', data.data.sha256)], ['Proxy candles', percent(data.data.proxy_share)], ['Synthetic candles', percent(data.data.synthetic_share)],
    ])),
    card('Costs and three readings', '', definitions([...pairs(costs), ...readings, ['Candles in doubt', fixed(three.doubtful_candles, 0)]])),
    card('Limits', '', definitions(pairs(limits))),
    card('Signals not traded', '', Object.keys(data.signals.reasons).length
      ? definitions(Object.entries(data.signals.reasons).map(([reason, count]) => [wordsOf(reason), fixed(count, 0)])) : empty('None.')),
    card('Rules, to the letter', '', rules.length
      ? definitions(rules.map((rule) => [`${rule.id} v${rule.version}`, element('code', '', rule.sha256.slice(0, 16))])) : empty('Signals were given.')),
    card('Again', 'The same code, rules, candles, funding and ledger give the same bytes; files of rules and candles are named by whoever has them.', element('div', 'commands', ...['hyperbot report FOLDER', data.command].map((text) => element('code', '', text)))),
  ];
}

function fillLineage() {
  byId('lineage-parts').replaceChildren(lineageTable(), element('div', 'cards', ...settingsCards()));
}
