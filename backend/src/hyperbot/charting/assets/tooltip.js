// What lies under the pointer, in words.

const tooltip = document.getElementById('tooltip');
const NEAR = 5;
const MOST_LINES = 7;
const FATES = ['still open at the end of this chart', 'ended by a close through it', 'dropped: too many lie nearer'];

function arrowOf(direction) {
  if (direction === 0) return '◆';
  return direction > 0 ? '▲' : '▼';
}

function toneOf(direction) {
  if (direction === 0) return '';
  return direction > 0 ? 'up' : 'down';
}

function signalLine(signal) {
  const { pattern, direction, strength } = signal;
  const isNeutral = pattern.isNeutral;
  return {
    tone: isNeutral ? '' : toneOf(direction), sign: isNeutral ? '◆' : arrowOf(direction),
    title: `${pattern.name} · strength ${strength.toFixed(2)}`, detail: pattern.meaning,
  };
}

function swingLine(swing) {
  const kind = swing.side > 0 ? 'swing high' : 'swing low';
  return {
    tone: '', sign: swingText(swing), title: `${kind} ${priceFormat.format(swing.price)}${swing.equal ? ', equal to the one before' : ''}`,
    detail: `known only from ${momentText(swing.row)}, ${candlesText(swing.row - swing.origin)} later`,
  };
}

function breakLine(each) {
  const name = each.turns ? 'Change of character' : 'Break of structure';
  return {
    tone: toneOf(each.direction), sign: each.turns ? 'CHoCH' : 'BOS', title: `${name} ${each.direction > 0 ? 'up' : 'down'}`,
    detail: `closed beyond ${priceFormat.format(each.level)}, the swing of ${momentText(each.origin)}, at ${momentText(each.row)}`,
  };
}

function sweepLine(sweep) {
  const taken = [[sweep.highs, 'high'], [sweep.lows, 'low']]
    .filter(([count]) => count).map(([count, name]) => `${count} swing ${name}${count > 1 ? 's' : ''}`);
  return {
    tone: toneOf(sweep.direction), sign: '○', title: `Sweep of ${taken.join(' and ')}`,
    detail: `a wick beyond and a close back inside${sweep.equal ? ', one of them equal highs or lows' : ''}`,
  };
}

function zoneLine(zone, name) {
  const way = zone.direction > 0 ? 'Bullish' : 'Bearish';
  const touched = zone.touched < 0 ? 'never touched' : `first touched ${zone.touched > 0 ? momentText(zone.touched) : 'before this chart'}, ${zone.touches} in all`;
  const fate = zone.fate === 0 ? FATES[0] : `${FATES[zone.fate]} at ${momentText(zone.end)}`;
  return {
    tone: toneOf(zone.direction), sign: name, title: `${way} ${name === 'OB' ? 'order block' : 'fair value gap'} ${edgesText(zone)}`,
    detail: `known from ${momentText(zone.start)}; ${touched}; ${fate}`,
  };
}

function edgesText(zone) {
  return zone.low === zone.high ? priceFormat.format(zone.low) : `${priceFormat.format(zone.low)} – ${priceFormat.format(zone.high)}`;
}

function levelLine(level) {
  const name = level.side > 0 ? 'Resistance' : 'Support';
  return {
    tone: '', sign: name[0], title: `${name} ${edgesText(level)}`,
    detail: `the nearest from ${momentText(level.start)} to ${momentText(level.end)}; swings in it: ${level.touches}`,
  };
}

function rangeLine(range) {
  return {
    tone: '', sign: '▭', title: `Range ${edgesText(range)}`,
    detail: `active ${momentText(range.start)} to ${momentText(range.end)}, ${range.touches} touches`,
  };
}

function phaseLine(phase) {
  return {
    tone: '', sign: '▬', title: phaseText(phase),
    detail: `${momentText(phase.start)} to ${momentText(phase.end)}, ${candlesText(phase.end - phase.start + 1)}`,
  };
}

/** The lines for the pointer at (x, y) over candle `row`: what is on the candle, then what is under it. */
function linesAt(row, y) {
  const shown = state.layers;
  const at = (price) => candleSeries.priceToCoordinate(price);
  const covers = (item) => row >= item.start && (row <= item.end || item.fate === 0);
  const isIn = (item) => covers(item) && y >= at(item.high) - 2 && y <= at(item.low) + 2;
  const isNearEdge = (item) => covers(item) && (Math.abs(y - at(item.high)) < NEAR || Math.abs(y - at(item.low)) < NEAR);
  const isOnCandle = y > at(candles.high[row]) - 60 && y < at(candles.low[row]) + 60;
  const lines = [];
  const tell = (isShown, items, test, line) => {
    if (isShown) lines.push(...items.filter(test).map((item) => line(item)));
  };
  tell(shown.phases && y < STRIP, layers.phases, covers, phaseLine);
  tell(shown.trades, trades, (trade) => isAtTrade(trade, row, y), tradeLine);
  tell(shown.patterns && isOnCandle, state.signals[row] ?? [], () => true, signalLine);
  tell(shown.swings && isOnCandle, layers.swings, (swing) => swing.origin === row, swingLine);
  tell(shown.sweeps && isOnCandle, layers.sweeps, (sweep) => sweep.row === row, sweepLine);
  tell(shown.breaks, layers.breaks, (each) => row >= each.origin && row <= each.row && Math.abs(y - at(each.level)) < NEAR, breakLine);
  tell(shown.ranges, layers.ranges, isNearEdge, rangeLine);
  tell(shown.blocks, layers.blocks, isIn, (zone) => zoneLine(zone, 'OB'));
  tell(shown.gaps, layers.gaps, isIn, (zone) => zoneLine(zone, 'FVG'));
  tell(shown.levels, layers.levels, isIn, levelLine);
  return lines;
}

function showTooltip(lines, x, y) {
  tooltip.hidden = lines.length === 0;
  if (tooltip.hidden) return;
  const told = lines.slice(0, MOST_LINES).map(({ tone, sign, title, detail }) => {
    const head = element('b', tone, `${sign} `);
    return element('div', '', head, title, element('small', '', detail));
  });
  if (lines.length > MOST_LINES) told.push(element('small', '', `and ${lines.length - MOST_LINES} more`));
  tooltip.replaceChildren(...told);
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const isLeft = x + width + 28 > host.clientWidth - 60;
  tooltip.style.left = `${Math.max(4, isLeft ? x - width - 16 : x + 16)}px`;
  tooltip.style.top = `${Math.max(4, Math.min(y + 16, host.clientHeight - height - 30))}px`;
}
