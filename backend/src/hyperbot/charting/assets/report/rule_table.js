// One row a rule: what it made alone, with intervals, the verdict, and why.

const HEADS = [
  ['Rule', 'text'], ['Verdict', 'text'],
  ['Trades', '', 'Closed trades of the rule alone, all its signals taken'],
  ['Hit rate', '', 'Share of trades with R of at least 0.1; Wilson interval of 95 %'],
  ['Mean R', '', 'Mean result of a trade in units of its risk, after all costs; the interval holds the true one with the stated confidence'],
  ['', 'text', 'The mean and its interval around 0'],
  ['q', '', 'Share of false discoveries to expect if all rules this good were called an edge'],
  ['Deflated\nSharpe', '', 'Probability that the Sharpe ratio is above what the best of all trials would show by luck'],
  ['Random\nentries p', '', 'How often the same exits at random moments did at least as well'],
  ['Total R'], ['Profit\nfactor'], ['Max DD\nR', '', 'Deepest fall of the sum of R'],
  ['Account\ntrades', '', 'Trades in the one account, where rules compete for coins and risk'], ['Account\nnet', '', 'Net result in the account'],
];

/** What is known of a rule alone: its evidence, or what it made without any test. */
function aloneOf(rule) {
  const proof = rule.evidence;
  const alone = rule.alone;
  const mean = proof ? meanOfVerdict(proof) : { trades: alone?.trades ?? 0, mean: alone?.mean_r ?? null, low: null, high: null };
  return {
    ...mean,
    all: proof?.out_of_sample ? proof.all_trades.trades : null,
    hit: proof?.win_rate ?? (alone?.trades ? alone.wins / alone.trades : null),
    hitLow: proof?.win_low ?? null, hitHigh: proof?.win_high ?? null,
    totalR: alone?.total_r ?? null, factor: alone?.profit_factor ?? null,
  };
}

function rangeText(low, high, write) {
  return low === null || low === undefined ? '' : element('small', 'range', `${write(low)} to ${write(high)}`);
}

function stacked(main, below) {
  return element('span', 'stacked', main, below);
}

function reachOf(means) {
  const ends = means.flatMap(({ mean, low, high }) => [mean, low, high]).filter((value) => value !== null && value !== undefined);
  return Math.max(0.25, Math.min(2, 1.1 * Math.max(0, ...ends.map(Math.abs))));
}

function meanCells(told, reach) {
  if (told.mean === null) return [cell(UNKNOWN), cell('')];
  const text = stacked(result(told.mean, 2), rangeText(told.low, told.high, (value) => signed(value, 2)));
  return [cell(text), cell(intervalBar(told.mean, told.low, told.high, reach), 'text')];
}

function ruleRow(rule, place, reach) {
  const told = aloneOf(rule);
  const proof = rule.evidence;
  const opener = element('button', 'opener', element('span', 'sign', '▸'), element('span', 'id', rule.id));
  opener.setAttribute('aria-expanded', 'false');
  opener.setAttribute('aria-controls', `reasons-${place}`);
  const row = element(
    'tr', 'rule-row', rowHead(opener, element('small', 'name', rule.name === rule.id ? '' : rule.name)),
    cell(badge(proof?.verdict ?? ''), 'text'),
    cell(stacked(fixed(told.trades, 0), told.all === null ? '' : element('small', 'range', `of ${fixed(told.all, 0)}`))),
    cell(stacked(percent(told.hit), rangeText(told.hitLow, told.hitHigh, (value) => fixed(100 * value, 0)))),
    ...meanCells(told, reach), cell(probability(proof?.q_value)), cell(probability(proof?.track?.deflated)),
    cell(probability(proof?.random_entries?.p_value)), cell(result(told.totalR, 1)), cell(fixed(told.factor, 2)),
    cell(fixed(proof?.max_drawdown_r, 1)), cell(fixed(rule.account?.trades, 0)), cell(result(rule.account?.net ?? null, 0)),
  );
  row.firstChild.title = rule.name === rule.id ? rule.id : `${rule.id}: ${rule.name}`;
  const reasons = element('tr', 'reasons', element('td', 'text', reasonsOf(rule)));
  reasons.id = `reasons-${place}`;
  reasons.firstChild.colSpan = HEADS.length;
  reasons.hidden = true;
  opener.addEventListener('click', () => {
    reasons.hidden = !reasons.hidden;
    opener.setAttribute('aria-expanded', String(!reasons.hidden));
  });
  return [row, reasons];
}

function trackText({ days, sharpe, probabilistic, hurdle, days_needed: needed }) {
  const needs = needed === null ? 'no length would be enough' : `${countOf(Math.ceil(needed), 'day')} needed for 95 %`;
  return `${countOf(days, 'day')}, daily Sharpe ${signed(sharpe, 3)}, above 0 with probability ${probability(probabilistic)}; hurdle of all trials ${signed(hurdle, 3)}; ${needs}`;
}

function citationText(citation) {
  return typeof citation === 'string' ? citation : Object.values(citation).filter((each) => each !== null && each !== '').join(', ');
}

function reasonsOf(rule) {
  const proof = rule.evidence;
  const parts = [];
  if (proof) {
    parts.push(element('ul', 'sentences', ...proof.reasons.map((text) => element('li', '', withMinus(text)))));
    if (proof.track) parts.push(element('p', 'note', `Track record: ${trackText(proof.track)}.`));
  } else {
    parts.push(element('p', 'note', 'This rule was played, and not tested against luck.'));
  }
  if (rule.citations.length) parts.push(element('ul', 'sentences cited', ...rule.citations.map((each) => element('li', '', citationText(each)))));
  if (trades.some((trade) => trade.rule === rule.id)) {
    const show = element('button', '', 'Show its trades');
    show.addEventListener('click', () => {
      setFilter({ ...NO_FILTER, rule: rule.id });
      byId('trades').scrollIntoView();
    });
    parts.push(show);
  }
  return element('div', 'told', ...parts);
}

function fillRules() {
  if (!data.rules.length || data.given) {
    byId('rule-table').replaceChildren(empty('The signals were given, not made by rules: there is no rule to judge.'));
    return;
  }
  const reach = reachOf(data.rules.map(aloneOf));
  const judged = hasEmbargo ? ' Trades, hit rate, mean R and all that is tested are of the time that can prove something, after the embargo; total R and profit factor are of all trades.' : '';
  const heads = HEADS.map(([text, ...rest]) => [text || `±${fixed(reach, 2)} R`, ...rest]);
  const rowsOfRules = data.rules.flatMap((rule, place) => ruleRow(rule, place, reach));
  byId('rule-table').replaceChildren(
    table('Rules', heads, rowsOfRules),
    element('p', 'note', `Each rule alone takes all of its signals; the account takes what risk and money allow.${judged}`),
  );
}
