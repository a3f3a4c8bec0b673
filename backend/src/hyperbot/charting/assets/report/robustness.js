// What happens to the rules when something else would have happened: windows, stress, regimes.

const proven = data.rules.filter((rule) => rule.evidence);

function meanText(mean) {
  return mean === null ? UNKNOWN : element('span', toneOf(Number(mean.toFixed(2))), signed(mean, 2));
}

/** Windows as bars around 0, each with its number of trades. */
function windowBars(windows, reach) {
  const width = Math.min(290, 58 * windows.length);
  const height = 52;
  const step = width / Math.max(windows.length, 1);
  const y = scaleOf(-reach, reach, height - 16, 2);
  const parts = [line(0, y(0), width, y(0), 'axis')];
  windows.forEach(({ name, trades: count, mean_r: mean, since, until }, place) => {
    const middle = (place + 0.5) * step;
    const span = since === null ? name : `${dayOf(since / 1000)} to ${dayOf(until / 1000)}`;
    const told = `${span}: ${countOf(count, 'trade')}, mean ${signed(mean, 2)} R`;
    if (mean !== null) {
      const [top, bottom] = [Math.min(y(0), y(Math.min(mean, reach))), Math.max(y(0), y(Math.max(mean, -reach)))];
      parts.push(shape('rect', { x: middle - Math.min(step * 0.35, 16), y: top, width: Math.min(step * 0.7, 32), height: Math.max(bottom - top, 1), class: mean > 0 ? 'won' : 'lost' }, titled(told)));
    }
    parts.push(label(String(count), middle, height - 2, 'middle', 'small'));
  });
  return drawing(width, height, windows.map(({ name, trades: count, mean_r: mean }) => `${name}: ${signed(mean, 2)} R in ${count}`).join('; '), ...parts);
}

const ALL_OF_THEM = hasEmbargo ? ' Of all trades, those before the embargo too.' : '';
const JUDGED_ALONE = hasEmbargo ? ' Of the trades after the embargo, as the verdict.' : '';

function walkForward() {
  const told = proven.filter((rule) => rule.evidence.windows.length);
  if (!told.length) return card('Walk-forward windows', '', empty('No windows were measured.'));
  const means = told.flatMap((rule) => rule.evidence.windows).map((each) => Math.abs(each.mean_r ?? 0)).sort((one, other) => one - other);
  const reach = Math.max(0.25, means[Math.floor(means.length * 0.95)] ?? 0);
  const rowsOfTable = told.map((rule) => {
    const { windows } = rule.evidence;
    const good = windows.filter((each) => each.mean_r > 0).length;
    const counted = windows.filter((each) => each.trades).length;
    return element('tr', '', ruleHead(rule.id), cell(windowBars(windows, reach), 'text'), cell(`${good} of ${counted}`));
  });
  return card(
    'Walk-forward windows', `Mean R in consecutive stretches, trades below each bar; bars are cut at ${fixed(reach, 2)} R.${ALL_OF_THEM}`,
    table('Walk-forward windows', [['Rule', 'text'], ['Earlier to later', 'text'], ['Above 0']], rowsOfTable),
  );
}

function stressCell({ name, trades: count, mean_r: mean, flips }) {
  const text = flips ? element('span', 'danger', '⚠ ', signed(mean, 2)) : meanText(mean);
  return cell(element('span', 'stacked', text, element('small', '', wholeNumber.format(count))), '', `${name}: ${countOf(count, 'trade')}, mean ${signed(mean, 2)} R${flips ? ': the sign flips' : ''}`);
}

/** Rules down, names across; a name that a rule lacks leaves its cell empty. */
function crossTable(title, note, lists, base, draw) {
  const names = [...new Set(lists.flatMap((list) => list.map((each) => each.name)))];
  if (!names.length) return card(title, '', empty('This was not measured.'));
  const rowsOfTable = proven.map((rule, place) => element('tr', '', ruleHead(rule.id), ...(base ? [cell(meanText(base(rule)))] : []), ...names.map((name) => {
    const found = lists[place].find((each) => each.name === name);
    return found ? draw(found) : cell(UNKNOWN);
  })));
  const heads = [['Rule', 'text'], ...(base ? [['As it was']] : []), ...names.map((name) => [name, 'wrap'])];
  const made = card(title, note, table(title, heads, rowsOfTable));
  made.classList.add(base ? 'wide' : 'dense');
  return made;
}

