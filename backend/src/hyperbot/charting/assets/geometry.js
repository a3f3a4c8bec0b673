// From rows and prices to pixels.

/** What is visible of the pane: rows `first` to `last`, and where rows and prices lie. */
function viewOf(chart, series, width, height) {
  const scale = chart.timeScale();
  const origin = scale.logicalToCoordinate(0);
  const spacing = (scale.logicalToCoordinate(1000) - origin) / 1000;
  return {
    width, height, spacing,
    first: Math.max(0, Math.floor(-origin / spacing) - 1),
    last: Math.min(rows - 1, Math.ceil((width - origin) / spacing) + 1),
    x: (row) => origin + row * spacing,
    y: (price) => series.priceToCoordinate(price) ?? -1e4,
    stacks: { above: new Map(), below: new Map() },
  };
}

/** The pixels from the left edge of candle `start` to the right edge of `end`, cut to the pane. */
function spanOf(view, start, end) {
  const left = Math.max(view.x(Math.max(start, 0) - 0.5), -4);
  const right = Math.min(view.x(end + 0.5), view.width + 4);
  return { left, right, width: right - left };
}

/** The next free place above (side 1) or below (-1) a candle: its middle line in pixels. */
function nextPlace(view, row, side, height) {
  const stack = side > 0 ? view.stacks.above : view.stacks.below;
  const used = stack.get(row) ?? 5;
  stack.set(row, used + height);
  const edge = view.y(side > 0 ? candles.high[row] : candles.low[row]);
  return edge - side * (used + height / 2);
}
