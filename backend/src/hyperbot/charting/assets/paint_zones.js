// What lies behind the candles: phases, ranges, support and resistance, blocks, gaps.

const STRIP = 16;
const PHASES = ['', 'drive', 'range', 'liquidity'];

function phaseColour(phase) {
  if (phase.phase === 1) return colourOf(phase.direction);
  return phase.phase === 2 ? colours.dim : colours.violet;
}

function phaseText(phase) {
  const arrow = phase.direction > 0 ? ' ▲' : ' ▼';
  return PHASES[phase.phase] + (phase.direction ? arrow : '');
}

function isVisible(view, item) {
  return item.end >= view.first && item.start <= view.last;
}

function paintPhases(context, view) {
  if (view.spacing < 1.5) return; // a flicker of bands: the strip alone tells it better
  for (const phase of layers.phases.filter((each) => each.phase !== 2 && isVisible(view, each))) {
    const { left, width } = spanOf(view, phase.start, phase.end);
    context.fillStyle = faded(phaseColour(phase), colours.isDark ? 0.07 : 0.06);
    context.fillRect(left, STRIP, width, view.height - STRIP);
  }
}

/** The strip on top of everything that names the phases. */
function paintPhaseStrip(context, view) {
  setFont(context, 10, 500, 'left');
  context.fillStyle = colours.bg;
  context.fillRect(0, 0, view.width, STRIP);
  for (const phase of layers.phases.filter((each) => isVisible(view, each))) {
    const { left, right, width } = spanOf(view, phase.start, phase.end);
    const strength = phase.phase === 2 ? 0.2 : 0.35;
    context.fillStyle = phase.phase === 3 ? hatching(context, faded(phaseColour(phase), 0.6)) : faded(phaseColour(phase), strength);
    context.fillRect(left, 0, Math.max(width - 1, 1), STRIP - 2);
    const text = phaseText(phase);
    const inView = Math.max(left, 0);
    if (context.measureText(text).width + 8 < right - inView) haloed(context, text, inView + 4, STRIP / 2 - 0.5, colours.text);
  }
}

function paintRanges(context, view) {
  for (const range of layers.ranges.filter((each) => isVisible(view, each))) {
    const { left, right, width } = spanOf(view, range.start, range.end);
    const top = view.y(range.high);
    const bottom = view.y(range.low);
    context.fillStyle = faded(colours.dim, 0.1);
    context.fillRect(left, top, width, bottom - top);
    for (const edge of [top, bottom]) horizontal(context, left, right, edge, colours.dim, 1.5, []);
    setFont(context, 10, 600, 'left');
    if (view.spacing > 1.5 && width > 52) haloed(context, 'RANGE', Math.max(left, 0) + 4, bottom + 8, colours.muted);
  }
}

function paintLevels(context, view) {
  const lasts = (level) => level.end - level.start >= 2; // a shorter moment is a speck
  for (const level of layers.levels.filter((each) => lasts(each) && isVisible(view, each))) {
    const { left, right, width } = spanOf(view, level.start, level.end);
    const top = view.y(level.high);
    const bottom = view.y(level.low);
    const height = Math.max(bottom - top, 2);
    const weight = Math.min(level.touches, 5) / 5;
    context.fillStyle = faded(colours.muted, 0.1 + 0.12 * weight);
    context.fillRect(left, top, width, height);
    const edge = level.side > 0 ? top : bottom;
    horizontal(context, left, right, edge, faded(colours.muted, 0.5 + 0.4 * weight), 1, [1, 3]);
    setFont(context, 9, 600, 'right');
    if (level.touches > 1 && width > 40 && view.spacing > 3) haloed(context, `${level.side > 0 ? 'R' : 'S'}${level.touches}`, Math.min(right, view.width) - 3, edge - level.side * 6, colours.dim);
  }
}

/** Blocks and gaps: strong until first touched, pale after, framed while they live. */
function paintZones(context, view, zones, name, dash) {
  for (const zone of zones.filter((each) => isVisible(view, each) || each.fate === 0)) {
    const isLive = zone.fate === 0;
    const { left, right, width } = spanOf(view, zone.start, isLive ? rows + 1e6 : zone.end);
    const top = view.y(zone.high);
    const height = Math.max(view.y(zone.low) - top, 1);
    const colour = colourOf(zone.direction);
    const touched = zone.touched < 0 ? right : Math.min(Math.max(view.x(zone.touched), left), right);
    context.fillStyle = faded(colour, 0.22);
    context.fillRect(left, top, touched - left, height);
    context.fillStyle = faded(colour, 0.05);
    context.fillRect(touched, top, right - touched, height);
    for (const edge of view.spacing < 1.5 ? [] : [top, top + height]) {
      horizontal(context, left, touched, edge, faded(colour, 0.8), 1, dash);
      horizontal(context, touched, right, edge, faded(colour, isLive ? 0.35 : 0.2), 1, dash);
    }
    setFont(context, 9, 600, 'left');
    if (view.spacing > 3 && left > 0 && width > 30 && height > 9) haloed(context, name, left + 4, top + height / 2, colour);
  }
}

function paintBehind(context, view) {
  if (state.layers.phases) paintPhases(context, view);
  if (state.layers.ranges) paintRanges(context, view);
  if (state.layers.levels) paintLevels(context, view);
  if (state.layers.blocks) paintZones(context, view, layers.blocks, 'OB', []);
  if (state.layers.gaps) paintZones(context, view, layers.gaps, 'FVG', [4, 3]);
}
