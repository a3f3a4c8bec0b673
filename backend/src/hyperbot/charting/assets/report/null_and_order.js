// Two questions to chance: entries at random moments, and the same trades in another order.

function nullBar({ mean, low, high }, own, reach, width = 150) {
  const height = 22;
  const x = scaleOf(-reach, reach, 4, width - 4);
  const cut = (value) => Math.min(Math.max(x(value), 2), width - 2);
  const told = `random entries ${signed(low, 2)} to ${signed(high, 2)} R, mean ${signed(mean, 2)}; the rule ${signed(own, 2)}`;
  const parts = [
    line(x(0), 1, x(0), height - 1, 'axis'),
    shape('rect', { x: cut(low), y: 6, width: Math.max(cut(high) - cut(low), 1), height: 10, rx: 2, class: 'band flat' }),
    line(cut(mean), 6, cut(mean), 16, 'middle'),
  ];
  if (own !== null) parts.push(shape('path', { d: `M${cut(own)} 3l5 8l-5 8l-5 -8z`, class: own > high ? 'won' : own < low ? 'lost' : 'flat' }));
  return drawing(width, height, told, titled(told), ...parts);
}

function drawsText(told) {
  const counts = told.map(({ evidence }) => evidence.random_entries.draws);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `drawn ${countOf(most, 'time')}` : `drawn ${fixed(least, 0)} to ${fixed(most, 0)} times`;
}

function nullCard() {
  const told = proven.filter((rule) => rule.evidence.random_entries);
  if (!told.length) return card('Random entries', '', empty('No random entries were drawn.'));
  const ends = told.flatMap(({ evidence }) => [evidence.random_entries.low, evidence.random_entries.high, meanOfVerdict(evidence).mean ?? 0]);
  const reach = Math.max(0.1, ...ends.map(Math.abs)) * 1.05;
  const rowsOfTable = told.map(({ id, evidence }) => {
    const drawnEntries = evidence.random_entries;
    const { mean } = meanOfVerdict(evidence);
    return element(
      'tr', '', ruleHead(id), cell(nullBar(drawnEntries, mean, reach), 'text'), cell(meanText(mean)),
      cell(`${signed(drawnEntries.low, 2)} to ${signed(drawnEntries.high, 2)}`), cell(probability(drawnEntries.p_value), '', countOf(drawnEntries.draws, 'draw')),
    );
  });
  return card(
    'Random entries', `The same setups at other moments, ${drawsText(told)}: the band holds 90 % of them, the diamond is the rule. A rule inside the band times no better than chance.${JUDGED_ALONE}`,
    table('Random entries', [['Rule', 'text'], ['Band and rule', 'text'], ['Rule'], ['Band'], ['p']], rowsOfTable),
  );
}

function bandPath(x, y, lows, highs, after) {
  const there = after.map((count, place) => `${x(count)},${y(highs[place])}`);
  const back = after.map((count, place) => `${x(count)},${y(lows[place])}`).reverse();
  return `M${[...there, ...back].join('L')}Z`;
}

function fanOf({ trades: after, quantiles, seen }, width) {
  const height = 240;
  const most = Math.max(...quantiles.at(-1), ...seen, 1) * 1.05;
  const x = scaleOf(1, after.at(-1), 44, width - 56);
  const y = scaleOf(0, most, height - 32, 8);
  const parts = ticksOf(0, most, 5).flatMap((tick) => [line(44, y(tick), width - 56, y(tick), 'grid'), label(fixed(tick, 0), 38, y(tick) + 4, 'end')]);
  for (const tick of ticksOf(1, after.at(-1), Math.min(8, width / 90))) parts.push(label(fixed(tick, 0), x(tick), height - 18));
  parts.push(
    shape('path', { d: bandPath(x, y, quantiles[0], quantiles[4], after), class: 'fan outer' }),
    shape('path', { d: bandPath(x, y, quantiles[1], quantiles[3], after), class: 'fan inner' }),
    shape('path', { d: `M${after.map((count, place) => `${x(count)},${y(quantiles[2][place])}`).join('L')}`, class: 'fan median' }),
    shape('path', { d: `M${after.map((count, place) => `${x(count)},${y(seen[place])}`).join('L')}`, class: 'fan seen' }),
    label('trades', (44 + width - 56) / 2, height - 4),
  );
  const ends = [['95 %', quantiles[4].at(-1)], ['median', quantiles[2].at(-1)], ['5 %', quantiles[0].at(-1)]];
  let lowest = -Infinity;
  for (const [text, value] of ends) {
    lowest = Math.max(y(value) + 4, lowest + 12); // they end close together where falls are small
    parts.push(label(text, width - 50, lowest, 'start'));
  }
  return drawing(width, height, `Deepest fall of the sum of R: ${fixed(seen.at(-1), 1)} as it was, median ${fixed(quantiles[2].at(-1), 1)} of drawn paths`, ...parts);
}

function orderCard() {
  const told = data.order;
  if (!told) return card('Order of trades', '', empty('Fewer than 10 trades were closed: another order of them tells nothing.'));
  const host = element('div', 'fan-host');
  const deepest = told.quantiles.map((row) => fixed(row.at(-1), 1));
  drawnIn(host, (width) => host.replaceChildren(fanOf(told, width)));
  return card(
    'Order of trades',
    `Deepest fall of the sum of R, in ${fixed(told.paths, 0)} paths of as many trades of the account, drawn with replacement: half of them within ${deepest[1]} to ${deepest[3]} R, one in twenty beyond ${deepest[4]} R. The line is what was seen: ${fixed(told.seen.at(-1), 1)} R; ${percent(told.share_deeper, 0)} of the paths fell deeper. Drawing trade by trade ignores that losses come in clusters.`,
    host,
  );
}
