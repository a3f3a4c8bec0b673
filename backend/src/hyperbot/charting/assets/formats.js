// Numbers and moments of the chart, as text.

const priceFormat = new Intl.NumberFormat('en-US', { minimumFractionDigits: data.decimals, maximumFractionDigits: data.decimals });
const shortNumber = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

function momentText(row) {
  if (row < 0) return 'before this chart';
  return textOfSeconds(times[row]);
}

function candlesText(count) {
  return count === 1 ? '1 candle' : `${wholeNumber.format(count)} candles`;
}
