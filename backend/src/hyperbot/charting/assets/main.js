// Puts the parts together when the page opens.

function fillHead() {
  document.getElementById('coin').textContent = data.coin;
  document.getElementById('timeframe').textContent = data.timeframe;
  document.getElementById('synthetic').hidden = !data.synthetic;
  const about = document.getElementById('about');
  about.replaceChildren(
    element('b', '', `${textOfSeconds(times[0])} → ${textOfSeconds(times[rows - 1])} UTC`),
    ` · ${candlesText(rows)} · `, element('b', '', data.source), data.note ? ` · ${data.note}` : '',
  );
  about.title = about.textContent;
}

function onCrosshair(event) {
  const row = event.point && event.logical !== undefined ? Math.round(event.logical) : null;
  if (row === null || row < 0 || row >= rows) {
    tooltip.hidden = true;
    return;
  }
  if (state.pinned === null) showCandle(row);
  showTooltip(linesAt(row, event.point.y), event.point.x, event.point.y);
}

function onClick(event) {
  if (event.logical === undefined) return;
  const row = Math.round(event.logical);
  pin(row === state.pinned || row < 0 || row >= rows ? null : row);
}

function listen() {
  chart.subscribeCrosshairMove(onCrosshair);
  chart.subscribeClick(onClick);
  document.addEventListener('keydown', onKey);
  search.addEventListener('input', listPatterns);
  for (const kind of ['mouseover', 'focusin']) {
    factList.addEventListener(kind, (event) => showMeaning(event.target.closest('.fact')?.dataset.fact));
  }
  const actions = { fit: showAll, latest: showLatest, theme: toggleTheme, help: openHelp, previous: () => goToSignal(-1), next: () => goToSignal(1) };
  for (const [id, act] of Object.entries(actions)) document.getElementById(id).addEventListener('click', act);
  prefersDark.addEventListener('change', () => {
    if (rememberedTheme() === null && prefersDark.matches !== colours.isDark) toggleThemeUnchosen();
  });
}

function toggleThemeUnchosen() {
  setTheme(prefersDark.matches ? 'dark' : 'light', false);
  colourChart();
  repaint();
}

fillHead();
document.getElementById('layers').replaceChildren(...Object.keys(LAYER_NAMES).map(layerButton));
listPatterns();
listTrades();
clearMeaning();
fillChart();
colourChart();
showLatest();
showCandle(rows - 1);
listen();
requestAnimationFrame(() => requestAnimationFrame(() => {
  root.dataset.ready = String(Math.round(performance.now()));
}));