function sliceCell(each) {
  return stressCell({ ...each, flips: false });
}

function sampleTable() {
  const told = proven.filter((rule) => rule.evidence.embargo !== null);
  if (!told.length) return card('In and out of sample', '', empty('No source date and no model cut-off is known: nothing can be called out of sample.'));
  const part = (mean) => (mean ? stacked(meanText(mean.mean), element('small', '', `${rangeText(mean.low, mean.high, (value) => signed(value, 2)).textContent ?? ''} · ${wholeNumber.format(mean.trades)}`.replace(/^ · /, ''))) : UNKNOWN);
  const rowsOfTable = told.map(({ id, evidence }) => element('tr', '', ruleHead(id), cell(dayOf(evidence.embargo / 1000), 'text', evidence.embargo_reason), cell(part(evidence.in_sample)), cell(part(evidence.out_of_sample))));
  return card(
    'In and out of sample', 'What happened before the embargo may have been known to the source, or to the model that read it. Below each mean its interval and the number of trades.',
    table('In and out of sample', [['Rule', 'text'], ['Embargo', 'text'], ['Mean R before'], ['Mean R after']], rowsOfTable),
  );
}

function confidenceTable() {
  const told = proven.filter((rule) => rule.evidence.confidence);
  if (!told.length) return card('Stated confidence', '', empty('No rule states how sure it is, or no trade was closed.'));
  const rowsOfTable = told.map(({ id, evidence: { confidence: told_ } }) => element(
    'tr', '', ruleHead(id), cell(percent(told_.stated, 0)), cell(percent(told_.seen)), cell(percent(told_.shrunk)),
    cell(stacked(fixed(told_.brier, 3), element('small', '', `best constant ${fixed(told_.brier_of_share, 3)}`))),
  ));
  return card('Stated confidence', `How sure the rule says it is, and how often it won. Brier: 0 is perfect.${JUDGED_ALONE}`, table('Stated confidence', [['Rule', 'text'], ['Stated'], ['Won'], ['After these trades'], ['Brier']], rowsOfTable));
}

function trialsCard() {
  const { trials, alpha, confidence } = data.evidence;
  if (!trials) return card('Trials so far', '', empty('No ledger of trials was kept: nobody knows how many variants were tried.'));
  const hurdle = proven.find((rule) => rule.evidence.track)?.evidence.track.hurdle;
  return card(
    'Trials so far', 'Every variant ever tried gave luck another chance; the hurdle rises with each.',
    definitions([
      ['Variants tried', fixed(trials.variants, 0)], ['Best by luck alone', hurdle === undefined ? UNKNOWN : `daily Sharpe ${signed(hurdle, 3)}`],
      ['Ledger', element('code', '', trials.ledger), `, since ${textOfSeconds(trials.since / 1000)}`],
      ['Called an edge by mistake', `at most ${percent(alpha, 0)} of rules without one`], ['Intervals', `hold the truth with ${percent(confidence, 0)}`],
    ]),
  );
}

function fillRobustness() {
  const column = (...cards) => element('div', 'column', ...cards);
  const parts = [];
  if (data.evidence && proven.length) {
    parts.push(
      column(walkForward()), column(nullCard(), trialsCard()),
      crossTable('Fragility', `Mean R with one thing made worse, trades below. Red: what was above 0 no longer is.${JUDGED_ALONE}`, proven.map((rule) => rule.evidence.fragility), (rule) => meanOfVerdict(rule.evidence).mean, stressCell),
      column(crossTable('Regimes', `Mean R in parts of the market, trades below.${ALL_OF_THEM}`, proven.map((rule) => rule.evidence.regimes), null, sliceCell), sampleTable()),
      column(confidenceTable(), orderCard()),
    );
  } else {
    parts.push(orderCard(), element('div', 'card', empty(data.given
      ? 'Given signals are played, not judged: there is no rule whose windows, stress and luck could be measured.'
      : 'This result holds no evidence: nobody measured windows, stress, luck or the number of trials. Run the backtest again with this version of hyperbot.')));
  }
  byId('robustness-parts').replaceChildren(...parts);
}
