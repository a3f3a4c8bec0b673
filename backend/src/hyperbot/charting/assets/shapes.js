// The shapes that all layers of a chart are made of, and the way they get onto it.

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

/** A primitive of the chart library that calls `paint(context, viewOf(...))` on one level of depth. */
class Painting {
  constructor(depth, paint, viewOf) {
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
