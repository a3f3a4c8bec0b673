// A verdict as a sign and a word: never as a colour alone.

const BADGES = {
  edge: ['✓', 'Edge', 'up'], 'no edge': ['✕', 'No edge', 'down'],
  'no proven edge': ['?', 'No proven edge', 'unsure'],
  'not enough evidence': ['?', 'Not enough evidence', 'unsure'], '': ['–', 'Not tested', 'unsure'],
};

function badge(verdict) {
  const [sign, text, tone] = BADGES[verdict] ?? BADGES[''];
  return element('span', `badge ${tone}`, element('span', 'sign', sign), text);
}
