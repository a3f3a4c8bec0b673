// The verdict and the numbers beside it.

function numberTile({ name, text, note, tone }) {
  const arrow = tone ? element('span', 'arrow', tone === 'up' ? '▲' : '▼') : '';
  return element('div', '', element('dt', '', name), element('dd', `value ${tone}`, arrow, text), element('dd', 'aside', note.replaceAll(' %', '\u00a0%')));
}

function fillHeadline() {
  byId('title').textContent = data.title;
  byId('badge').replaceChildren(badge(data.verdict), ...verdictCounts());
  byId('sentence').textContent = withMinus(data.sentence);
  byId('warnings').replaceChildren(...data.warnings.map((text) => element('li', '', element('span', 'sign', '!'), text)));
  byId('numbers').replaceChildren(...data.numbers.map(numberTile));
}

/** How many rules got which verdict, where there are several. */
function verdictCounts() {
  const judged = data.rules.filter((rule) => rule.evidence);
  if (judged.length < 2) return [];
  const count = (verdict) => judged.filter((rule) => rule.evidence.verdict === verdict).length;
  const told = ['edge', 'no edge', 'not enough evidence'].map((verdict) => `${count(verdict)} ${verdict}`);
  return [element('span', 'note', `of ${judged.length} rules: ${told.join(' · ')}`)];
}
