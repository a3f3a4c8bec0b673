// What lies over the candles: breaks, sweeps, swings, patterns, the pinned candle.

// Pixels a candle from which marks, single words, and stacks of codes leave the candles readable.
const MARK_SPACING = 1.5;
const LABEL_SPACING = 5;
const CODE_SPACING = 12;

function swingText(swing) {
  if (swing.side > 0) return ['LH', 'H', 'HH'][swing.label + 1];
  return ['LL', 'L', 'HL'][swing.label + 1];
}

function paintSwings(context, view) {
  setFont(context, 10, 600, 'center');
  for (const swing of layers.swings) {
    if (swing.origin < view.first || swing.origin > view.last) continue;
    if (view.spacing < LABEL_SPACING) {
      const y = view.y(swing.price) - swing.side * 5;
      context.fillStyle = colours.muted;
      context.fillRect(view.x(swing.origin) - 1, y - 1, 2, 2);
    } else {
      const y = nextPlace(view, swing.origin, swing.side, 12);
      haloed(context, swingText(swing), view.x(swing.origin), y, colours.muted);
    }
  }
}

function paintBreaks(context, view) {
  for (const each of layers.breaks) {
    if (each.row < view.first || each.origin > view.last) continue;
    const left = Math.max(view.x(Math.max(each.origin, -0.5)), -4);
    const right = Math.min(view.x(each.row), view.width + 4);
    const y = view.y(each.level);
    const colour = colourOf(each.direction);
    horizontal(context, left, right, y, colour, each.turns ? 2 : 1, each.turns ? [] : [5, 3]);
    const text = each.turns ? 'CHoCH' : 'BOS';
    setFont(context, 9.5, each.turns ? 700 : 600, 'center');
    const hasRoom = right - left > context.measureText(text).width || view.spacing > LABEL_SPACING;
    if (hasRoom && view.spacing > 2) haloed(context, text, (left + right) / 2, y - each.direction * 7, colour);
  }
}

function paintSweeps(context, view) {
  for (const sweep of layers.sweeps) {
    if (sweep.row < view.first || sweep.row > view.last) continue;
    const x = view.x(sweep.row);
    const colour = colourOf(sweep.direction);
    if (sweep.level > 0) horizontal(context, x - 9, x + 9, view.y(sweep.level), colour, 1, []);
    const sides = sweep.direction === 0 ? [1, -1] : [-sweep.direction];
    for (const side of sides) {
      const y = view.spacing < LABEL_SPACING ? view.y(side > 0 ? candles.high[sweep.row] : candles.low[sweep.row]) : nextPlace(view, sweep.row, side, 11);
      context.beginPath();
      context.arc(x, y, view.spacing < LABEL_SPACING ? 2 : 3.5, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.stroke();
    }
  }
}

/** The marks of one candle on one side: one sign, sized by strength, with codes where they fit. */
function paintSignalsAt(context, view, row, side, signals) {
  const x = view.x(row);
  const strongest = signals.reduce((best, each) => Math.max(best, each.strength), 0);
  const isNeutral = signals.every((each) => each.pattern.isNeutral);
  const colour = isNeutral ? colours.dim : colourOf(-side);
  const clarity = Math.max(0, 2 * strongest - 1); // a match starts at a strength of 0.5
  const size = Math.min(2.8 + 2.6 * clarity, Math.max(1.5, view.spacing * 0.6));
  const y = nextPlace(view, row, side, 2 * size + 3);
  if (isNeutral) diamond(context, x, y, size * 0.8, colour);
  else triangle(context, x, y, size, -side, faded(colour, 0.6 + 0.4 * clarity));
  if (view.spacing < CODE_SPACING) return;
  setFont(context, 9, 600, 'center');
  const told = signals.length > 4 ? signals.slice(0, 3) : signals;
  for (const each of told) haloed(context, each.pattern.code, x, nextPlace(view, row, side, 10), each.pattern.isNeutral ? colours.dim : colour);
  if (told.length < signals.length) haloed(context, `+${signals.length - told.length}`, x, nextPlace(view, row, side, 10), colour);
}

/** Long signals stand below the candle, short ones above; marks of no direction with their side. */
function sideOf(signal) {
  return signal.pattern.isNeutral ? signal.direction : -signal.direction;
}

function paintSignals(context, view) {
  for (let row = view.first; row <= view.last; row += 1) {
    const signals = state.signals[row];
    if (!signals) continue;
    for (const side of [1, -1]) {
      const onSide = signals.filter((each) => sideOf(each) === side);
      if (onSide.length) paintSignalsAt(context, view, row, side, onSide);
    }
  }
}

function paintPinned(context, view) {
  if (state.pinned === null) return;
  const width = Math.max(view.spacing, 3);
  context.fillStyle = faded(colours.accent, 0.16);
  context.fillRect(view.x(state.pinned) - width / 2, 0, width, view.height);
}

function paintOver(context, view) {
  paintPinned(context, view);
  if (state.layers.breaks) paintBreaks(context, view);
  if (state.layers.trades) paintTrades(context, view);
  const isReadable = view.spacing >= MARK_SPACING;
  showHint(isReadable ? '' : 'Zoom in for swings, sweeps and patterns');
  if (isReadable) paintMarks(context, view);
  if (state.layers.phases) paintPhaseStrip(context, view);
}

function paintMarks(context, view) {
  if (state.layers.swings) paintSwings(context, view);
  if (state.layers.sweeps) paintSweeps(context, view);
  if (state.layers.patterns) paintSignals(context, view);
}
