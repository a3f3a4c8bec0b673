// From rows and prices to pixels, and the shapes that all layers are made of.

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

/** Text with a halo of the background, so that it reads on candles too. */
function haloed(context, text, x, y, colour) {
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.strokeStyle = faded(colours.bg, 0.85);
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function setFont(context, size, weight, align) {
  context.font = `${weight} ${size}px ${FONT}`;
  context.textAlign = align;
  context.textBaseline = 'middle';
}

function horizontal(context, left, right, y, colour, width, dash) {
  const line = Math.round(y - width / 2) + width / 2;
  context.beginPath();
  context.setLineDash(dash);
  context.moveTo(left, line);
  context.lineTo(right, line);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

function triangle(context, x, y, size, direction, colour) {
  context.beginPath();
  context.moveTo(x, y - direction * size * 0.9);
  context.lineTo(x + size, y + direction * size * 0.7);
  context.lineTo(x - size, y + direction * size * 0.7);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
}

function diamond(context, x, y, size, colour) {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.stroke();
}

/** A fill of slanted lines: told from a plain fill without colour. */
function hatching(context, colour) {
  const tile = document.createElement('canvas');
  tile.width = 6;
  tile.height = 6;
  const pen = tile.getContext('2d');
  pen.strokeStyle = colour;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6);
    pen.lineTo(shift + 6, 0);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat');
}

/** A primitive of the chart library that calls `paint(context, view)` on one level of depth. */
class Painting {
  constructor(depth, paint) {
    this.isAttached = false;
    const draw = (target) => target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.save();
      paint(context, viewOf(this.chart, this.series, mediaSize.width, mediaSize.height));
      context.restore();
    });
    this.views = [{ zOrder: () => depth, renderer: () => ({ draw }) }];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, refresh: requestUpdate });
  }

  paneViews() {
    return this.views;
  }
}
